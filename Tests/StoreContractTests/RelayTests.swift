import Forms
import Scrip
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions

/// Takes events into memory: all of them, a few at a time, or none.
private final class Basket: EventCarrier {
  let name: ProjectionName = "basket"
  private let portion: Int
  private let refused: Tenant.ID?
  private let state = Mutex((ids: [String](), failure: CarrierFailure?.none))

  init(portion: Int = .max, refusing refused: Tenant.ID? = nil) {
    self.portion = portion
    self.refused = refused
  }

  var ids: [String] { state.withLock { $0.ids } }

  func fail(_ reason: String?) { state.withLock { $0.failure = reason.map { CarrierFailure($0) } } }

  func carry(_ events: [CarriedEvent], generation: Int64) async throws(CarrierFailure) -> Arrival {
    let result = state.withLock { state -> Result<Arrival, CarrierFailure> in
      if let failure = state.failure { return .failure(failure) }
      if events.first?.tenant == refused { return .failure(CarrierFailure("too large", about: .event)) }
      state.ids += events.prefix(portion).map(\.id)
      return .success(Arrival(count: min(portion, events.count)))
    }
    return try result.get()
  }

  func close() async {}
}

/// Numbers what it takes, as a broker does, passes over what it has had, and can lose what it has taken.
private final class NumberingBasket: EventCarrier {
  private struct Kept {
    let event: CarriedEvent
    let generation: Int64
  }

  private struct State {
    var kept: [Kept] = []
    /// How many of those were taken away since.
    var purged = 0
    var isOpen = false
  }

  let name: ProjectionName = "basket"
  private let state = Mutex(State())

  var ids: [String] { state.withLock { state in state.kept.dropFirst(state.purged).map(\.event.id) } }

  /// An older state is put back.
  func forget(behind count: Int) {
    state.withLock {
      $0.kept.removeSubrange(count...)
      $0.isOpen = false
    }
  }

  /// Somebody takes away everything, and it goes on counting.
  func purge() {
    state.withLock {
      $0.purged = $0.kept.count
      $0.isOpen = false
    }
  }

  func open() async throws(CarrierFailure) -> Int64? {
    state.withLock { state in
      defer { state.isOpen = true }
      return state.isOpen ? nil : Int64(state.kept.count)
    }
  }

  func lastKept(of tenant: Tenant.ID) async throws(CarrierFailure) -> [UInt8]? {
    state.withLock { state in
      state.kept.dropFirst(state.purged).last { $0.event.tenant == tenant }?.event.body
    }
  }

  func carry(_ events: [CarriedEvent], generation: Int64) async throws(CarrierFailure) -> Arrival {
    state.withLock { state in
      for event in events
      where !state.kept.contains(where: { $0.event.id == event.id && $0.generation == generation }) {
        state.kept.append(Kept(event: event, generation: generation))
      }
      return Arrival(count: events.count, number: Int64(state.kept.count))
    }
  }

  func close() async { state.withLock { $0.isOpen = false } }
}

@Suite struct RelayTests {
  private struct Shop {
    let opened: OpenedStore
    let engine: EngineUnderTest
    let clock: TestClock
    let relay: Relay<WorkingSet>

    init(_ kind: StoreUnderTest, _ basket: any EventCarrier) async throws {
      clock = TestClock(noon)
      opened = try kind.makeFragile(at: clock)
      engine = try await EngineUnderTest(store: opened.store, clock: ManualClock(noon))
      for number in 1...4 { _ = try await engine.coupon(.percent(), .of("TEN\(number)")) }
      let relay = Relay(store: opened.store, carrier: basket)
      self.relay = relay
      try opened.store.transaction { (transaction) throws(StoreFailure) in
        try transaction.due.scheduleForHouse([relay.key], at: transaction.now)
      }
    }

    /// The whole log, also while transactions of other tests keep its end from settling.
    var logged: [String] {
      get throws {
        var events: [ShownEvent] = []
        let last = try opened.store.find(LastPosition(of: engine.tenant))
        while events.last?.position != last {
          events += try opened.store.shownEvents(
            EventFilter(tenant: engine.tenant, after: events.last?.position ?? 0, limit: .max))
        }
        return events.map { CarriedEvent($0, of: engine.tenant).id }
      }
    }

    var cursor: Int64? {
      get throws { try opened.store.cursor(Owned(engine.tenant, RelayKey.cursor("basket")))?.position }
    }

    var isCaughtUp: Bool {
      get throws { try cursor == opened.store.find(LastPosition(of: engine.tenant)) }
    }

    func work() throws -> DueEntry {
      try #require(try opened.store.find(DueWorkOfTenant(tenant: .house, limit: 10)).first)
    }

    /// Does the work until a condition holds, or for some seconds.
    func carry(until isDone: () throws -> Bool) async throws {
      let worker = DueWorker(
        store: opened.store, handlers: [relay.handler],
        submit: { _ throws(CommandFailure) in throw CommandFailure.shuttingDown })
      let working = Task { await worker.run { _ in } }
      for _ in 0..<1500 where try !isDone() { try await Task.sleep(for: .milliseconds(20)) }
      working.cancel()
      await working.value
      await worker.shutDown()
      #expect(try isDone())
    }

    func end() async {
      await engine.stop()
      opened.discard()
    }
  }

  @Test(arguments: StoreUnderTest.all, [1, 3, .max])
  func `every event is carried once and in order, however few are taken at a time`(
    kind: StoreUnderTest, portion: Int
  ) async throws {
    let basket = Basket(portion: portion)
    let shop = try await Shop(kind, basket)
    let logged = try shop.logged
    try await shop.carry { basket.ids.count >= logged.count }
    #expect(basket.ids == logged && shop.relay.standing.carried == logged.count)
    // A relay that ends leaves its work to others at once, and they go on behind it.
    #expect(try shop.work().state == .waiting)
    _ = try await shop.engine.coupon(.percent(), .of("NEW"))
    try await shop.carry { try basket.ids.count >= shop.logged.count }
    #expect(try basket.ids == shop.logged)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what could not be carried is told of, and carried once that goes`(kind: StoreUnderTest) async throws {
    let basket = Basket()
    let shop = try await Shop(kind, basket)
    basket.fail("the broker is away")
    try await shop.carry { try shop.work().reason != nil }
    #expect(try shop.work().reason == "the broker is away" && shop.cursor == nil && basket.ids.isEmpty)
    basket.fail(nil)
    shop.clock.now = noon.adding(seconds: 3600)
    try await shop.carry { try basket.ids.count >= shop.logged.count }
    #expect(try basket.ids == shop.logged)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an event that is not taken holds up its own tenant alone, and is told of`(
    kind: StoreUnderTest
  ) async throws {
    let basket = Basket(refusing: tenant)
    let shop = try await Shop(kind, basket)
    var founding = shop.engine.command(CreateTenant(name: "Other", settings: TenantSettings()))
    founding.tenant = Tenant.ID(2)
    _ = try await shop.engine.engine.submit(founding)
    try await shop.carry { try !basket.ids.isEmpty && shop.work().reason != nil }
    #expect(try basket.ids == ["tenant_2/1"] && shop.work().reason == "too large" && shop.cursor == nil)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `whoever has lost the lease moves nothing`(kind: StoreUnderTest) async throws {
    let basket = Basket()
    let shop = try await Shop(kind, basket)
    func claim(_ holder: UInt128) throws -> DueClaim {
      let claims = try shop.opened.store.transaction { (transaction) throws(StoreFailure) in
        try transaction.due.claim(
          DueClaiming(
            kinds: [shop.relay.key.value.kind], limit: 1, holder: DueHolder(holder), leaseSeconds: 10))
      }
      return try #require(claims.first)
    }
    let stale = try claim(1)
    shop.clock.now = noon.adding(seconds: 11)
    let fresh = try claim(2)
    guard case .external(let body) = shop.relay.handler.way else {
      Issue.record("a relay is no work in a transaction")
      return
    }
    await #expect(throws: DueFailure.self) { _ = try await body(stale) }
    #expect(try shop.cursor == nil)
    // The other one goes on as if nothing had been.
    let carrying = Task { _ = try await body(fresh) }
    let last = try shop.opened.store.find(LastPosition(of: shop.engine.tenant))
    for _ in 0..<1500 where try shop.cursor != last { try await Task.sleep(for: .milliseconds(20)) }
    carrying.cancel()
    _ = await carrying.result
    let logged = try shop.logged
    #expect(try shop.cursor == last && basket.ids.suffix(logged.count) == logged[...])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a cursor that somebody has moved is not moved from where it was`(kind: StoreUnderTest) async throws {
    let shop = try await Shop(kind, Basket())
    func move(_ from: Int64, _ to: Int64, generation: Int64 = 0, number: Int64 = 0) throws {
      let place = RelayPlace(position: from)
      let other = RelayPlace(position: to, number: number, generation: generation)
      try shop.opened.store.transaction {
        (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
        try transaction.move(RelayMove(of: shop.engine.tenant, by: "basket", from: place, to: other))
      }
    }
    try move(0, 3)
    #expect(throws: StoreFailure.self) { try move(0, 2) }
    #expect(throws: StoreFailure.self) { try move(2, 4) }
    try move(3, 1)
    #expect(try shop.cursor == 1)
    try move(1, 0)
    #expect(try shop.cursor == nil)
    try move(0, 3, generation: 1)
    // What the receiver calls it counts as well.
    #expect(throws: StoreFailure.self) { try move(3, 4) }
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all, [0, 5, 9])
  func `what the receiver has lost is carried again, from where it still has it`(
    kind: StoreUnderTest, kept: Int
  ) async throws {
    let basket = NumberingBasket()
    let shop = try await Shop(kind, basket)
    let logged = try shop.logged
    try await shop.carry { try shop.isCaughtUp }
    #expect(basket.ids == logged)
    basket.forget(behind: kept)
    _ = try await shop.engine.coupon(.percent(), .of("NEW"))
    try await shop.carry { try basket.ids.count >= shop.logged.count }
    #expect(try basket.ids == shop.logged && shop.relay.standing.losses == 1)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what somebody has taken away is not lost`(kind: StoreUnderTest) async throws {
    let basket = NumberingBasket()
    let shop = try await Shop(kind, basket)
    try await shop.carry { try shop.isCaughtUp }
    let before = try shop.logged
    basket.purge()
    _ = try await shop.engine.coupon(.percent(), .of("NEW"))
    try await shop.carry { try shop.isCaughtUp }
    #expect(try basket.ids == Array(shop.logged.dropFirst(before.count)) && shop.relay.standing.losses == 0)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `events are carried again to a receiver that passes over what it has had`(
    kind: StoreUnderTest
  ) async throws {
    let basket = NumberingBasket()
    let shop = try await Shop(kind, basket)
    try await shop.carry { try shop.isCaughtUp }
    let logged = try shop.logged
    let place = try shop.opened.store.relayPlace(of: shop.engine.tenant, by: "basket")
    #expect(place.number == Int64(logged.count))
    try shop.opened.store.transaction {
      (transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
      try transaction.move(
        RelayMove(
          of: shop.engine.tenant, by: "basket", from: place,
          to: RelayPlace(number: place.number, generation: place.generation + 1)))
    }
    try await shop.carry { try shop.isCaughtUp }
    #expect(basket.ids == logged + logged)
    let store = try #require(shop.opened.store as? any RebuildableStore<WorkingSet>)
    let marked = try shop.opened.store.relayPlace(of: shop.engine.tenant, by: "basket")
    #expect(try differences(after: store).isEmpty)
    #expect(try shop.opened.store.relayPlace(of: shop.engine.tenant, by: "basket") == marked)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a rebuild leaves cursors where they are that no projection has`(kind: StoreUnderTest) async throws {
    let basket = Basket(portion: 3)
    let shop = try await Shop(kind, basket)
    try await shop.carry { basket.ids.count >= 3 }
    let before = try shop.cursor
    let store = try #require(shop.opened.store as? any RebuildableStore<WorkingSet>)
    #expect(try differences(after: store).isEmpty)
    #expect(try shop.cursor == before && before != nil)
    await shop.end()
  }

  private func differences(after store: some RebuildableStore<WorkingSet>) throws -> [TableDifference] {
    let (rebuild, differences) = try Rebuild.comparing(store)
    try store.adopt(rebuild.scratch)
    return differences
  }
}
