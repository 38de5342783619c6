import Testing

@testable import Scrip

/// Years of billing: invoices are told, told again with other amounts, out of order, and voided. What is counted here is
/// only which invoices got something.
@Suite struct `In any years of billing` {
  /// A subscription whose coupons are kept by hand.
  private struct Billing {
    var coupons: [KeptAssociation]
    var invoices: [Int: InvoicePrice] = [:]

    mutating func bill(_ invoice: Int, _ amounts: [String]) throws -> InvoicePrice {
      let lines = amounts.enumerated().map { billLine($0.offset, $0.element) }
      let price = try InvoicePricing(rounding: .halfUp).price(
        lines: lines, currency: eur, coupons.map { $0.coupon(on: invoice) })
      invoices[invoice] = price
      for place in coupons.indices { coupons[place].keep(price, of: invoice) }
      return price
    }

    mutating func void(_ invoice: Int) {
      invoices[invoice] = nil
      for place in coupons.indices { coupons[place].void(invoice) }
    }
  }

  private func billing(_ random: inout SeededGenerator) -> Billing {
    Billing(
      coupons: (0..<3).map { number in
        var terms = RandomInvoice.terms(&random)
        terms.stacking = .open
        return KeptAssociation(terms, number: number)
      })
  }

  private func amounts(_ random: inout SeededGenerator) -> [String] {
    (0..<Int.random(in: 1...3, using: &random)).map { _ in RandomInvoice.amount(&random, credits: true) }
  }

  @Test func `no coupon is on more invoices than it is for, nor gives more than it has`() throws {
    for seed in UInt64(0)..<300 {
      var random = SeededGenerator(seed: seed)
      var billing = billing(&random)
      for _ in 0..<36 {
        let invoice = Int.random(in: 0..<24, using: &random)
        if Int.random(in: 0...5, using: &random) == 0 {
          billing.void(invoice)
        } else {
          _ = try billing.bill(invoice, amounts(&random))
        }
        for coupon in billing.coupons {
          let source = InvoiceCouponSource.association(Association.ID(UInt128(coupon.number + 1)))
          let given = billing.invoices.values.flatMap(\.applied).filter { $0.source == source }
          #expect(given.count == Int(coupon.invoices), "seed \(seed)")
          #expect(given.reduce(0) { $0 + $1.discount } == coupon.total, "seed \(seed)")
          switch try #require(coupon.terms.billing).cadence {
          case .once where coupon.terms.billing?.carriesOver == true:
            #expect(coupon.total <= coupon.terms.share(of: 0, in: eur, rounding: .halfUp), "seed \(seed)")
          case .once: #expect(given.count <= 1, "seed \(seed)")
          case .periods(let most): #expect(given.count <= most, "seed \(seed)")
          case .months, .forever: break
          }
        }
      }
    }
  }

  @Test func `one that repeats stops after exactly so many invoices that got something, zeros left out`()
    throws
  {
    for seed in UInt64(0)..<200 {
      var random = SeededGenerator(seed: seed)
      let most = Int64.random(in: 1...12, using: &random)
      var coupon = KeptAssociation(billed(percent("50"), .periods(most)))
      var worth = 0
      for month in 0..<36 {
        let amount = Bool.random(using: &random) ? 0 : Int64.random(in: 1...5000, using: &random)
        let price = try coupon.bill(month, String(amount))
        if amount > 0 { worth += 1 }
        let isDiscounted = amount > 0 && worth <= most
        #expect(price.applied.count == (isDiscounted ? 1 : 0), "seed \(seed)")
        #expect(price.applied.first?.position == (isDiscounted ? Int64(worth) : nil), "seed \(seed)")
      }
      #expect(coupon.invoices == min(most, Int64(worth)), "seed \(seed)")
    }
  }

  @Test func `telling any invoice again, in any order, changes nothing`() throws {
    for seed in UInt64(0)..<200 {
      var random = SeededGenerator(seed: seed)
      var billing = billing(&random)
      let told = (0..<12).map { ($0, amounts(&random)) }
      for (invoice, lines) in told { _ = try billing.bill(invoice, lines) }
      let (coupons, prices) = (billing.coupons.map(\.given), billing.invoices)
      // What is left of a balance is counted without the invoice itself, whenever it is told; so are used up periods, which
      // may be another reason for what got nothing.
      let carries = billing.coupons.contains { $0.terms.billing?.carriesOver == true }
      for (invoice, lines) in told.shuffled(using: &random) {
        let again = try billing.bill(invoice, lines)
        #expect(again.lines == prices[invoice]?.lines, "seed \(seed) invoice \(invoice)")
        if !carries { #expect(again.applied == prices[invoice]?.applied, "seed \(seed) invoice \(invoice)") }
      }
      #expect(billing.coupons.map(\.given) == coupons, "seed \(seed)")
    }
  }

  @Test func `voiding every invoice gives everything back, and the same year can be billed again`() throws {
    for seed in UInt64(0)..<200 {
      var random = SeededGenerator(seed: seed)
      var billing = billing(&random)
      let told = (0..<24).map { ($0, amounts(&random)) }
      let first = try told.map { try billing.bill($0.0, $0.1) }
      for invoice in (0..<24).shuffled(using: &random) { billing.void(invoice) }
      #expect(billing.coupons.allSatisfy { $0.invoices == 0 && $0.total == 0 }, "seed \(seed)")
      #expect(try told.map { try billing.bill($0.0, $0.1) } == first, "seed \(seed)")
    }
  }

  @Test func `a changed draft gives up what it no longer uses`() throws {
    var coupon = KeptAssociation(billed(percent("50"), .once))
    #expect(try coupon.bill(1, "1000").total == 500)
    #expect(try coupon.bill(2, "1000").reasons == [.onceViolated])
    #expect(try coupon.bill(1, "0").reasons == [.noEffect])
    #expect(try coupon.bill(2, "1000").total == 500)
    #expect(try coupon.bill(1, "1000").reasons == [.onceViolated])
    coupon.void(2)
    #expect(try coupon.bill(1, "1000").applied[0].position == 1)
  }
}
