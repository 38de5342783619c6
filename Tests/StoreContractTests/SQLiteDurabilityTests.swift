import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@testable import SQLiteStore

/// What waits for the disk on the embedded store.
@Suite struct SQLiteDurabilityTests {
  private static func level(_ transaction: any StoreTransaction<WorkingSet>) throws(StoreFailure) -> Int64? {
    try (transaction as? WriteTransaction)?.connection.first("PRAGMA synchronous") { $0.int64(0) }
  }

  @Test func `only what nobody was told of is committed without waiting for the disk`() throws {
    let folder = TemporaryFolder()
    let store = try SQLiteStore(path: folder.file("scrip.sqlite"))
    for _ in 0..<2 {
      let waits = try store.transaction { (transaction) throws(StoreFailure) in try Self.level(transaction) }
      #expect(waits == 2)
      let eased = try store.unhurried { (transaction) throws(StoreFailure) in try Self.level(transaction) }
      #expect(eased == 1)
      // One that comes to nothing leaves nothing behind.
      #expect(throws: StoreFailure.self) {
        try store.unhurried { (_: any StoreTransaction<WorkingSet>) throws(StoreFailure) in
          throw StoreFailure(kind: .other, message: "refused")
        }
      }
    }
    withExtendedLifetime(folder) {}
  }
}
