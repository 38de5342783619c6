import Foundation
import PostgresStore
import SQLiteStore
import Scrip
import TestSupport
import Testing

@testable import Engine

typealias MovableStore = CopySource & CopyTarget & RebuildableStore

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

  func places() throws -> (from: StorePlace, to: StorePlace) { (try StorePlace(from), try StorePlace(to)) }
}

/// Where a store of a test is: an empty one at first. It goes when its owner lets go.
final class StorePlace {
  private enum Place {
    case folder(String)
    case database(TestDatabase)
  }

  private let place: Place
  private var servers: [PostgresStore] = []

  init(_ kind: Move.Kind) throws {
    switch kind {
    case .postgres: place = .database(try TestDatabase())
    case .sqlite:
      let folder = FileManager.default.temporaryDirectory.appendingPathComponent("scrip-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      place = .folder(folder.path)
    }
  }

  deinit {
    for server in servers { server.shutDown() }
    if case .folder(let path) = place { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Opens the store anew.
  func open(_ clock: ManualClock? = nil) throws -> any MovableStore {
    switch place {
    case .folder(let path):
      guard let clock else { return try SQLiteStore(path: path + "/scrip.db") }
      return try SQLiteStore(path: path + "/scrip.db", clock: { clock.now })
    case .database(let database):
      let store = try clock.map { clock in try database.store(clock: { clock.now }) } ?? database.store()
      servers.append(store)
      return store
    }
  }
}

/// Everything that the log leads to.
struct World: Equatable {
  let tenants: [Tenant.ID: TenantRecord]
  let coupons: [Owned<Coupon.ID>: CouponRecord]
  let codes: [Owned<CouponCode>: CodeRecord]
  let counters: [Owned<CounterKey>: Int64]
  let applications: [Owned<DiscountApplication.ID>: ApplicationRecord]
  let accessKeys: [Owned<AccessKey.ID>: AccessKey]
}

extension Store {
  /// The log, page by page.
  func wholeLog() throws(StoreFailure) -> [StoredEvent] {
    var log: [StoredEvent] = []
    while true {
      let page = try events(EventFilter(after: log.last?.position ?? 0, limit: 1000))
      if page.isEmpty { return log }
      log += page
    }
  }

  /// Everything that the log names, as it is kept.
  func world() throws -> World {
    var asked = LoadRequest()
    for stored in try wholeLog() {
      let chained = try ChainedEvent(stored)
      asked.add(chained.event)
    }
    let request = asked
    let set = try read { (reader: any StoreReader) throws(StoreFailure) in
      var set = WorkingSet()
      try reader.load(request, into: &set)
      return set
    }
    return World(
      tenants: set.tenants, coupons: set.coupons, codes: set.codes,
      counters: set.counters.filter { $0.value != 0 },
      applications: set.applications, accessKeys: set.accessKeys)
  }
}
