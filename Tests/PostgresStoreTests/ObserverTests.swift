import Scrip
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

@Suite(.enabled(if: TestDatabase.server != nil)) struct ObserverTests {
  private final class Report: StoreObserver {
    let retries = Mutex<[StoreRetry]>([])
    let reconnections = Atomic(0)
    let roundTrips = Atomic(0)

    func retried(_ reason: StoreRetry) { retries.withLock { $0.append(reason) } }
    func reconnected() { reconnections.add(1, ordering: .relaxed) }
    func roundTrip(seconds: Double) { roundTrips.add(1, ordering: .relaxed) }
  }

  private func move(_ store: PostgresStore, _ request: LoadRequest) throws(StoreFailure) {
    try store.transaction { (transaction) throws(StoreFailure) in
      var set = WorkingSet()
      try transaction.load(request, into: &set)
    }
  }

  @Test func `a transaction costs a fixed number of round trips, and a lost connection is reported`() throws {
    let database = try TestDatabase()
    let report = Report()
    let store = try PostgresStore(
      PostgresConfiguration(address: try PostgresAddress(database.url), observer: report), migrates: false)
    defer { store.shutDown() }
    var request = LoadRequest()
    request.codes = Set((1...200).map { Owned(Tenant.ID(1), CouponCode("CODE-\($0)")!) })
    try move(store, request)
    #expect(report.roundTrips.load(ordering: .relaxed) == 3)
    #expect(store.condition.readConnectionsInUse == 0)

    try store.writers.withConnection(.after(milliseconds: 5000)) { (connection) throws(StoreFailure) in
      let pid = connection.backendPID
      let other = try PostgresConnection(
        try PostgresAddress(database.url), deadline: .after(milliseconds: 5000))
      _ = try other.roundTrip(.after(milliseconds: 5000)) {
        $0.add("SELECT pg_terminate_backend($1::integer, 5000)") { $0.bind(Int64(pid)) }
      }
    }
    try move(store, request)
    #expect(report.reconnections.load(ordering: .relaxed) == 1)
    #expect(report.retries.withLock { $0.allSatisfy { $0 == .connectionLost } })
  }

  @Test func `a command that names a person costs no round trip more, whether or not the person is known`()
    async throws
  {
    let database = try TestDatabase()
    let report = Report()
    let store = try PostgresStore(
      PostgresConfiguration(address: try PostgresAddress(database.url), observer: report), migrates: false)
    defer { store.shutDown() }
    let engine = try await EngineUnderTest(store: store, clock: ManualClock())
    _ = try await engine.coupon(.percent(), .of("TEN"))
    func cost(of order: OrderID, naming persons: [NamedPerson] = []) async throws -> Int {
      let before = report.roundTrips.load(ordering: .relaxed)
      var command = engine.command(
        ApplyCodes(orderID: order, codes: ["TEN"], customer: Customer(), cart: .of(10_000)))
      command.brought = persons
      #expect(try await engine.engine.submit(command).answer.kind == .created)
      return report.roundTrips.load(ordering: .relaxed) - before
    }
    // The first one may learn what later ones remember.
    _ = try await cost(of: "o-0")
    let plain = try await cost(of: "o-1")
    let ann = NamedPerson(pseudonym: "person_a", userID: "ann")
    for order in ["o-2", "o-3"] as [OrderID] {
      #expect(try await cost(of: order, naming: [ann]) == plain)
    }
    #expect(try await engine.engine.names(of: ["person_a"], tenant: engine.tenant) == ["person_a": "ann"])
    await engine.stop()
  }

  @Test func `behind a pooler nobody listens, while others have begun to`() throws {
    let database = try TestDatabase()
    func open(_ items: String) throws -> PostgresStore {
      try PostgresStore(
        PostgresConfiguration(address: try PostgresAddress(database.url + items)), migrates: false)
    }
    let pooled = try open("?prepared=off")
    defer { pooled.shutDown() }
    let direct = try open("")
    defer { direct.shutDown() }
    try eventually { direct.condition.isListening }
    #expect(!pooled.condition.isListening)
  }
}
