import Testing

@testable import Scrip

@Suite struct `A coupon is left out of an invoice` {
  private func refusal(_ coupon: InvoiceCoupon, _ lines: [Invoice.Line] = billLines("1000")) throws
    -> InvoiceRefusal
  {
    let price = try priced(lines, coupon)
    #expect(price.applied.isEmpty && price.discount == 0)
    return try #require(price.notApplied.first)
  }

  @Test func `that another invoice has, if it is for one`() throws {
    let refused = try refusal(attached(0, billed(fixed(100), .once)) { $0.otherInvoices = 1 })
    #expect(refused.reason == .onceViolated && refused.facts.isEmpty)
  }

  @Test func `that as many invoices have as may`() throws {
    let terms = billed(fixed(100), .periods(2))
    #expect(
      try priced(billLines("1000"), attached(0, terms) { $0.otherInvoices = 1 }).applied[0].position == 2)
    for others in [2, 3] as [Int64] {
      let refused = try refusal(attached(0, terms) { $0.otherInvoices = others })
      #expect(refused.reason == .repeatedLimitReached)
      #expect(refused.facts == ["limit": .integer(2), "used": .integer(others)])
    }
    for cadence in [BillingTerms.Cadence.months(1), .forever] {
      let coupon = attached(0, billed(fixed(100), cadence)) { $0.otherInvoices = 1_000_000 }
      #expect(try priced(billLines("1000"), coupon).applied[0].position == 1_000_001)
    }
  }

  @Test func `that has it already and keeps its position when it is computed anew`() throws {
    let terms = billed(fixed(100), .periods(3))
    let again = attached(0, terms) { ($0.otherInvoices, $0.position) = (2, 1) }
    #expect(try priced(billLines("1000"), again).applied[0].position == 1)
  }

  @Test func `whose balance is used up`() throws {
    let terms = billed(fixed(100), .once) { $0.billing?.carriesOver = true }
    for others in [100, 101] as [Int64] {
      let refused = try refusal(attached(0, terms) { ($0.otherInvoices, $0.otherDiscount) = (4, others) })
      #expect(refused.reason == .onceViolated && refused.facts == ["balance": .integer(0)])
    }
  }

  @Test func `that does not bill its line`() throws {
    let refused = try refusal(
      attached(0, billed(fixed(100))) { ($0.lines, $0.lineID) = ([], "seats") })
    #expect(refused.reason == .lineNotInvoiced)
    #expect(refused.facts == ["line_item_id": .text("seats")])
  }

  @Test func `none of whose lines it may discount`() throws {
    let shut = [billLine(0, "1000") { $0.isDiscountable = false }]
    #expect(try refusal(attached(0, billed(fixed(100))), shut).reason == .noEligibleLines)
    #expect(try refusal(attached(0, billed(fixed(100))), []).reason == .noEligibleLines)
  }

  @Test func `in whose currency it has no amount`() throws {
    let byCurrency = [
      billed(fixed(100)), billed(decimal("0.5")), billed(percent("10", cap: 5)),
      billed(percent("10")) { $0.minimum = amounts(1) },
    ]
    for terms in byCurrency {
      let price = try priced(billLines("1000"), attached(0, terms), currency: usd)
      #expect(price.reasons == [.currencyMismatch])
      #expect(price.notApplied[0].facts == ["currency": .text("USD")])
    }
    #expect(try priced(billLines("1000"), attached(0, billed(percent("10"))), currency: usd).total == 900)
  }

  @Test func `that is for checkouts`() throws {
    #expect(try refusal(attached(0, terms(fixed(100)))).reason == .checkoutOnly)
  }

  @Test(arguments: [
    RefusalReason.unknownCode, .couponRevoked, .associationNotStarted, .expired, .usageLimitReached,
  ])
  func `for what was found before it was computed`(reason: RefusalReason) throws {
    let refused = try refusal(
      named(0, billed(fixed(100))) {
        $0.couponID = nil
        $0.terms = .failure(InvoiceHindrance(reason, ["limit": .integer(3)]))
      })
    #expect(
      refused
        == InvoiceRefusal(source: .direct(0), couponID: nil, reason: reason, facts: ["limit": .integer(3)]))
  }

  @Test func `that it can't stand beside, unless the subscription has both`() throws {
    let alone = billed(fixed(100), stacking: .exclusive)
    let price = try priced(billLines("1000"), attached(0, alone), named(1, billed(fixed(50))))
    #expect(price.reasons == [.combinationDisallowed])
    #expect(price.notApplied[0].facts == ["coupon_id": .text(Coupon.ID(1).description)])
    #expect(try priced(billLines("1000"), named(0, alone), named(1, alone)).discounts == [100])
    // These were judged when they were attached.
    #expect(try priced(billLines("1000"), attached(0, alone), attached(1, alone)).discounts == [100, 100])
    // One that takes nothing is in nobody's way.
    let used = attached(0, billed(fixed(100), .once, stacking: .exclusive)) { $0.otherInvoices = 1 }
    #expect(try priced(billLines("1000"), used, named(1, alone)).discounts == [100])
  }

  @Test func `whose class another one does not name: the order's for the invoice, the line's for a line`()
    throws
  {
    let besideLines = billed(fixed(100), stacking: Stacking(policy: .open, combinesWith: [.line]))
    let any = billed(fixed(50))
    #expect(
      try priced(billLines("1000"), named(0, besideLines), named(1, any)).reasons == [.combinationDisallowed])
    #expect(try priced(billLines("1000"), named(0, besideLines), named(1, any, line: 0)).reasons.isEmpty)
  }
}
