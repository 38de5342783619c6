import Forms
import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

/// One coupon that can't be read, damaged or written by a newer version, is refused by itself.
@Suite struct UnreadableCouponTests {
  private static let damages = [
    Damage("terms", sqlite: "UPDATE coupon_version SET terms = '{' WHERE terms LIKE '%\"bad\"%'"),
    Damage("no terms", sqlite: "DELETE FROM coupon_version WHERE terms LIKE '%\"bad\"%'"),
    Damage(
      "condition",
      sqlite:
        "UPDATE coupon_version SET terms = replace(terms, '\"quantity\"', '\"zork\"') WHERE terms LIKE '%\"bad\"%'"
    ),
    Damage(
      "discount",
      sqlite:
        "UPDATE coupon_version SET terms = replace(terms, '\"percent\"', '\"zork\"') WHERE terms LIKE '%\"bad\"%'"
    ),
    Damage(
      "policy",
      sqlite:
        "UPDATE coupon_version SET terms = replace(terms, '\"open\"', '\"zork\"') WHERE terms LIKE '%\"bad\"%'"
    ),
    Damage(
      "cause",
      sqlite:
        "UPDATE coupon_version SET terms = replace(terms, '\"canceled\"', '\"zork\"') WHERE terms LIKE '%\"bad\"%'"
    ),
    Damage("state", sqlite: "UPDATE coupon SET state = 99 WHERE limit_total = 777"),
    Damage("count", sqlite: "UPDATE coupon SET redeemed = 9223372036854775807 WHERE limit_total = 777"),
  ]

  private struct Shop {
    let engine: EngineUnderTest
    let bad: Coupon.ID
    let held: DiscountApplication.ID
    let other: DiscountApplication.ID

    func quote(_ codes: [String], order: OrderID? = nil, stranger: Bool = false) async throws -> Quote {
      let question = QuoteCart(
        codes: codes, customer: Customer(userID: "u-1"), cart: .of(10_000), orderID: order,
        isStranger: stranger)
      return try await engine.engine.quote(question, tenant: engine.tenant).get()
    }

    func reasons(_ quote: Quote) -> [String] { quote.notApplied.map { "\($0.code) \($0.reason.rawValue)" } }
  }

  private static var badTerms: CouponTerms {
    var terms = plainTerms("bad", total: 777)
    terms.limits.perUser = 5
    terms.rules = .condition(.quantity(minimum: 1))
    return terms
  }

  /// A shop whose order `held` holds both codes, and `other` the good one; then one coupon is damaged.
  private func shop(
    _ opened: OpenedStore, _ damage: Damage, isPaid: Bool = false
  ) async throws -> Shop {
    let before = try await EngineUnderTest(store: opened.store, clock: ManualClock())
    let bad = try await before.coupon(Self.badTerms, .of("BAD"), .of("BAD-TOO"))
    _ = try await before.coupon(plainTerms("good"), .of("GOOD"))
    let held = try await before.lock(["BAD", "GOOD"], order: "held").id
    let other = try await before.lock(["GOOD"], order: "other").id
    if isPaid { try await before.submit(RedeemApplication(applicationID: held)) }
    await before.stop()
    try opened.run(damage)
    let engine = try await EngineUnderTest(store: opened.reopen(), clock: ManualClock(), seed: 2)
    return Shop(engine: engine, bad: bad, held: held, other: other)
  }

  @Test(arguments: StoreUnderTest.fragile, damages)
  private func `a quote refuses the code of a coupon that can't be read and keeps the others`(
    kind: StoreUnderTest, damage: Damage
  ) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let shop = try await shop(opened, damage)
    for isStranger in [false, true] {
      let quote = try await shop.quote(["BAD", "GOOD", "NOPE", "bad-too"], stranger: isStranger)
      #expect(quote.discount == 1000 && quote.applied.map(\.code) == [code("GOOD")])
      #expect(
        shop.reasons(quote) == ["BAD coupon_unreadable", "NOPE unknown_code", "bad-too coupon_unreadable"])
    }
    #expect(try await shop.quote(["BAD"]).total == 10_000)
    // The order that holds both is told the same.
    let own = try await shop.quote(["BAD", "GOOD"], order: "held")
    #expect(own.discount == 1000 && shop.reasons(own) == ["BAD coupon_unreadable"])
    let rows = try #require(shop.engine.engine.store.unreadableRows)
    #expect(rows.count == 1, "told once")
    await shop.engine.stop()
  }

  @Test(arguments: StoreUnderTest.fragile, damages)
  private func `a lock refuses the code of a coupon that can't be read like any bad code`(
    kind: StoreUnderTest, damage: Damage
  ) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let shop = try await shop(opened, damage)
    let engine = shop.engine
    let refused = try await engine.apply(["GOOD", "BAD", "NOPE"], order: "new")
    #expect(refused.refusal == .codeRefused(.unknownCode))
    #expect(refused.text.contains("coupon_unreadable"))
    #expect(try await engine.apply(["BAD"], order: "new").refusal == .codeRefused(.couponUnreadable))
    #expect(try await engine.application("new") == nil)
    // Beside it everything goes on, and a change may leave an order without it.
    #expect(try await engine.apply(["GOOD"], order: "new").isCreated)
    #expect(try await engine.submit(RedeemApplication(applicationID: shop.other)).isOK)
    let added = ChangeApplication(
      applicationID: try #require(try await engine.application("new")).id, codes: ["GOOD", "BAD"],
      customer: Customer(userID: "u-1"), cart: .of(10_000))
    #expect(try await engine.submit(added).refusal == .codeRefused(.couponUnreadable))
    #expect(engine.engine.store.unreadableRows?.count == 1)
    await engine.stop()
    // Nothing was written into the stream of the coupon that can't be read.
    let rejected = try await opened.store.wholeLog().filter { $0.envelope.type == "CouponRejected" }
    #expect(rejected.count == 4 && rejected.allSatisfy { $0.envelope.stream == .tenant })
  }

  /// What is asked of a coupon that can't be read, and of an order that holds one, and whether it needs no terms.
  private struct Attempt: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let needsNoTerms: Bool
    var isPaid = false
    let make: @Sendable (Shop) -> any Action<WorkingSet>

    init(
      _ name: String, needsNoTerms: Bool, isPaid: Bool = false,
      _ make: @escaping @Sendable (Shop) -> any Action<WorkingSet>
    ) {
      testDescription = name
      self.needsNoTerms = needsNoTerms
      self.isPaid = isPaid
      self.make = make
    }

    static let all = [
      Attempt("release", needsNoTerms: true) { ReleaseApplication(applicationID: $0.held) },
      Attempt("extend", needsNoTerms: true) { ExtendApplication(applicationID: $0.held, lockSeconds: 9000) },
      Attempt("redeem", needsNoTerms: true) { RedeemApplication(applicationID: $0.held) },
      Attempt("redeem again", needsNoTerms: true, isPaid: true) { RedeemApplication(applicationID: $0.held) },
      Attempt("redeem another cart", needsNoTerms: false) {
        RedeemApplication(applicationID: $0.held, cart: .of(20_000))
      },
      Attempt("lock again", needsNoTerms: true) { _ in Self.lock(.of(10_000)) },
      Attempt("lock another cart", needsNoTerms: false) { _ in Self.lock(.of(20_000)) },
      Attempt("change to healthy codes", needsNoTerms: true) { Self.change($0, ["GOOD"]) },
      Attempt("change to the same codes", needsNoTerms: false) { Self.change($0, ["BAD", "GOOD"]) },
      Attempt("restore", needsNoTerms: false, isPaid: true) {
        RestoreApplication(applicationID: $0.held, cause: .canceled)
      },
      Attempt("disable", needsNoTerms: true) {
        ChangeCouponState(couponID: $0.bad, step: .disable(reason: "", revokesLocks: false))
      },
      Attempt("disable and revoke", needsNoTerms: true) {
        ChangeCouponState(couponID: $0.bad, step: .disable(reason: "", revokesLocks: true))
      },
      Attempt("archive", needsNoTerms: true) { ChangeCouponState(couponID: $0.bad, step: .archive) },
      Attempt("add codes", needsNoTerms: true) { AddCodes(couponID: $0.bad, grants: [.of("MORE")]) },
      Attempt("edit", needsNoTerms: false) { UpdateCoupon(couponID: $0.bad, terms: plainTerms()) },
    ]

    private static func lock(_ cart: Cart) -> ApplyCodes {
      ApplyCodes(orderID: "held", codes: ["BAD", "GOOD"], customer: Customer(userID: "u-1"), cart: cart)
    }

    private static func change(_ shop: Shop, _ codes: [String]) -> ChangeApplication {
      ChangeApplication(
        applicationID: shop.held, codes: codes, customer: Customer(userID: "u-1"), cart: .of(10_000))
    }
  }

  @Test(arguments: StoreUnderTest.fragile, Attempt.all)
  private func
    `whatever needs no terms is done for a coupon whose terms can't be read, and the rest is refused`(
      kind: StoreUnderTest, attempt: Attempt
    ) async throws
  {
    for damage in [Self.damages[3], Self.damages[6]] {
      let opened = try kind.makeFragile()
      defer { opened.discard() }
      let shop = try await shop(opened, damage, isPaid: attempt.isPaid)
      let engine = shop.engine
      let isDone = attempt.needsNoTerms && !["state", "count"].contains(damage.testDescription)
      let outcome = try await engine.submit(attempt.make(shop))
      if isDone {
        #expect(outcome.refusal == nil, "\(damage.testDescription) \(outcome.text)")
        let again = try await engine.submit(attempt.make(shop))
        #expect(
          again.refusal == nil || again.refusal == .codeTaken, "\(damage.testDescription) \(again.text)")
      } else {
        #expect(
          outcome.refusal == .codeRefused(.couponUnreadable), "\(damage.testDescription) \(outcome.text)")
        let state = try await engine.application("held")?.state
        #expect(state == (attempt.isPaid ? .redeemed : .locked))
      }
      // What was written is what events tell, and both count alike.
      let uses = try await engine.engine.couponWithoutTerms(shop.bad, tenant: tenant)?.uses
      if isDone, attempt.testDescription == "release" || attempt.testDescription.hasPrefix("change") {
        #expect(uses == UseCounts())
      }
      if isDone, attempt.testDescription.hasPrefix("redeem") { #expect(uses == UseCounts(redeemed: 1)) }
      await engine.stop()
      #expect(try AuditVerification(of: engine.engine.store).findings == [])
    }
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a lock on a coupon whose terms can't be read is given back when its time is over`(
    kind: StoreUnderTest
  ) async throws {
    let clock = TestClock()
    let opened = try kind.makeFragile(at: clock)
    defer { opened.discard() }
    let shop = try await shop(opened, Self.damages[3])
    clock.now = clock.now.adding(seconds: 86_400)
    #expect(try await shop.engine.engine.committer.tidier.sweep() == 2)
    #expect(shop.engine.engine.committer.tidier.stuckCount == 0)
    #expect(try await shop.engine.application("held")?.releaseCause == .expired)
    #expect(
      try await shop.engine.engine.couponWithoutTerms(shop.bad, tenant: tenant)?.uses == UseCounts())
    // Taking it again asks for room, which stands in the terms.
    let late = try await shop.engine.submit(RedeemApplication(applicationID: shop.held))
    #expect(late.refusal == .codeRefused(.couponUnreadable))
    await shop.engine.stop()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `an order whose lock ran out on a coupon row that can't be read is refused by name`(
    kind: StoreUnderTest
  ) async throws {
    let clock = TestClock()
    let opened = try kind.makeFragile(at: clock)
    defer { opened.discard() }
    let shop = try await shop(opened, Self.damages[6])
    clock.now = clock.now.adding(seconds: 86_400)
    for attempt in Attempt.all where !attempt.isPaid {
      let outcome = try await shop.engine.submit(attempt.make(shop))
      #expect(
        outcome.refusal == .codeRefused(.couponUnreadable), "\(attempt.testDescription) \(outcome.text)")
    }
    #expect(try await shop.engine.engine.committer.tidier.sweep() == 1)
    #expect(shop.engine.engine.committer.tidier.stuckCount == 1)
    await shop.engine.stop()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `what was refused because a coupon can't be read is decided anew once it can be`(
    kind: StoreUnderTest
  ) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let shop = try await shop(opened, Self.damages[6])
    let refused = try await shop.engine.submit(ReleaseApplication(applicationID: shop.held), key: "k")
    #expect(refused.refusal == .codeRefused(.couponUnreadable))
    try opened.run(Damage("mended", sqlite: "UPDATE coupon SET state = 1 WHERE limit_total = 777"))
    let done = try await shop.engine.submit(ReleaseApplication(applicationID: shop.held), key: "k")
    #expect(done.isOK && !done.isReplay)
    await shop.engine.stop()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a code that leads to no coupon is refused beside the others`(kind: StoreUnderTest) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let shop = try await shop(
      opened,
      Damage(
        "no coupon",
        sqlite: "UPDATE code SET coupon_id = x'01010101010101010101010101010101' WHERE canonical = 'BAD'",
        postgres: """
          SET session_replication_role = replica;
          UPDATE code SET coupon_id = '01010101-0101-0101-0101-010101010101' WHERE canonical = 'BAD'
          """))
    let quote = try await shop.quote(["BAD", "GOOD"])
    #expect(quote.discount == 1000 && quote.notApplied.count == 1, "\(shop.reasons(quote))")
    #expect(try await shop.engine.submit(ReleaseApplication(applicationID: shop.other)).isOK)
    await shop.engine.stop()
  }

  @Test(arguments: StoreUnderTest.fragile, damages)
  private func `a coupon that can't be read is there all the same`(
    kind: StoreUnderTest, damage: Damage
  ) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let shop = try await shop(opened, damage)
    #expect(try await shop.engine.engine.hasCoupon(shop.bad, tenant: tenant))
    #expect(try await shop.engine.engine.hasCoupon(Coupon.ID(1), tenant: tenant) == false)
    await shop.engine.stop()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a code or a counter that can't be read is refused by itself`(kind: StoreUnderTest) async throws {
    for damage in [
      Damage("code", sqlite: "UPDATE code SET used = 9223372036854775807 WHERE canonical = 'BAD'"),
      Damage("counter", sqlite: "UPDATE counter SET used = 9223372036854775807"),
    ] {
      let opened = try kind.makeFragile()
      defer { opened.discard() }
      let shop = try await shop(opened, damage)
      let engine = shop.engine
      let quote = try await shop.quote(["BAD", "GOOD"])
      #expect(quote.discount == 1000 && shop.reasons(quote) == ["BAD coupon_unreadable"])
      let own = try await shop.quote(["BAD", "GOOD"], order: "held")
      #expect(own.discount == 1000 && shop.reasons(own) == ["BAD coupon_unreadable"])
      #expect(try await engine.apply(["BAD"], order: "new").refusal == .codeRefused(.couponUnreadable))
      let again = try await engine.submit(CreateCoupon(terms: plainTerms(), grants: [.of("BAD")]))
      #expect(again.refusal == .codeTaken)
      // Nothing can be given back to a count that is not known; what changes none goes on.
      let released = try await engine.submit(ReleaseApplication(applicationID: shop.held))
      #expect(released.refusal == .codeRefused(.couponUnreadable))
      #expect(try await engine.submit(RedeemApplication(applicationID: shop.held)).isOK)
      #expect(engine.engine.store.unreadableRows?.count == 1)
      await engine.stop()
    }
  }

  @Test(arguments: StoreUnderTest.fragile, damages)
  private func `a search for the code of a coupon that can't be read finds nothing`(
    kind: StoreUnderTest, damage: Damage
  ) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let shop = try await shop(opened, damage)
    let store = shop.engine.engine.store
    #expect(try await shop.engine.engine.storedCode(code("BAD"), tenant: tenant) == code("BAD"))
    #expect(try store.coupons(CouponFilter(code: code("BAD"), limit: 10), of: tenant).isEmpty)
    #expect(try store.coupons(CouponFilter(code: code("GOOD"), limit: 10), of: tenant).count == 1)
    #expect(store.unreadableRows?.count == 1)
    await #expect(throws: StoreFailure.self) {
      try await shop.engine.engine.coupon(shop.bad, tenant: tenant)
    }
    // Its codes stay taken.
    let again = try await shop.engine.submit(CreateCoupon(terms: plainTerms(), grants: [.of("BAD")]))
    #expect(again.refusal == .codeTaken)
    await shop.engine.stop()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `the codes of an archived coupon are unknown, whatever else is wrong with it`(
    kind: StoreUnderTest
  ) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let shop = try await shop(
      opened,
      Damage(
        "archived",
        sqlite:
          "UPDATE coupon SET state = 3 WHERE limit_total = 777; UPDATE coupon_version SET terms = '{' WHERE terms LIKE '%\"bad\"%'"
      ))
    #expect(shop.reasons(try await shop.quote(["BAD"])) == ["BAD unknown_code"])
    #expect(
      try await shop.engine.submit(CreateCoupon(terms: plainTerms(), grants: [.of("BAD")])).answer.kind
        == .created)
    await shop.engine.stop()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `an older version that can't be read concerns only who holds it`(kind: StoreUnderTest) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let before = try await EngineUnderTest(store: opened.store, clock: ManualClock())
    let id = try await before.coupon(Self.badTerms, .of("BAD"))
    _ = try await before.coupon(plainTerms("good"), .of("GOOD"))
    let held = try await before.lock(["BAD", "GOOD"], order: "held").id
    let paid = try await before.lock(["BAD"], order: "paid").id
    try await before.submit(RedeemApplication(applicationID: paid))
    try await before.submit(UpdateCoupon(couponID: id, terms: plainTerms("mended")))
    await before.stop()
    try opened.run(
      Damage("old", sqlite: "UPDATE coupon_version SET terms = '{' WHERE terms LIKE '%\"bad\"%'"))
    let engine = try await EngineUnderTest(store: opened.reopen(), clock: ManualClock(), seed: 2)
    let shop = Shop(engine: engine, bad: id, held: held, other: held)
    #expect(try await shop.quote(["BAD"]).discount == 1000)
    let own = try await shop.quote(["BAD", "GOOD"], order: "held")
    #expect(own.discount == 1000 && shop.reasons(own) == ["BAD coupon_unreadable"])
    await #expect(throws: StoreFailure.self) { try await engine.engine.terms(id, version: 1, tenant: tenant) }
    #expect(try await engine.engine.terms(id, version: 2, tenant: tenant)?.name == "mended")
    // Whether it comes back after a cancellation is in the terms.
    let restored = try await engine.submit(RestoreApplication(applicationID: paid, cause: .canceled))
    #expect(restored.refusal == .codeRefused(.couponUnreadable))
    // The agreed quote stands without them.
    #expect(try await engine.submit(RedeemApplication(applicationID: held)).isOK)
    await engine.stop()
  }

  private static let additions = [
    Damage(
      "terms",
      sqlite:
        "UPDATE coupon_version SET terms = '{\"zork\":1,' || substr(terms, 2) WHERE terms LIKE '%\"bad\"%'"),
    Damage(
      "limits",
      sqlite:
        "UPDATE coupon_version SET terms = replace(terms, '\"limits\":{', '\"limits\":{\"zork\":null,') WHERE terms LIKE '%\"bad\"%'"
    ),
  ]

  @Test(arguments: StoreUnderTest.fragile, additions)
  private func `an edit that would lose what a newer version has written is refused`(
    kind: StoreUnderTest, addition: Damage
  ) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let shop = try await shop(opened, addition)
    let engine = shop.engine
    let edited = UpdateCoupon(couponID: shop.bad, terms: plainTerms("edited"))
    for _ in 1...2 { #expect(try await engine.submit(edited).refusal == .newerTerms) }
    #expect(try await engine.submit(UpdateCoupon(couponID: shop.bad, terms: Self.badTerms)).isOK)
    // Whatever writes no terms goes on.
    #expect(try await shop.quote(["BAD", "GOOD"], order: "held").applied.count == 2)
    #expect(try await engine.submit(RedeemApplication(applicationID: shop.held)).isOK)
    let more = AddCodes(couponID: shop.bad, grants: [.of("MORE")])
    #expect(try await engine.submit(more).refusal == nil)
    for step in [.disable(reason: "", revokesLocks: false), .archive] as [ChangeCouponState.Step] {
      #expect(try await engine.submit(ChangeCouponState(couponID: shop.bad, step: step)).isOK)
    }
    let store = engine.engine.store
    let good = try #require(try store.coupons(CouponFilter(code: code("GOOD"), limit: 1), of: tenant).first)
    for name in ["edited", "edited again"] {
      #expect(try await engine.submit(UpdateCoupon(couponID: good.id, terms: plainTerms(name))).isOK)
    }
    await engine.stop()
  }
}

extension CommandOutcome {
  fileprivate var isOK: Bool { answer.kind == .ok }
  fileprivate var isCreated: Bool { answer.kind == .created }
}
