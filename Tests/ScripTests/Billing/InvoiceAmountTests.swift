import Testing

@testable import Scrip

@Suite struct `What a coupon takes off an invoice` {
  @Test func `is at most what there is`() throws {
    let price = try priced(billLines("700", "300"), attached(0, billed(fixed(5000))))
    #expect(price.discounts == [1000])
    #expect(price.taxable == [0, 0])
    #expect(price.applied[0].original == 1000 && price.applied[0].final == 0)
  }

  @Test func `is at most its cap, which no excess skips`() throws {
    let capped = billed(percent("50", cap: 300)) { $0.billing?.onExcess = .skip }
    #expect(try priced(billLines("10000"), attached(0, capped)).discounts == [300])
    #expect(try priced(billLines("400"), attached(0, capped)).discounts == [200])
  }

  @Test func `is nothing where an amount exceeds what there is and is to be skipped`() throws {
    let terms = billed(fixed(1001)) { $0.billing?.onExcess = .skip }
    let price = try priced(billLines("1000"), attached(0, terms))
    #expect(price.total == 1000 && price.reasons == [.exceedsAmount])
    #expect(
      price.notApplied[0].facts == [
        "amount": .integer(1001), "left": .integer(1000), "currency": .text("EUR"),
      ])
    #expect(try priced(billLines("1001"), attached(0, terms)).total == 0)
    // What others took off earlier counts.
    let after = try priced(billLines("1001"), attached(0, terms), attached(1, billed(percent("1"))))
    #expect(after.reasons == [.exceedsAmount] && after.discounts == [10])
  }

  @Test func `is nothing line by line where the amount exceeds one of the lines and is to be skipped`() throws
  {
    let terms = billed(fixed(300), scope: .line) { $0.billing?.onExcess = .skip }
    let price = try priced(billLines("299", "5000"), attached(0, terms))
    #expect(price.reasons == [.exceedsAmount] && price.discount == 0)
    #expect(try priced(billLines("300", "5000"), attached(0, terms)).discounts == [600])
    // A line that costs nothing is none that it exceeds.
    #expect(try priced(billLines("0", "5000"), attached(0, terms)).discounts == [300])
  }

  @Test func `is nothing, and uses nothing up, where there is nothing to take`() throws {
    for lines in [billLines("0"), billLines("500", "-500"), billLines("500", "-900"), billLines("0.4")] {
      for terms in [billed(percent("100")), billed(fixed(100)) { $0.billing?.onExcess = .skip }] {
        let price = try priced(lines, attached(0, terms))
        #expect(price.reasons == [.noEffect])
        #expect(price.discount == 0)
      }
    }
    #expect(try priced(billLines("9"), attached(0, billed(percent("1")))).reasons == [.noEffect])
    #expect(try priced(billLines("9"), attached(0, billed(percent("50", cap: 0)))).reasons == [.noEffect])
    let whole = attached(0, billed(percent("100")))
    #expect(try priced(billLines("9"), whole, attached(1, billed(fixed(1)))).reasons == [.noEffect])
  }

  @Test func `is of the net of its lines: credits lower it and get no discount themselves`() throws {
    let lines = billLines("1000", "-400", "200")
    let price = try priced(lines, attached(0, billed(percent("50"))))
    #expect(price.applied[0].original == 800)
    #expect(price.taxable == [667, -400, 133])
    // A coupon for one line takes no more than the credits of other lines leave of the invoice.
    let one = try priced(lines, attached(0, billed(fixed(5000)), line: 0))
    #expect(one.discounts == [800])
    #expect(one.total == 0)
    #expect(one.applied[0].original == 1000 && one.applied[0].snapshot.left == 800)
    // What a percentage is of is the line, whatever the credits of other lines leave.
    let half = try priced(lines, attached(0, billed(percent("50")), line: 0))
    #expect(
      half.applied[0].original == 1000 && half.discounts == [500] && half.applied[0].snapshot.left == nil)
    let own = attached(0, billed(percent("10")), line: 0) { $0.lines = [0, 1] }
    #expect(try priced(lines, own).applied[0].original == 600)
    let none = attached(0, billed(percent("10")), line: 1)
    #expect(try priced(lines, none).reasons == [.noEffect])
  }

  @Test func `needs its minimum, of the listed amounts or of what others left`() throws {
    func price(_ basis: CouponTerms.MinimumBasis) throws -> InvoicePrice {
      let terms = billed(fixed(100)) { ($0.minimum, $0.minimumBasis) = (amounts(1000), basis) }
      return try priced(billLines("1000"), attached(0, billed(percent("10"))), attached(1, terms))
    }
    #expect(try price(.list).discounts == [100, 100])
    let running = try price(.running)
    #expect(running.reasons == [.minimumNotReached])
    #expect(
      running.notApplied[0].facts == [
        "minimum": .integer(1000), "missing": .integer(100), "currency": .text("EUR"),
      ])
  }

  @Test func `needs its minimum of the lines that it may discount, credits among them`() throws {
    let terms = billed(fixed(100)) {
      $0.minimum = amounts(1000)
      $0.eligibleLines = .condition(.product(.isIn(["pro"])))
    }
    func reasons(_ credit: String) throws -> [RefusalReason] {
      let lines = [
        billLine(0, "1000") { $0.productID = "pro" }, billLine(1, credit) { $0.productID = "pro" },
        billLine(2, "5000"),
      ]
      return try priced(lines, attached(0, terms)).reasons
    }
    #expect(try reasons("-1") == [.minimumNotReached])
    #expect(try reasons("0") == [])
  }

  @Test(
    arguments: [
      ("1012.5", [1013, 1012, 1012]), ("1011.5", [1012, 1012, 1011]), ("1012.345678", [1012, 1012, 1012]),
      ("0.50000001", [1, 1, 0]), ("0.5", [1, 0, 0]), ("0.49999999", [0, 0, 0]),
      ("99999.999", [9999, 9999, 9999]),
    ] as [(String, [Int64])])
  func `of an amount with decimals is rounded once`(amount: String, discounts: [Int64]) throws {
    for (rounding, expected) in zip([Rounding.halfUp, .halfEven, .down], discounts) {
      let price = try priced(billLines("9999"), attached(0, billed(decimal(amount))), rounding: rounding)
      #expect(price.discount == expected)
      #expect(price.reasons == (expected == 0 ? [.noEffect] : []))
    }
  }

  @Test func `of an amount with decimals is carried over as money`() throws {
    var coupon = KeptAssociation(billed(decimal("1000.5"), .once) { $0.billing?.carriesOver = true })
    #expect(try coupon.bill(1, "400").total == 0)
    #expect(try coupon.bill(2, "1000").total == 399)
    #expect(coupon.total == 1001)
  }

  @Test func `of a balance is skipped where it exceeds what there is, if it is to be`() throws {
    let terms = billed(fixed(500), .once) {
      $0.billing = BillingTerms(cadence: .once, onExcess: .skip, carriesOver: true)
    }
    #expect(try priced(billLines("400"), attached(0, terms)).reasons == [.exceedsAmount])
    #expect(
      try priced(billLines("400"), attached(0, terms) { $0.otherDiscount = 150 }).discounts == [350])
  }

  @Test func `is exact up to the largest amount there is`() throws {
    let most = "9007199254740991"
    let price = try priced(billLines(most, "-\(most)", "0"), attached(0, billed(percent("100"))))
    #expect(price.total == 0 && price.reasons == [.noEffect])
    let half = try priced(billLines("9007199254740990", "1"), attached(0, billed(percent("50"))))
    #expect(half.discount == 4_503_599_627_370_496)
    #expect(half.discount == half.applied[0].shares.reduce(0) { $0 + $1.amount })
    #expect(throws: MoneyOverflow.self) { try priced(billLines(most, "1")) }
    #expect(throws: MoneyOverflow.self) { try priced(billLines("-\(most)", "-1")) }
    #expect(throws: MoneyOverflow.self) { try priced(billLines(most, "0.5")) }
    #expect(try priced(billLines(most, "0.4")).subtotal == 9_007_199_254_740_991)
    let many = (0..<2000).map { billLine($0, most) }
    #expect(throws: MoneyOverflow.self) { try priced(many) }
  }

  @Test func `says what is needed to compute it again`() throws {
    let terms = billed(percent("12.5", cap: 5000), .periods(3)) { $0.name = "Spring" }
    let coupon = attached(4, terms) {
      $0.terms = .success((terms, 7))
      $0.otherInvoices = 1
    }
    let given = try priced(billLines("9999"), coupon, rounding: .down).applied[0]
    #expect(
      given.version == 7 && given.couponID == Coupon.ID(5) && given.lineID == nil && given.position == 2)
    #expect(
      given.snapshot
        == CouponSnapshot(
          name: "Spring", discount: percent("12.5", cap: 5000), isByLine: false, cadence: .periods(3),
          rounding: .down, balance: nil))
    #expect(given.discount == 1249 && given.recomputed(in: eur) == 1249)
    #expect(given.final == 8750)
  }
}
