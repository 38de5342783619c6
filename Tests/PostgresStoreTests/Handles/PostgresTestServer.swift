import Foundation
import Ledger
import Promotions
import TestSupport
import Testing

@testable import PostgresStore

/// The server that these tests speak to. Without one there is nothing that they could show, so they are skipped.
enum PostgresTestServer {
  /// A superuser's URL, such as `postgres://postgres@127.0.0.1:5432/postgres`.
  static let url = TestDatabase.server

  static func address(_ items: String = "") throws -> PostgresAddress {
    let url = try #require(url)
    if items.isEmpty { return try PostgresAddress(url) }
    return try PostgresAddress(url + (url.contains("?") ? "&" : "?") + items)
  }

  static func connect(_ items: String = "", schema: String = "scrip") throws -> PostgresConnection {
    try PostgresConnection(address(items), schema: schema, deadline: .soon)
  }

  /// Ends a connection from the server's side, and comes back when its process is gone.
  static func terminate(_ pid: Int32) throws {
    let other = try connect()
    _ = try other.roundTrip(.soon) { $0.add("SELECT pg_terminate_backend($1::int)") { $0.bind(Int64(pid)) } }
    try eventually {
      try other.value("SELECT count(*) FROM pg_stat_activity WHERE pid = $1::int") { $0.bind(Int64(pid)) }
        == 0
    }
  }

  /// Lends a database of its own to a body, and drops it.
  static func withDatabase(_ body: (PostgresAddress) throws -> Void) throws {
    let name = "scrip_test_\(UInt64.random(in: 0...UInt64.max))"
    let server = try connect()
    try server.execute(script: "CREATE DATABASE \(name)", .soon)
    defer {
      // A database that is left behind harms no test.
      try? server.execute(script: "DROP DATABASE \(name) WITH (FORCE)", .soon)
    }
    var parts = try #require(url.flatMap(URLComponents.init(string:)))
    parts.path = "/" + name
    let ownURL = try #require(parts.string)
    try body(PostgresAddress(ownURL))
  }
}

extension Trait where Self == ConditionTrait {
  /// Set `SCRIP_TEST_POSTGRES` to a superuser's URL to run these.
  static var needsPostgres: Self {
    .enabled(if: PostgresTestServer.url != nil, "SCRIP_TEST_POSTGRES names no server")
  }
}

extension Deadline {
  /// Far enough for anything that works.
  static var soon: Deadline { .after(milliseconds: 20_000) }
}

extension PostgresConnection {
  /// The one whole number that a statement answers with.
  func value(
    _ sql: StatementText, _ bind: (inout Parameters) -> Void = { _ in }
  ) throws(StoreFailure) -> Int64 {
    try rows(sql, bind)[0].int64(0)
  }

  func rows(
    _ sql: StatementText, _ bind: (inout Parameters) -> Void = { _ in }
  ) throws(StoreFailure) -> ResultRows {
    try roundTrip(.soon) { $0.add(sql, bind) }[0]
  }
}

/// Waits until something is true, and fails if it does not get true.
func eventually(_ condition: () throws -> Bool) throws {
  let end = ContinuousClock.now.advanced(by: .seconds(20))
  while try !condition() {
    try #require(ContinuousClock.now < end, "it never got true")
    Thread.sleep(forTimeInterval: 0.005)
  }
}

/// What a body fails with.
func failure(_ body: () throws -> Void) throws -> StoreFailure {
  try #require(throws: StoreFailure.self, performing: body)
}
