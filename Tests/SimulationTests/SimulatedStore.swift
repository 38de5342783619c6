import Ledger
import Promotions
import SQLiteStore
import Scrip
import TestSupport
import Testing

/// A kind of store that simulations run on.
enum SimulatedStore: String, CaseIterable, Sendable {
  case memory, sqlite, postgres

  /// Those that there is a server for.
  static let available = allCases.filter { $0 != .postgres || TestDatabase.server != nil }

  /// Runs a body on an empty store, and removes it.
  func withStore(_ clock: ManualClock, _ body: (any PromotionStore) async throws -> Void) async throws {
    switch self {
    case .memory: try await body(InMemoryStore(clock: { clock.now }))
    case .postgres:
      let database = try TestDatabase()
      let store = try database.store { clock.now }
      try await body(store)
      store.shutDown()
    case .sqlite:
      let folder = TemporaryFolder()
      try await body(SQLiteStore(path: folder.file("scrip.sqlite"), clock: { clock.now }))
      withExtendedLifetime(folder) {}
    }
  }
}
