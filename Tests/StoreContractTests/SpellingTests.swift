import Digest
import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

/// Two spellings that look alike and have other bytes, as two clients may send one name.
private let composed = "Jos\u{E9}"
private let decomposed = "Jose\u{301}"

/// What callers name is compared by its bytes: by every database, and therefore in memory, too.
@Suite struct SpellingTests {
  private func withEngine(
    on kind: StoreUnderTest, _ body: (EngineUnderTest, TestClock) async throws -> Void
  ) async throws {
    let clock = TestClock()
    let (store, discard) = try kind.make(at: clock)
    defer { discard() }
    let engine = try await EngineUnderTest(store: store, clock: ManualClock())
    do {
      try await body(engine, clock)
      if let store = store as? any RebuildableStore<WorkingSet> {
        #expect(try AuditVerification(of: store).findings == [])
        #expect(try store.differences(to: Rebuild(of: store).scratch) == [])
      }
    } catch {
      await engine.stop()
      throw error
    }
    await engine.stop()
  }

  private func lock(order: OrderID, user: UserID? = "u-1") -> ApplyCodes {
    ApplyCodes(
      orderID: order, codes: ["TEN"], customer: Customer(userID: user), cart: .of(1000), lockSeconds: 60)
  }

  @Test(arguments: StoreUnderTest.all)
  func `two orders that look alike get an application each, also in one batch`(kind: StoreUnderTest)
    async throws
  {
    try await withEngine(on: kind) { engine, _ in
      _ = try await engine.coupon(.percent(), .of("TEN"))
      let orders = [OrderID("caf\u{E9}"), OrderID("cafe\u{301}")]
      let outcomes = try await engine.batch(orders.map { lock(order: $0) })
      #expect(outcomes.map(\.answer.kind) == [.created, .created])
      let applications = try await [engine.application(orders[0]), engine.application(orders[1])]
      #expect(applications[0]?.orderID == orders[0] && applications[1]?.orderID == orders[1])
      #expect(applications[0]?.id != applications[1]?.id)
      #expect(try await engine.batch(orders.map { lock(order: $0) }).map(\.answer.kind) == [.ok, .ok])
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `two users that look alike have a limit each, and their expired locks harm nobody`(
    kind: StoreUnderTest
  ) async throws {
    try await withEngine(on: kind) { engine, clock in
      let id = try await engine.coupon(.percent(limits: UsageLimits(perUser: 5)), .of("TEN"))
      let users = [UserID(composed), UserID(decomposed)]
      for (number, user) in users.enumerated() {
        #expect(try await engine.submit(lock(order: "o-\(number)", user: user)).answer.kind == .created)
      }
      func used() throws -> [Int64] {
        try users.map { try engine.counter(.identity(IdentityKey($0)), of: id) }
      }
      #expect(try used() == [1, 1])
      clock.now = clock.now.adding(seconds: 62)
      #expect(try await engine.submit(lock(order: "o-3", user: "somebody")).answer.kind == .created)
      #expect(try await engine.engine.committer.tidier.sweep() == 2)
      #expect(try used() == [0, 0])
      #expect(
        try await engine.batch(users.map { lock(order: "again-\($0)", user: $0) }).map(\.answer.kind)
          == [.created, .created])
      #expect(try used() == [1, 1])
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `one user's limit is not another's who looks alike`(kind: StoreUnderTest) async throws {
    try await withEngine(on: kind) { engine, _ in
      let id = try await engine.coupon(.percent(limits: UsageLimits(perUser: 1)), .of("TEN"))
      let outcomes = try await engine.batch([
        lock(order: "o-1", user: UserID(composed)), lock(order: "o-2", user: UserID(decomposed)),
        lock(order: "o-3", user: UserID(composed)),
      ])
      #expect(outcomes.map(\.refusal) == [nil, nil, .codeRefused(.userLimitReached)])
      #expect(try await engine.uses(id).locked == 2)
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `two idempotency keys that look alike have an answer each`(kind: StoreUnderTest) async throws {
    try await withEngine(on: kind) { engine, _ in
      let keys = [IdempotencyKey.Name(composed), IdempotencyKey.Name(decomposed)]
      let action = CreateCoupon(terms: .percent())
      let first = try await engine.batch(commands: keys.map { engine.command(action, key: $0) })
        .map { try $0.get() }
      #expect(first.map(\.isReplay) == [false, false])
      #expect(first[0].shown != first[1].shown)
      for (key, outcome) in zip(keys, first) {
        let again = try await engine.submit(action, key: key)
        #expect(again.isReplay && again.shown == outcome.shown)
      }
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a coupon of one user is not in the wallet or list of another who looks alike, nor of use to them`(
    kind: StoreUnderTest
  ) async throws {
    try await withEngine(on: kind) { engine, _ in
      let users = [UserID(composed), UserID(decomposed)]
      var ids: [Coupon.ID] = []
      for (number, user) in users.enumerated() {
        ids.append(try await engine.coupon(.percent(owner: user), .of("OWN-\(number)")))
      }
      let shared = try await engine.coupon(
        .percent(), .of("GIFT-1", owner: users[0]), .of("GIFT-2", owner: users[1]))
      for (number, user) in users.enumerated() {
        let wallet = try engine.engine.store.wallet(WalletFilter(userID: user, limit: 9), of: engine.tenant)
        #expect(Set(wallet.map(\.coupon.id)) == [shared, ids[number]])
        #expect(
          Set(wallet.flatMap { $0.codes.map(\.grant.display) }) == ["GIFT-\(number + 1)", "OWN-\(number)"])
        let list = try engine.engine.store.coupons(
          CouponFilter(owner: user, limit: 9), of: engine.tenant)
        #expect(list.map(\.id) == [ids[number]])
      }
      let stranger = try await engine.apply(["OWN-0"], order: "o-1", user: users[1])
      #expect(stranger.refusal == .codeRefused(.ownerMismatch))
      #expect(try await engine.apply(["OWN-0"], order: "o-2", user: users[0]).answer.kind == .created)
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `an edit that only changes a spelling is an edit`(kind: StoreUnderTest) async throws {
    try await withEngine(on: kind) { engine, _ in
      var terms = CouponTerms.percent(owner: UserID(composed))
      terms.name = "Caf\u{E9}"
      terms.metadata = ["caf\u{E9}": "caf\u{E9}", "cafe\u{301}": "2"]
      let id = try await engine.draft(terms, [])
      let edits: [(inout CouponTerms) -> Void] = [
        { $0.name = "Cafe\u{301}" }, { $0.owner = UserID(decomposed) },
        { $0.metadata["caf\u{E9}"] = "cafe\u{301}" }, { $0.rules = .condition(.segment(.isIn(["\u{E9}"]))) },
        { $0.rules = .condition(.segment(.isIn(["e\u{301}"]))) },
      ]
      for edit in edits {
        edit(&terms)
        #expect(try await engine.submit(UpdateCoupon(couponID: id, terms: terms)).answer.kind == .ok)
        let stored = try await #require(engine.engine.coupon(id, tenant: engine.tenant))
        #expect(stored.terms == terms)
        #expect(Array(stored.terms.name.utf8) == Array(terms.name.utf8))
      }
      #expect(try await engine.engine.coupon(id, tenant: engine.tenant)?.version == Int64(edits.count) + 1)
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a cart that only changes a spelling is another cart`(kind: StoreUnderTest) async throws {
    try await withEngine(on: kind) { engine, _ in
      var terms = CouponTerms.percent()
      terms.eligibleLines = .condition(.product(.isIn(["caf\u{E9}"])))
      _ = try await engine.coupon(terms, .of("TEN"))
      func cart(_ product: ProductID) -> Cart {
        var cart = Cart.of(1000)
        cart.lines[0].productID = product
        return cart
      }
      #expect(try await engine.apply(["TEN"], order: "o", cart: cart("caf\u{E9}")).answer.kind == .created)
      let other = try await engine.apply(["TEN"], order: "o", cart: cart("cafe\u{301}"))
      #expect(other.refusal == .codeRefused(.noEligibleLines))
    }
  }
}
