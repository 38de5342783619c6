import Digest
import Forms
import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

/// A rolling upgrade has programs of two versions on one store: what the newer one writes must not stop the older one.
@Suite struct NewerFormsTests {
  private static let kinds: [Move.Kind] = TestDatabase.server == nil ? [.sqlite] : [.sqlite, .postgres]

  /// A shop in which nearly everything has happened once.
  private func makeShop(_ store: some PromotionStore, _ clock: ManualClock) async throws {
    let engine = try await EngineUnderTest(store: store, clock: clock)
    try await engine.submit(ChangeSettings(TenantSettingsChange(lockSeconds: 120)))
    var terms = CouponTerms.percent()
    terms.limits.perUser = 100
    terms.metadata = ["campaign": "spring"]
    let id = try await engine.coupon(terms, .of("SAVE"), .of("MORE"))
    terms.name = "Edited"
    try await engine.submit(UpdateCoupon(couponID: id, terms: terms))
    for order in ["a", "b", "c"] as [OrderID] { _ = try await engine.lock(["SAVE"], order: order) }
    let application = try #require(try await engine.application("a"))
    try await engine.submit(RedeemApplication(applicationID: application.id))
    _ = try await engine.apply(["NONE"], order: "d", key: "kept")
    await engine.stop()
  }

  /// Folds a log into another store, its payloads as a newer version would have written them.
  private func fold(_ log: [StoredEvent], into store: some PromotionStore) throws {
    var heads: [Owned<StreamID>: StreamHead] = [:]
    for var stored in log {
      let key = Owned(stored.envelope.tenant, stored.envelope.stream)
      stored.payload = try addingMembers(to: stored.payload)
      stored.hash = ChainedEvent.hash(
        stored.envelope, payload: stored.payload, after: heads[key]?.hash ?? StreamHead.empty.hash)
      heads[key] = StreamHead(sequence: stored.envelope.sequence, hash: stored.hash)
      let event = try WorkingSet.understand(stored)
      try store.transaction { (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
        var set = WorkingSet()
        try transaction.load(LoadRequest(folding: [event]), into: &set)
        set.apply(event.chained, event.fact)
        try transaction.write(set)
      }
    }
  }

  @Test(arguments: kinds) func `members that this version does not know are passed over and kept`(
    kind: Move.Kind
  ) async throws {
    let (clock, place) = (ManualClock(), try StorePlace(kind))
    let first = InMemoryStore(clock: { clock.now })
    try await makeShop(first, clock)
    let store = try place.open(clock)
    try fold(try first.events(EventFilter(limit: .max)), into: store)

    // Everything is read, and work goes on.
    let engine = try await EngineUnderTest(store: store, clock: clock)
    #expect(try await engine.lock(["SAVE"], order: "later").usages.count == 1)
    let application = try #require(try await engine.application("b"))
    #expect(try await engine.submit(RedeemApplication(applicationID: application.id, cart: .of(5000))).isOK)
    let coupon = try #require(try store.coupons(CouponFilter(limit: 10), of: Tenant.ID(1)).first)
    #expect(coupon.terms.name == "Edited" && coupon.uses.live == 4)
    #expect(try store.statistics(of: coupon.id, tenant: Tenant.ID(1)).uses[.redeemed] == 2)
    await engine.stop()

    // A rebuild and a copy by this version leave every byte as it was.
    #expect(try AuditVerification(of: store).findings.isEmpty)
    let rebuild = try Rebuild(of: store)
    #expect(try store.differences(to: rebuild.scratch).isEmpty)
    try store.adopt(rebuild.scratch)
    #expect(try store.differences(to: store.rebuilt()).isEmpty)
    let copy = try StorePlace(.sqlite)
    let copied = try copy.open(clock)
    _ = try StoreCopy(from: store, to: copied)
    #expect(try await log(of: copied) == log(of: store))
    #expect(try copied.differences(to: copied.rebuilt()).isEmpty)
    let shown = try store.wholeLog().map {
      String(decoding: $0.shown.json, as: UTF8.self)
    }
    #expect(shown.contains { $0.contains("CouponUpdated") && $0.contains("added_later") })
  }

  @Test(arguments: kinds) func `a fact that this version does not know stops only who has to fold it`(
    kind: Move.Kind
  ) async throws {
    let (clock, place) = (ManualClock(), try StorePlace(kind))
    let store = try place.open(clock)
    try await makeShop(store, clock)
    let coupon = try #require(try store.coupons(CouponFilter(limit: 10), of: Tenant.ID(1)).first)
    try appendUnknownFact(to: coupon.id, in: store, at: clock.now)

    let engine = try await EngineUnderTest(store: store, clock: clock)
    #expect(try await engine.lock(["SAVE"], order: "later").usages.count == 1)
    await engine.stop()
    #expect(try store.statistics(of: coupon.id, tenant: Tenant.ID(1)).uses[.locked] == 3)
    #expect(try AuditVerification(of: store).findings.isEmpty)
    let events = try store.events(EventFilter(tenant: Tenant.ID(1), stream: .coupon(coupon.id), limit: .max))
    let unknown = try #require(events.first { $0.envelope.type == "CouponTeleported" })
    #expect(String(decoding: unknown.shown.json, as: UTF8.self).hasSuffix(#""data":{"to":"Mars"}}"#))

    let failure = #expect(throws: StoreFailure.self) { _ = try Rebuild(of: store) }
    #expect(failure?.kind == .schema)
    #expect(failure?.message.contains("CouponTeleported") == true)
    #expect(failure?.message.contains("a newer version of this program is needed") == true)
    // A copy folds the log as well.
    let target = try StorePlace(.sqlite)
    let empty = try target.open(clock)
    let refused = #expect(throws: StoreCopyFailure.self) { _ = try StoreCopy(from: store, to: empty) }
    guard case .source(let reason) = refused else {
      Issue.record("another failure: \(String(describing: refused))")
      return
    }
    #expect(reason.kind == .schema)
  }

  private func appendUnknownFact(to id: Coupon.ID, in store: any MovableStore, at now: Instant) throws {
    let key = Owned(Tenant.ID(1), id)
    let last = try #require(try store.wholeLog().last?.position)
    try store.receive { (transaction: any CopyTransaction<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      var request = LoadRequest()
      request.tenants.insert(key.tenant)
      request.coupons.insert(key)
      try transaction.load(request, into: &set)
      guard let head = set.coupons[key]?.head else { throw .corrupt("the coupon") }
      let envelope = EventEnvelope(
        tenant: key.tenant, stream: .coupon(id), sequence: head.sequence + 1, type: "CouponTeleported",
        at: now,
        actor: "system", requestID: nil)
      let payload = Array(#"{"to":"Mars","secret_hash":"00"}"#.utf8)
      let hash = ChainedEvent.hash(envelope, payload: payload, after: head.hash)
      set.coupons.count(key) { $0.head = StreamHead(sequence: head.sequence + 1, hash: hash) }
      try transaction.write(
        set, events: [StoredEvent(position: last + 1, envelope: envelope, payload: payload, hash: hash)])
    }
  }
}
