import Testing

@testable import Scrip

@Suite struct RefundTests {
  private func ledger(_ cart: Cart, _ coupons: CouponTerms...) throws -> RefundLedger {
    let candidates = coupons.enumerated().map { candidate($0.offset, $0.element) }
    return try RefundLedger(cart, Pricing(policy: PricingPolicy()).quote(candidates, in: context(cart)))
  }

  private func units(_ places: Int64...) -> UnitSet { UnitSet(places.map { $0..<($0 + 1) }) }

  @Test func `units of one line give back 666, 667 and 667`() throws {
    var ledger = try ledger(
      Cart(currency: eur, lines: [line(0, price: 1000, quantity: 3)]), terms(fixed(1000)))
    #expect(ledger.paid == 2000)
    let amounts = try (0..<3).map { place in
      try ledger.refund(RefundRequest(lines: ["line-0": .these(units(Int64(place)))])).amount
    }
    #expect(amounts == [666, 667, 667] && ledger.isExhausted && ledger.refunded == 2000)
  }

  @Test func `two of three units at 10 percent off give back 18000`() throws {
    var ledger = try ledger(
      Cart(currency: eur, lines: [line(0, price: 10_000, quantity: 3)]), terms(percent("10")))
    #expect(try ledger.refund(RefundRequest(lines: ["line-0": .count(2)])).amount == 18_000)
    #expect(try ledger.refund(RefundRequest(lines: ["line-0": .count(1)])).amount == 9000)
  }

  @Test func `shipping is given back in parts, never more than was paid`() throws {
    let free = terms(.shipping(ShippingDiscount(percent: Percent("50")!)))
    var ledger = try ledger(cart(1000, shipping: [490]), free)
    #expect(try ledger.refund(RefundRequest(charges: ["charge-0": 100])).amount == 100)
    #expect(throws: RefundRefusal.tooMuchShipping("charge-0", left: 145)) {
      _ = try ledger.refund(RefundRequest(lines: ["line-0": .count(1)], charges: ["charge-0": 146]))
    }
    #expect(ledger.refunded == 100, "nothing of a refused request is given back")
    let rest = ledger.refundRest()
    #expect(rest.amount == 1145 && rest.charges.map(\.amount) == [145] && ledger.isExhausted)
    #expect(ledger.refundRest().amount == 0)
  }

  @Test func `every refusal names what is wrong`() throws {
    var ledger = try ledger(Cart(currency: eur, lines: [line(0, price: 1000, quantity: 3)]))
    _ = try ledger.refund(RefundRequest(lines: ["line-0": .these(units(1))]))
    let before = ledger
    let rows: [(RefundRequest, RefundRefusal)] = [
      (RefundRequest(), .nothingAsked),
      (RefundRequest(lines: ["line-0": .count(0)]), .nothingAsked),
      (RefundRequest(lines: ["line-0": .count(-1)]), .nothingAsked),
      (RefundRequest(lines: ["line-0": .these(UnitSet())]), .nothingAsked),
      (RefundRequest(lines: ["line-0": .count(1)], charges: ["charge-0": 0]), .unknownCharge("charge-0")),
      (RefundRequest(lines: ["line-9": .count(1)]), .unknownLine("line-9")),
      (RefundRequest(lines: ["line-0": .count(3)]), .tooManyUnits("line-0", left: 2)),
      (RefundRequest(lines: ["line-0": .count(.max)]), .tooManyUnits("line-0", left: 2)),
      (RefundRequest(lines: ["line-0": .these(units(1))]), .unitGone("line-0")),
      (RefundRequest(lines: ["line-0": .these(units(0, 3))]), .unknownUnit("line-0")),
      (RefundRequest(lines: ["line-0": .these(units(-1))]), .unknownUnit("line-0")),
    ]
    for (request, expected) in rows {
      let refusal = #expect(throws: RefundRefusal.self) { _ = try ledger.refund(request) }
      #expect(refusal == expected, "\(request)")
      #expect(ledger == before)
    }
  }

  @Test func `any refunds of any order give back each unit at its price, in whatever order`() throws {
    for seed in 0..<UInt64(1500) {
      var random = SeededGenerator(seed: seed)
      let order = RandomOrder(seed: seed, random: &random)
      let cart = order.context.cart
      let quote = try order.pricing.quote(order.candidates, in: order.context)
      let whole = try RefundLedger(cart, quote)
      #expect(whole.paid == quote.total, "seed \(seed)")
      // What a unit costs, told naively.
      var pieces: [(request: RefundRequest, amount: Int64)] = []
      for (place, line) in cart.lines.enumerated() {
        let listed = UnitRuns(try line.unitPrice.times(line.quantity), over: line.quantity).each
        for unit in 0..<Int(line.quantity) {
          let off = quote.applied.flatMap(\.allocations).filter { $0.target == .line(place) }
            .reduce(0) { $0 + $1.units.each[unit] }
          let one = UnitSet([Int64(unit)..<Int64(unit + 1)])
          pieces.append((RefundRequest(lines: [line.id: .these(one)]), listed[unit] - off))
        }
      }
      for (place, charge) in cart.shipping.enumerated() {
        let off = quote.applied.flatMap(\.allocations).filter { $0.target == .shipping(place) }
          .reduce(0) { $0 + $1.amount }
        if charge.amount > off {
          pieces.append((RefundRequest(charges: [charge.id: charge.amount - off]), charge.amount - off))
        }
      }
      var (one, sum) = (whole, Int64(0))
      for piece in pieces.shuffled(using: &random) {
        let refund = try one.refund(piece.request)
        #expect(refund.amount == piece.amount && refund.amount >= 0, "seed \(seed)")
        sum += refund.amount
        #expect(one.refunded == sum && sum <= quote.total, "seed \(seed)")
      }
      #expect(sum == quote.total && one.isExhausted, "seed \(seed)")
      // In handfuls, and the rest.
      var other = whole
      for line in cart.lines where Bool.random(using: &random) {
        _ = try other.refund(
          RefundRequest(lines: [line.id: .count(.random(in: 1...line.quantity, using: &random))]))
      }
      let given = other.refunded
      #expect(other.refundRest().amount == quote.total - given && other.isExhausted, "seed \(seed)")
      #expect(other.refunded == one.refunded)
    }
  }

  @Test func `sets of units are ranges, whatever they were made from`() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<2000 {
      let places = (0..<Int.random(in: 0...6, using: &random)).map { _ in
        Int64.random(in: 0...9, using: &random)
      }
      let set = UnitSet(places.map { $0..<($0 + 1) })
      #expect(set.count == Int64(Set(places).count))
      #expect(set.ranges.flatMap { Array($0) } == Set(places).sorted())
      let total: Int64 = 10
      let others = (0..<total).filter { !places.contains($0) }
      for wanted in 0...total {
        let found = set.firstOthers(wanted, below: total)
        #expect(
          found?.ranges.flatMap { Array($0) }
            == (wanted <= others.count ? Array(others.prefix(Int(wanted))) : nil))
      }
    }
  }
}
