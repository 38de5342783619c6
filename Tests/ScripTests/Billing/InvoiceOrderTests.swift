import Testing

@testable import Scrip

@Suite struct `Coupons of an invoice are computed` {
  private let ten = billed(percent("10"))
  private let hundred = billed(fixed(100))

  @Test func `those for lines before those for the whole invoice, whatever began first`() throws {
    let late = attached(0, ten, line: 0) { ($0.start, $0.priority) = (noon.adding(seconds: 9), 9) }
    let price = try priced(billLines("1000", "1000"), attached(1, ten), late)
    #expect(price.winners == [0, 1])
    #expect(price.applied.map(\.original) == [1000, 1900])
    #expect(price.discounts == [100, 190])
  }

  @Test func `those that began earlier first, whatever their priority`() throws {
    let early = attached(7, hundred) { ($0.start, $0.priority) = (noon.adding(seconds: -1), 5) }
    let price = try priced(billLines("1000"), attached(1, ten) { $0.priority = -5 }, early)
    #expect(price.winners == [7, 1])
    #expect(price.discounts == [100, 90])
  }

  @Test func `then those of a lower priority, whatever they take`() throws {
    let price = try priced(billLines("1000"), attached(0, ten), attached(1, hundred) { $0.priority = -1 })
    #expect(price.winners == [1, 0])
    #expect(price.discounts == [100, 90])
  }

  @Test func `then percentages before amounts, fixed and decimal alike`() throws {
    for amount in [hundred, billed(decimal("99.6"))] {
      let price = try priced(billLines("1000"), attached(0, amount), attached(1, ten))
      #expect(price.winners == [1, 0])
      #expect(price.discounts == [100, 100])
    }
    let price = try priced(billLines("1000"), attached(1, hundred), attached(0, billed(decimal("0.5"))))
    #expect(price.winners == [0, 1])
  }

  @Test func `then by their identifiers, and those named for the invoice alone after them, as listed`() throws
  {
    let coupons = [named(0, ten), named(1, ten), attached(3, ten), attached(2, ten)]
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
      let price = try InvoicePricing(rounding: .halfUp).price(
        lines: billLines("10000"), currency: eur, order.map { coupons[$0] })
      #expect(price.winners == [2, 3, 0, 1])
      #expect(price.discounts == [1000, 900, 810, 729])
    }
  }

  @Test func `those for one line from what is left of it alone`() throws {
    let price = try priced(
      billLines("1000", "500"), attached(0, ten, line: 1), attached(1, billed(fixed(400)), line: 1),
      attached(2, hundred, line: 1))
    #expect(price.discounts == [50, 400, 50])
    #expect(price.taxable == [1000, 0])
    #expect(price.applied.map { $0.shares.map(\.line) } == [[1], [1], [1]])
  }

  @Test func `those that are refused among the others, without a place of their own`() throws {
    let gone = attached(1, ten) { $0.terms = .failure(InvoiceHindrance(.couponRevoked)) }
    let price = try priced(billLines("1000"), attached(2, hundred), gone, attached(0, ten))
    #expect(price.winners == [0, 2])
    #expect(price.reasons == [.couponRevoked])
    #expect(price.notApplied[0].couponID == Coupon.ID(2))
    #expect(price.notApplied[0].source == .association(Association.ID(2)))
  }
}

@Suite struct `A discount falls on lines of an invoice` {
  @Test func `in proportion to what is left of them, largest remainder first`() throws {
    let price = try priced(billLines("3333", "3333", "3334"), attached(0, billed(fixed(1000))))
    #expect(price.applied[0].shares.map(\.amount) == [333, 333, 334])
    let after = try priced(
      billLines("6000", "4000"), attached(0, billed(fixed(5000)), line: 0), attached(1, billed(fixed(1000))))
    #expect(after.applied[1].shares.map(\.amount) == [200, 800])
    #expect(after.taxable == [800, 3200])
  }

  @Test func `never on one that costs nothing, is not discountable, or is a credit`() throws {
    let lines = [
      billLine(0, "0"), billLine(1, "1000") { $0.isDiscountable = false }, billLine(2, "-200"),
      billLine(3, "1000"),
    ]
    let price = try priced(lines, attached(0, billed(percent("50"))))
    // Half of what the credit leaves of the line that may be discounted.
    #expect(price.applied[0].original == 800)
    #expect(price.applied[0].shares == [InvoiceApplication.Share(line: 3, amount: 400)])
    #expect(price.taxable == [0, 1000, -200, 600])
    #expect(price.total == 1400)
  }

  @Test func `of the products and categories that the coupon names`() throws {
    let lines = [
      billLine(0, "1000") { $0.productID = "pro" }, billLine(1, "1000") { $0.productID = "addon" },
      billLine(2, "1000") { $0.categories = ["usage"] }, billLine(3, "1000"),
    ]
    func shares(_ rule: LineRule) throws -> [Int] {
      try priced(lines, attached(0, billed(percent("10")) { $0.eligibleLines = rule })).applied
        .flatMap { $0.shares.map(\.line) }
    }
    #expect(try shares(.condition(.product(.isIn(["pro"])))) == [0])
    #expect(try shares(.condition(.category(.isIn(["usage"])))) == [2])
    // Products and categories that nobody said grant nothing either way.
    #expect(try shares(.condition(.product(.isNotIn(["pro"])))) == [1])
    #expect(try shares(.not(.condition(.product(.isIn(["pro"]))))) == [1])
    #expect(try shares(.condition(.category(.isNotIn(["other"])))) == [2])
    #expect(
      try priced(
        lines,
        attached(
          0,
          billed(percent("10")) {
            $0.eligibleLines = .condition(.product(.isIn(["none"])))
          })
      ).reasons == [.noEligibleLines])
  }

  @Test func `each by itself where the scope is the line`() throws {
    let lines = billLines("333", "333", "333")
    #expect(try priced(lines, attached(0, billed(percent("10"), scope: .line))).taxable == [300, 300, 300])
    #expect(try priced(lines, attached(0, billed(percent("10")))).taxable == [299, 300, 300])
    let amounts = try priced(billLines("200", "500"), attached(0, billed(fixed(300), scope: .line)))
    #expect(amounts.taxable == [0, 200])
    #expect(amounts.applied[0].snapshot.isByLine)
    #expect(amounts.applied[0].recomputed(in: eur) == 500)
    #expect(
      amounts.applied[0].shares == [
        InvoiceApplication.Share(line: 0, amount: 200, original: 200),
        InvoiceApplication.Share(line: 1, amount: 300, original: 500),
      ])
    let capped = try priced(
      billLines("200", "600"), attached(0, billed(percent("50", cap: 100), scope: .line)))
    #expect(capped.taxable == [175, 525])
    #expect(capped.applied[0].recomputed(in: eur) == 100)
  }

  @Test func `that become money by themselves, half-up, whatever the tenant's rounding`() throws {
    for rounding in Rounding.allCases {
      let price = try priced(billLines("100.5", "0.4", "-2.5", "33.33333333"), rounding: rounding)
      #expect(price.lines.map(\.amount) == [101, 0, -3, 33])
      #expect(price.subtotal == 131 && price.total == 131)
    }
  }
}
