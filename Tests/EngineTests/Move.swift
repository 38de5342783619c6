import Foundation
import SQLiteStore
import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

protocol MovableStore: CopySource, CopyTarget, RebuildableStore where State == WorkingSet {}

extension MovableStore {
  /// Brings projections up to date, however long other transactions of a server keep the end of the log back.
  func project() async throws {
    try await onThread {
      let ends = Dictionary(
        try self.wholeLog().map { ($0.envelope.tenant, $0.position) }, uniquingKeysWith: { max($0, $1) })
      let runner = ProjectionRunner<WorkingSet>(store: self)
      let deadline = ContinuousClock.now + .seconds(60)
      var isBehind = true
      while isBehind, .now < deadline {
        try runner.catchUpNow()
        let cursors = try self.find(ProjectionCursors())
        isBehind = ends.contains { cursors[CouponUses.cursor(of: $0.key)]?.position != $0.value }
      }
    }
  }

  /// The store as one to be copied from.
  var asSource: any CopySource<WorkingSet> { self }

  /// What its log leads to.
  func rebuilt() throws(StoreFailure) -> any PromotionStore { try Rebuild(of: self).scratch }
}

extension SQLiteStore: MovableStore {}

extension PostgresStore: MovableStore {}

/// One kind of store, copied into another or into one of its own kind.
struct Move: Sendable, CustomTestStringConvertible {
  enum Kind: Sendable { case sqlite, postgres }

  let from: Kind
  let to: Kind

  var testDescription: String { "\(from) to \(to)" }

  /// Those for which there is a server, too.
  static let all: [Move] =
    TestDatabase.server == nil
    ? [Move(from: .sqlite, to: .sqlite)]
    : [
      Move(from: .sqlite, to: .sqlite), Move(from: .sqlite, to: .postgres),
      Move(from: .postgres, to: .sqlite),
      Move(from: .postgres, to: .postgres),
    ]

  /// From one kind to another, as far as there is a server.
  static let betweenKinds: [Move] = TestDatabase.server == nil ? all : all.filter { $0.from != $0.to }

  /// How many usages a large store has. `SCRIP_TEST_LONG=1` makes it ten thousand, which keeps other tests waiting.
  static let usages = ProcessInfo.processInfo.environment["SCRIP_TEST_LONG"] == nil ? 2000 : 10_000

  func places() throws -> (from: StorePlace, to: StorePlace) { (try StorePlace(from), try StorePlace(to)) }
}

/// Where a store of a test is: an empty one at first. It goes when its owner lets go.
final class StorePlace {
  fileprivate enum Place {
    case folder(TemporaryFolder)
    case database(TestDatabase)
  }

  fileprivate let place: Place
  private var servers: [PostgresStore] = []

  init(_ kind: Move.Kind) throws {
    switch kind {
    case .postgres: place = .database(try TestDatabase())
    case .sqlite: place = .folder(TemporaryFolder())
    }
  }

  deinit { for server in servers { server.shutDown() } }

  /// Opens the store anew.
  func open(
    _ clock: ManualClock? = nil, tolerance: ClockTolerance = .unlimited
  ) throws -> any MovableStore {
    switch place {
    case .folder(let folder):
      guard let clock else { return try SQLiteStore(path: folder.file("scrip.db")) }
      return try SQLiteStore(path: folder.file("scrip.db"), clock: { clock.now }, tolerance: tolerance)
    case .database(let database):
      let store =
        try clock.map { clock in try database.store(clock: { clock.now }, tolerance: tolerance) }
        ?? database.store()
      servers.append(store)
      return store
    }
  }
}

extension StorePlace {
  /// Opens a transaction of another node that is about to write events.
  func openTransaction() throws -> ForeignTransaction {
    guard case .database(let database) = place else { throw CocoaError(.featureUnsupported) }
    return try ForeignTransaction(database.url)
  }
}

/// A transaction of another node that is about to write events.
struct ForeignTransaction {
  private let connection: PostgresConnection

  init(_ url: String) throws {
    let deadline = Deadline.after(milliseconds: 5000)
    connection = try PostgresConnection(try PostgresAddress(url), deadline: deadline)
    try connection.execute(
      script: "BEGIN; SELECT pg_current_xact_id(); LOCK TABLE scrip.event IN ROW EXCLUSIVE MODE", deadline)
  }

  func end() throws { try connection.execute(script: "COMMIT", .after(milliseconds: 5000)) }
}

/// Copies a store, however long the source's server keeps the end of its log back.
func copy(
  from source: some CopySource<WorkingSet>, to target: some CopyTarget<WorkingSet>, pageSize: Int = 1000,
  patience: Duration = .seconds(300)
) async throws -> StoreCopy<WorkingSet> {
  try await onThread { try StoreCopy(from: source, to: target, pageSize: pageSize, patience: patience) }
}

/// A store's whole log.
func log(of store: some CopySource<WorkingSet>) async throws -> [StoredEvent] {
  try await onThread { try store.wholeLog() }
}

/// Everything that a store's log leads to.
func world(of store: some CopySource<WorkingSet>) async throws -> World {
  try await onThread { try store.world() }
}

/// Everything that the log leads to.
struct World: Equatable {
  let tenants: [Tenant.ID: TenantRecord]
  let coupons: [Owned<Coupon.ID>: CouponRow]
  let codes: [Owned<CouponCode>: CodeRecord]
  let counters: [Owned<CounterKey>: CounterRow]
  let applications: [Owned<DiscountApplication.ID>: ApplicationRecord]
  let accessKeys: [Owned<AccessKey.ID>: AccessKey]
  let campaigns: [Owned<Campaign.ID>: CampaignRow]
  let orders: [Owned<Order.ID>: OrderRow]
}

extension CopySource where State == WorkingSet {
  /// The log, page by page. A server does not show its end while a transaction is open that may still write events.
  func wholeLog() throws(StoreFailure) -> [StoredEvent] {
    let count = try counts()[.event] ?? 0
    var log: [StoredEvent] = []
    while log.count < count {
      log += try events(EventFilter(after: log.last?.position ?? 0, limit: 1000))
    }
    return log
  }

  /// Everything that the log names, as it is kept.
  func world() throws -> World {
    let request = LoadRequest(folding: try wholeLog().map { try WorkingSet.understand($0) })
    let set = try read { (reader: any StoreReader<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      try reader.load(request, into: &set)
      return set
    }
    return World(
      tenants: set.tenants.all, coupons: set.coupons.all, codes: set.codes.all, counters: set.counters.all,
      applications: set.applications.all, accessKeys: set.accessKeys.all,
      campaigns: set.shelf[CampaignRow.self].all, orders: set.keptOrders.all)
  }
}
