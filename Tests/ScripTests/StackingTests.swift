import Testing

@testable import Scrip

private func grouped(_ name: StackingGroup) -> Stacking { Stacking(policy: .group(name)) }

@Suite struct `Stacking policies` {
  let goods = cart(10_000, shipping: [500])

  @Test func `an exclusive coupon wins only if it beats the best combination without it`() throws {
    let pair = [terms(fixed(600)), terms(fixed(400))]
    for (amount, winners) in [(999, [1, 2]), (1000, [1, 2]), (1001, [0])] as [(Int64, [Int])] {
      let priced = try quote(goods, terms(fixed(amount), stacking: .exclusive), pair[0], pair[1])
      #expect(priced.winners == winners, "\(amount)")
      #expect(priced.reasons == [RefusalReason](repeating: .betterDiscountApplied, count: 3 - winners.count))
    }
  }

  @Test func `of two exclusive coupons the better applies, of equal ones the lower id`() throws {
    let priced = try quote(
      goods, terms(fixed(5), stacking: .exclusive), terms(fixed(6), stacking: .exclusive))
    #expect(priced.winners == [1])
    let tied = try quote(goods, terms(fixed(6), stacking: .exclusive), terms(fixed(6), stacking: .exclusive))
    #expect(tied.winners == [0])
    #expect(tied.reasons == [.betterDiscountApplied])
  }

  @Test func `of a group the best for the shopper applies, of equal ones the lower id`() throws {
    let priced = try quote(
      goods, terms(fixed(100), stacking: grouped("a")), terms(percent("10"), stacking: grouped("a")),
      terms(fixed(50), stacking: grouped("b")), terms(fixed(7)))
    #expect(Set(priced.winners) == [1, 2, 3])
    #expect(priced.reasons == [.betterDiscountApplied])
    let tied = try quote(
      goods, terms(fixed(100), stacking: grouped("a")), terms(percent("1"), stacking: grouped("a")))
    #expect(tied.winners == [0])
  }

  @Test func `a combination needs the consent of both sides`() throws {
    for (left, right) in [(true, true), (true, false), (false, true), (false, false)] {
      let consents = { (consents: Bool, other: DiscountClass) in
        Stacking(policy: .open, combinesWith: consents ? [other] : [])
      }
      let priced = try quote(
        goods, terms(fixed(100), scope: .line, stacking: consents(left, .order)),
        terms(fixed(200), stacking: consents(right, .line)))
      #expect(priced.winners == (left && right ? [0, 1] : [1]))
      #expect(priced.reasons == (left && right ? [] : [.combinationDisallowed]))
    }
  }

  @Test func `consent is asked for each class`() throws {
    let noShipping = Stacking(policy: .open, combinesWith: [.line, .order])
    let shipping = terms(.shipping(ShippingDiscount()))
    #expect(try quote(goods, terms(fixed(600), stacking: noShipping), shipping).winners == [0])
    #expect(try quote(goods, terms(fixed(400), stacking: noShipping), shipping).winners == [1])
    #expect(
      try quote(goods, terms(fixed(400), stacking: noShipping), terms(fixed(1), scope: .unit)).winners == [
        1, 0,
      ])
  }

  @Test func `a missing consent goes before a better discount`() throws {
    let loser = terms(fixed(10), stacking: Stacking(policy: .group("a"), combinesWith: [.order]))
    let rival = terms(fixed(20), stacking: grouped("a"))
    let stranger = terms(fixed(20), scope: .line)
    #expect(try quote(goods, loser, rival).reasons == [.betterDiscountApplied])
    #expect(try quote(goods, loser, stranger).reasons == [.combinationDisallowed])
    #expect(try quote(goods, loser, rival, stranger).reasons == [.combinationDisallowed])
  }

  @Test func `a coupon that does not apply stands in nobody's way`() throws {
    let nothing = terms(fixed(0), stacking: .exclusive)
    #expect(try quote(goods, nothing, terms(fixed(5))).winners == [1])
    #expect(
      try quote(
        goods, terms(percent("10"), stacking: .exclusive) { $0.validity = Validity(endsAt: noon)! },
        terms(fixed(5))
      ).winners == [1])
  }

  @Test func `coupons without effect say so even if they could not stand together`() throws {
    let free = cart(0, shipping: [500])
    let priced = try quote(
      free, terms(percent("10"), stacking: .exclusive), terms(percent("20"), stacking: .exclusive),
      terms(fixed(5)))
    #expect(priced.reasons == [.noEffect, .noEffect, .noEffect])
  }

  @Test func `between equal savings a pending shipping discount is worth having`() throws {
    let unshipped = cart(10_000)
    let apart = Stacking(policy: .open, combinesWith: [.shipping])
    let priced = try quote(
      unshipped, terms(fixed(100), stacking: Stacking(policy: .open, combinesWith: [.order])),
      terms(fixed(100), stacking: apart), terms(.shipping(ShippingDiscount())))
    #expect(priced.winners == [1, 2])
    #expect(priced.applied[1].pending)
  }

  @Test func `between equal savings the lowest coupon ids win, not the most coupons`() throws {
    let one = terms(fixed(100), scope: .line, stacking: Stacking(policy: .open, combinesWith: []))
    #expect(try quote(goods, one, terms(fixed(60)), terms(fixed(40))).winners == [0])
    #expect(try quote(goods, terms(fixed(60)), terms(fixed(40)), one).winners == [0, 1])
  }

  @Test func `coupons are computed by class, priority, percentages first, then id`() throws {
    let priced = try quote(
      goods, terms(.shipping(ShippingDiscount(percent: Percent("50")!)), priority: -9), terms(fixed(100)),
      terms(percent("10")), terms(percent("10"), priority: -1), terms(fixed(100), scope: .line, priority: 5),
      terms(percent("10"), scope: .unit, priority: 5), terms(percent("10")))
    #expect(priced.winners == [5, 4, 3, 2, 6, 1, 0])
  }

  @Test func `ten coupons of five groups give the best of each`() throws {
    let coupons = (0..<10).map { number in
      candidate(number, terms(fixed(Int64(10 + number)), stacking: grouped("g\(number / 2)")))
    }
    let priced = try Pricing().quote(coupons, in: context(goods))
    #expect(priced.winners == [1, 3, 5, 7, 9])
    #expect(priced.discount == 11 + 13 + 15 + 17 + 19)
    #expect(priced.reasons == [RefusalReason](repeating: .betterDiscountApplied, count: 5))
  }

  @Test func `more than ten codes, or one coupon twice, is a mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = try Pricing().quote((0..<11).map { candidate($0, terms(fixed(1))) }, in: context(cart(1)))
    }
    await #expect(processExitsWith: .failure) {
      _ = try Pricing().quote(
        [candidate(1, terms(fixed(1))), candidate(1, terms(fixed(1)))], in: context(cart(1)))
    }
  }
}
