import Testing

@testable import Scrip

/// The rules and figures of public billing documentation. Taxes and credits are the caller's, and computed here as a
/// caller would.
@Suite struct `As Stripe documents it,` {
  @Test func `a coupon of the duration once is for the first invoice`() throws {
    var coupon = KeptAssociation(billed(percent("25"), .once))
    #expect(try coupon.bill(1, "2000").total == 1500)
    #expect(try coupon.bill(2, "2000").total == 2000)
    #expect(try coupon.bill(3, "2000").reasons == [.onceViolated])
  }

  @Test func `an invoice of nothing does not use a coupon of the duration once up`() throws {
    var coupon = KeptAssociation(billed(percent("25"), .once))
    #expect(try coupon.bill(1, "0").reasons == [.noEffect])
    #expect(coupon.invoices == 0)
    #expect(try coupon.bill(2, "2000").total == 1500)
  }

  @Test func `a coupon that repeats for three months is on the invoices of these months and on no other`()
    throws
  {
    let terms = billed(percent("50"), .months(3))
    let start = Instant(rfc3339: "2026-01-15T00:00:00Z")!
    let association = Association(
      id: Association.ID(1), couponID: Coupon.ID(1), version: 1, startsAt: start, attachedAt: start)
    let totals = try (0..<5).map { month -> Int64 in
      let date = start.adding(months: Int64(month))
      if association.hindrance(on: date, of: monthly, terms.billing) != nil { return 3000 }
      return try priced(billLines("3000"), attached(0, terms)).total
    }
    #expect(totals == [1500, 1500, 1500, 3000, 3000])
    // A year that is billed inside of these months has all of it.
    #expect(try priced(billLines("36000"), attached(0, terms)).total == 18_000)
  }

  @Test func `a coupon of the duration forever is on every invoice`() throws {
    var coupon = KeptAssociation(billed(percent("10"), .forever))
    for invoice in 1...120 { #expect(try coupon.bill(invoice, "2000").total == 1800) }
  }

  @Test func `an amount above the total leaves nothing, and what exceeds it is lost`() throws {
    var coupon = KeptAssociation(billed(fixed(5000), .periods(2)))
    let first = try coupon.bill(1, "3000")
    #expect(first.total == 0 && first.discount == 3000)
    #expect(try coupon.bill(2, "9000").total == 4000)
    #expect(try coupon.bill(3, "9000").total == 9000)
  }

  @Test func `several coupons each take of what those before left`() throws {
    let price = try priced(
      billLines("10000"), attached(0, billed(percent("20"))), attached(1, billed(fixed(500))))
    #expect(price.applied.map(\.original) == [10_000, 8000])
    #expect(price.applied.map(\.final) == [8000, 7500])
  }

  private let monthly = Subscription(
    id: "sub", content: Subscription.Content(customer: "ann", currency: eur), version: 1, createdAt: noon,
    updatedAt: noon)
}

@Suite struct `As FlexPrice documents it,` {
  @Test func `lines are discounted first, then the invoice, then it is taxed, and credits pay`() throws {
    let seats = attached(0, billed(percent("25")), line: 0)
    let whole = attached(1, billed(fixed(1000)))
    let price = try priced(billLines("8000", "2000"), whole, seats, currency: eur)
    #expect(price.subtotal == 10_000)
    #expect(price.applied.map(\.discount) == [2000, 1000])
    #expect(price.applied.map(\.original) == [8000, 8000])
    #expect(price.discount == 3000)
    #expect(price.taxable == [5250, 1750])
    #expect(price.total == 7000)
    // 8.25 % of the sum of the taxable lines, half-up: 577.5 is 578. Line by line it would be 433 + 144.
    let tax = Percent("8.25")!.of(price.taxable.reduce(0, +), rounding: .halfUp)
    #expect(tax == 578)
    #expect(price.taxable.map { Percent("8.25")!.of($0, rounding: .halfUp) } == [433, 144])
    #expect(price.total + tax - 500 == 7078)
  }

  @Test func `two coupons of 10 % on one line are 19 %`() throws {
    let ten = billed(percent("10"))
    for line in [nil, 0] {
      let price = try priced(billLines("10000"), attached(0, ten, line: line), attached(1, ten, line: line))
      #expect(price.discounts == [1000, 900])
      #expect(price.discount == 1900)
      #expect(price.total == 8100)
    }
  }

  @Test func `a coupon that does not fit is skipped, and those after it are applied`() throws {
    let large = billed(fixed(20_000)) { $0.billing?.onExcess = .skip }
    let price = try priced(billLines("10000"), attached(0, large), attached(1, billed(fixed(1000))))
    #expect(price.reasons == [.exceedsAmount])
    #expect(price.total == 9000)
  }

  @Test func `a coupon for three periods says which of them it is`() throws {
    var coupon = KeptAssociation(billed(percent("10"), .periods(3)))
    let prices = try (1...5).map { try coupon.bill($0, "1000") }
    #expect(prices.map { $0.applied.first?.position } == [1, 2, 3, nil, nil])
    #expect(prices[3].notApplied[0].facts == ["limit": .integer(3), "used": .integer(3)])
  }
}

@Suite struct `As Lago documents it,` {
  @Test func `a once coupon of an amount is taken off invoices until its balance is used up`() throws {
    var coupon = KeptAssociation(billed(fixed(10_000), .once) { $0.billing?.carriesOver = true })
    let prices = try ["4000", "3500", "0", "6000", "6000"].enumerated().map {
      try coupon.bill($0.offset, $0.element)
    }
    #expect(prices.map(\.total) == [0, 0, 0, 3500, 6000])
    #expect(prices.map { $0.applied.first?.snapshot.balance } == [10_000, 6000, nil, 2500, nil])
    #expect(prices.map { $0.applied.first?.position } == [1, 2, nil, 3, nil])
    #expect(prices.map(\.reasons) == [[], [], [.noEffect], [], [.onceViolated]])
    #expect(prices[4].notApplied[0].facts == ["balance": .integer(0)])
    #expect(coupon.total == 10_000)
  }

  @Test func `voiding an invoice gives its part of the balance back`() throws {
    var coupon = KeptAssociation(billed(fixed(10_000), .once) { $0.billing?.carriesOver = true })
    _ = try coupon.bill(1, "4000")
    _ = try coupon.bill(2, "6000")
    #expect(try coupon.bill(3, "6000").total == 6000)
    coupon.void(1)
    #expect(try coupon.bill(3, "6000").total == 2000)
    #expect(coupon.total == 10_000)
  }

  @Test func `a recurring coupon of an amount gives it anew in each period and loses the rest`() throws {
    var coupon = KeptAssociation(billed(fixed(1000), .periods(3)))
    #expect(
      try ["800", "5000", "5000", "5000"].enumerated().map { try coupon.bill($0.offset, $0.element).total }
        == [0, 4000, 4000, 5000])
  }

  @Test func `a recurring coupon of a percentage gives it in each of its periods`() throws {
    var coupon = KeptAssociation(billed(percent("20"), .periods(2)))
    #expect(try (1...3).map { try coupon.bill($0, "5000").total } == [4000, 4000, 5000])
  }

  @Test func `coupons are taken off before taxes`() throws {
    let price = try priced(billLines("10000"), attached(0, billed(fixed(1000))))
    #expect(Percent("20")!.of(price.total, rounding: .halfUp) == 1800)
  }
}
