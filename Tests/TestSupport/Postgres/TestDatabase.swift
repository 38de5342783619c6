import Foundation
import Scrip
import Synchronization

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

/// A database of its own for one test, on the server that `SCRIP_TEST_POSTGRES` names; it goes when its owner lets go.
public final class TestDatabase: Sendable {
  /// The URL of a superuser, such as `postgres://postgres@127.0.0.1:5432/postgres`; `make test` starts such a server.
  /// Nil where tests are run without one, which is said by `none`; see `isDecided`.
  public static let server = choice == "none" ? nil : choice

  /// Whether somebody has said where the server is, or that there is none. A run that leaves half of the product out
  /// must not look like one that has tested it.
  public static let isDecided = choice != nil

  private static let choice = ProcessInfo.processInfo.environment["SCRIP_TEST_POSTGRES"].flatMap {
    $0.isEmpty ? nil : $0
  }

  /// What stands behind each database's URL, such as `schema=shop_eu`, for a run of the tests in another schema.
  private static let items = ProcessInfo.processInfo.environment["SCRIP_TEST_STORE_ITEMS"] ?? ""

  /// Whether suites that run on one store at a time run on PostgreSQL.
  public static let isChosen = ProcessInfo.processInfo.environment["SCRIP_TEST_STORE"] == "postgres"

  /// Where the database is.
  public let url: String
  private let name: String

  private static let counter = Atomic(0)
  private static let gate = Mutex(())
  private static let template = Result { try makeTemplate() }

  /// Makes a database with an up to date schema and nothing in it.
  public init() throws {
    let template = try TestDatabase.template.get()
    let number = TestDatabase.counter.add(1, ordering: .relaxed).newValue
    name = "\(template)_\(number)"
    url = try TestDatabase.url(of: name)
    try TestDatabase.gate.withLock { [name] _ in
      try TestDatabase.run("CREATE DATABASE \(name) TEMPLATE \(template)")
    }
  }

  deinit {
    do { try TestDatabase.run("DROP DATABASE \(name) WITH (FORCE)") } catch {
      print("the test database \(name) stays behind: \(error)")
    }
  }

  /// A store on the database.
  public func store(
    clock: (@Sendable () -> Instant)? = nil, tolerance: ClockTolerance = .unlimited
  ) throws -> PostgresStore {
    try PostgresStore(
      PostgresConfiguration(
        address: try PostgresAddress(url), connectionsMax: 4, timeoutMilliseconds: 20_000, clock: clock,
        tolerance: tolerance),
      migrates: false)
  }

  /// Runs statements as a superuser.
  public func run(script: String) throws {
    let deadline = Deadline.after(milliseconds: 30_000)
    let connection = try PostgresConnection(try PostgresAddress(url), deadline: deadline)
    try connection.execute(script: script, deadline)
  }

  private static func makeTemplate() throws -> String {
    let name = "scrip_test_\(ProcessInfo.processInfo.processIdentifier)"
    try run("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
    try run("CREATE DATABASE \(name)")
    try PostgresMigrator(address: try PostgresAddress(try url(of: name)), clock: systemClock).up()
    return name
  }

  private static func url(of name: String) throws -> String {
    guard let server, var parts = URLComponents(string: server) else { throw NoServer() }
    parts.path = "/\(name)"
    if !items.isEmpty { parts.query = items }
    guard let url = parts.string else { throw NoServer() }
    return url
  }

  private static func run(_ sql: String) throws {
    guard let server else { throw NoServer() }
    let deadline = Deadline.after(milliseconds: 30_000)
    let connection = try PostgresConnection(try PostgresAddress(server), deadline: deadline)
    try connection.execute(script: sql, deadline)
  }

  private struct NoServer: Error {}
}
