import Scrip
import TestSupport
import Testing
import Wire

@testable import Engine

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
    terms.rules = .condition(.quantity(minimum: 1))
    return terms
  }

  /// A shop whose order `held` holds both codes, and `other` the good one; then one coupon is damaged.
  private func shop(_ opened: OpenedStore, _ damage: Damage) async throws -> Shop {
    let before = try await EngineUnderTest(store: opened.store, clock: ManualClock())
    let bad = try await before.coupon(Self.badTerms, .of("BAD"), .of("BAD-TOO"))
    _ = try await before.coupon(plainTerms("good"), .of("GOOD"))
    let held = try await before.lock(["BAD", "GOOD"], order: "held").id
    let other = try await before.lock(["GOOD"], order: "other").id
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
    // What depends on the coupon is not decided without it.
    for wish in [
      RedeemApplication(applicationID: shop.held), ExtendApplication(applicationID: shop.held),
      ReleaseApplication(applicationID: shop.held),
      UpdateCoupon(couponID: shop.bad, terms: plainTerms()),
    ] as [any Decidable] {
      await #expect(throws: CommandFailure.self) { try await engine.submit(wish) }
    }
    await #expect(throws: CommandFailure.self) { try await engine.apply(["BAD", "GOOD"], order: "held") }
    #expect(try await engine.application("held")?.state == .locked)
    #expect(engine.engine.store.unreadableRows?.count == 1)
    await engine.stop()
    // Nothing was written into the stream of the coupon that can't be read.
    let rejected = try opened.store.events(EventFilter(limit: .max)).filter {
      $0.envelope.type == "CouponRejected"
    }
    #expect(rejected.count == 4 && rejected.allSatisfy { $0.envelope.stream == .tenant })
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
    await #expect(throws: CommandFailure.self) {
      try await engine.submit(RestoreApplication(applicationID: paid, cause: .canceled))
    }
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
