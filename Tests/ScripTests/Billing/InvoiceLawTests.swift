import Testing

@testable import Scrip

/// A random invoice with random coupons, all from one seed.
struct RandomInvoice {
  var lines: [Invoice.Line]
  var coupons: [InvoiceCoupon]
  var rounding: Rounding
  let seed: UInt64

  init(seed: UInt64, random: inout SeededGenerator, couponsMax: Int = 7, credits: Bool = true) {
    self.seed = seed
    rounding = Rounding.allCases.randomElement(using: &random)!
    lines = (0..<Int.random(in: 1...6, using: &random)).map { index in
      billLine(index, RandomInvoice.amount(&random, credits: credits)) {
        $0.productID = "product-\(index % 3)"
        $0.categories = index % 2 == 0 ? ["even"] : nil
        $0.isDiscountable = Int.random(in: 0...7, using: &random) > 0
      }
    }
    coupons = []
    for number in 0..<Int.random(in: 0...couponsMax, using: &random) {
      coupons.append(coupon(number, &random))
    }
  }

  func price() throws -> InvoicePrice {
    try InvoicePricing(rounding: rounding).price(lines: lines, currency: eur, coupons)
  }

  static func amount(_ random: inout SeededGenerator, credits: Bool) -> String {
    switch Int.random(in: 0...9, using: &random) {
    case 0: "0"
    case 1: "0.49999999"
    case 2: "\(Int.random(in: 0...900, using: &random)).5"
    case 3 where credits: "-\(Int.random(in: 1...2000, using: &random)).25"
    default: String(Int.random(in: 1...5000, using: &random))
    }
  }

  private func coupon(_ number: Int, _ random: inout SeededGenerator) -> InvoiceCoupon {
    let terms = RandomInvoice.terms(&random)
    let line: Int? =
      Int.random(in: 0...2, using: &random) == 0 ? Int.random(in: 0..<lines.count, using: &random) : nil
    return attached(number, terms, line: line) {
      $0.start = noon.adding(seconds: .random(in: 0...1, using: &random))
      $0.priority = .random(in: -1...1, using: &random)
      $0.otherInvoices = .random(in: 0...2, using: &random)
      $0.otherDiscount = $0.otherInvoices * 100
      if Int.random(in: 0...4, using: &random) == 0 { $0.source = .direct(number) }
    }
  }

  static func terms(_ random: inout SeededGenerator) -> CouponTerms {
    let share = Percent(partsPerMillion: .random(in: 1...1_000_000, using: &random))!
    let amount = Int64.random(in: 1...3000, using: &random)
    let discount: Discount =
      switch Int.random(in: 0...4, using: &random) {
      case 0: .percent(share, cap: amounts(amount))
      case 1: .percent(share, cap: AmountsByCurrency([]))
      case 2: decimal("\(amount).\(Int.random(in: 1...99_999_999, using: &random))")
      default: fixed(amount)
      }
    let cadences: [BillingTerms.Cadence] = [.once, .periods(2), .months(3), .forever, .forever]
    var terms = billed(
      discount, cadences.randomElement(using: &random)!,
      scope: Int.random(in: 0...3, using: &random) == 0 ? .line : .order,
      stacking: Int.random(in: 0...5, using: &random) == 0 ? .exclusive : .open)
    terms.billing?.onExcess = Int.random(in: 0...4, using: &random) == 0 ? .skip : .cap
    let carries = terms.kind.isAmount && terms.scope == .order && terms.billing?.cadence == .once
    terms.billing?.carriesOver = carries
    switch Int.random(in: 0...5, using: &random) {
    case 0: terms.eligibleLines = .condition(.category(.isIn(["even"])))
    case 1: terms.eligibleLines = .condition(.product(.isNotIn(["product-1"])))
    case 2: (terms.minimum, terms.minimumBasis) = (amounts(amount), .running)
    default: break
    }
    return terms
  }
}

@Suite struct `For any invoice and any coupons` {
  private func forAll(
    _ seeds: Range<UInt64>, credits: Bool = true, _ law: (RandomInvoice, inout SeededGenerator) throws -> Void
  ) throws {
    for seed in seeds {
      var random = SeededGenerator(seed: seed)
      let invoice = RandomInvoice(seed: seed, random: &random, credits: credits)
      try law(invoice, &random)
    }
  }

  @Test func `the cents add up`() throws {
    try forAll(0..<2500) { invoice, _ in
      let price = try invoice.price()
      let seed = invoice.seed
      #expect(price.discount == price.applied.reduce(0) { $0 + $1.discount }, "seed \(seed)")
      #expect(price.total == price.taxable.reduce(0, +), "seed \(seed)")
      #expect(price.applied.count + price.notApplied.count == invoice.coupons.count, "seed \(seed)")
      var byLine = [Int64](repeating: 0, count: invoice.lines.count)
      for applied in price.applied {
        #expect(applied.discount > 0 && applied.final >= 0, "seed \(seed)")
        #expect(applied.discount == applied.shares.reduce(0) { $0 + $1.amount }, "seed \(seed)")
        for share in applied.shares {
          #expect(share.amount > 0 && invoice.lines[share.line].isDiscountable, "seed \(seed)")
          byLine[share.line] += share.amount
        }
      }
      #expect(byLine == price.lines.map(\.discount), "seed \(seed)")
    }
  }

  @Test func `nothing goes below zero that was not there before`() throws {
    try forAll(0..<2500) { invoice, _ in
      let price = try invoice.price()
      for line in price.lines {
        #expect(line.amount <= 0 ? line.discount == 0 : line.taxable >= 0, "seed \(invoice.seed)")
      }
      #expect(price.subtotal <= 0 ? price.discount == 0 : price.total >= 0, "seed \(invoice.seed)")
    }
    try forAll(5000..<6000, credits: false) { invoice, _ in
      let taxable = try invoice.price().taxable
      #expect(taxable.allSatisfy { $0 >= 0 }, "seed \(invoice.seed)")
    }
  }

  @Test func `no coupon takes more than its amount, its cap, its balance or its line`() throws {
    try forAll(0..<2500) { invoice, _ in
      let price = try invoice.price()
      for applied in price.applied {
        let coupon = try #require(invoice.coupons.first { $0.source == applied.source })
        let terms = try coupon.terms.get().terms
        if let cap = terms.kind.cap[eur] { #expect(applied.discount <= cap, "seed \(invoice.seed)") }
        if terms.kind.isAmount, terms.scope == .order {
          let amount = terms.share(of: 0, in: eur, rounding: invoice.rounding)
          let given = terms.billing?.carriesOver == true ? coupon.otherDiscount : 0
          #expect(applied.discount <= amount - given, "seed \(invoice.seed)")
        }
        if let lines = coupon.lines { #expect(applied.shares.allSatisfy { lines.contains($0.line) }) }
        if let most = terms.billing?.invoicesMax {
          #expect(coupon.otherInvoices < most, "seed \(invoice.seed)")
        }
        #expect(applied.discount <= applied.original, "seed \(invoice.seed)")
      }
    }
  }

  @Test func `the order in which coupons are given changes nothing`() throws {
    try forAll(0..<2000) { invoice, random in
      var shuffled = invoice
      shuffled.coupons.shuffle(using: &random)
      let (again, price) = try (shuffled.price(), invoice.price())
      #expect(again == price, "seed \(invoice.seed)")
    }
  }

  @Test func `pricing again gives the same, and so do the applied coupons by themselves`() throws {
    try forAll(0..<2000) { invoice, _ in
      let price = try invoice.price()
      #expect(try invoice.price() == price, "seed \(invoice.seed)")
      var alone = invoice
      alone.coupons = invoice.coupons.filter { coupon in price.applied.contains { $0.source == coupon.source }
      }
      let again = try alone.price()
      #expect(again.applied == price.applied && again.notApplied.isEmpty, "seed \(invoice.seed)")
      // As a draft that is told again, whose coupons know their positions.
      for place in alone.coupons.indices {
        alone.coupons[place].position =
          price.applied.first { $0.source == alone.coupons[place].source }?.position
      }
      #expect(try alone.price() == again, "seed \(invoice.seed)")
    }
  }

  @Test func `the same cents can be computed from what is kept of an application`() throws {
    var byLine = 0
    try forAll(0..<2500) { invoice, _ in
      for applied in try invoice.price().applied {
        #expect(applied.recomputed(in: eur) == applied.discount, "seed \(invoice.seed)")
        // Coupons that are computed line by line say what each line was computed from, and no others do.
        #expect(
          applied.shares.allSatisfy { ($0.original != nil) == applied.snapshot.isByLine },
          "seed \(invoice.seed)")
        if applied.snapshot.isByLine { byLine += 1 }
      }
    }
    #expect(byLine > 300)
  }

  @Test func `what was left of the invoice is kept where, and only where, it bounded a discount`() throws {
    var bounded = 0
    try forAll(0..<2500) { invoice, _ in
      let price = try invoice.price()
      var left = price.subtotal
      for applied in price.applied {
        if let kept = applied.snapshot.left {
          #expect(kept == left && applied.discount == left && applied.original > left, "seed \(invoice.seed)")
          bounded += 1
        }
        left -= applied.discount
      }
    }
    #expect(bounded > 20)
  }
}
