import Foundation
import Ledger
import Promotions
import Scrip
import Synchronization
import TestSupport

@testable import PostgresStore

/// A database of its own for one test, with nothing in it; it goes when its owner lets go.
final class SchemaDatabase: Sendable {
  /// A superuser's URL; without one the suites that need a server are skipped.
  static let server = TestDatabase.server
  private static let counter = Atomic(0)

  let name: String

  init() throws {
    let number = SchemaDatabase.counter.add(1, ordering: .relaxed).newValue
    name = "schema_test_\(ProcessInfo.processInfo.processIdentifier)_\(number)"
    try SchemaDatabase.onServer("CREATE DATABASE \(name)")
  }

  deinit {
    do { try SchemaDatabase.onServer("DROP DATABASE \(name) WITH (FORCE)") } catch {
      print("the test database \(name) stays behind: \(error)")
    }
  }

  func address(user: String? = nil) throws -> PostgresAddress {
    try PostgresAddress(try SchemaDatabase.url(database: name, user: user))
  }

  func migrator(
    user: String? = nil, schema: String = "scrip", known: PostgresSchema = .current
  ) throws -> PostgresMigrator {
    let url = try SchemaDatabase.url(database: name, user: user) + "?schema=\(schema)"
    var migrator = PostgresMigrator(address: try PostgresAddress(url), known: known) {
      Instant(microseconds: 1_700_000_000_000_000)
    }
    migrator.patience = MigrationPatience(
      migratorSeconds: 60, lockMilliseconds: 200, retries: 3, pauseMilliseconds: 100)
    return migrator
  }

  func connect(user: String? = nil) throws -> PostgresConnection {
    try PostgresConnection(try address(user: user), deadline: .after(milliseconds: 10_000))
  }

  func run(_ script: String) throws {
    try connect().execute(script: script, .after(milliseconds: 30_000))
  }

  /// The first value of the first row, a whole number.
  func number(_ sql: StatementText) throws -> Int64 {
    try connect().roundTrip(.after(milliseconds: 30_000)) { $0.add(sql) }[0][0].int64(0)
  }

  static func onServer(_ script: String) throws {
    let address = try PostgresAddress(try url(database: nil, user: nil))
    let deadline = Deadline.after(milliseconds: 30_000)
    try PostgresConnection(address, deadline: deadline).execute(script: script, deadline)
  }

  static func url(database: String?, user: String?) throws -> String {
    guard let server, var parts = URLComponents(string: server) else { throw NoServer() }
    if let database { parts.path = "/\(database)" }
    if let user { (parts.user, parts.password) = (user, nil) }
    guard let url = parts.string else { throw NoServer() }
    return url
  }

  private struct NoServer: Error {}
}
