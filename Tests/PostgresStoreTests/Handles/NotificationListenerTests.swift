import Foundation
import Ledger
import Promotions
import Synchronization
import Testing

@testable import PostgresStore

@Suite(.needsPostgres) struct NotificationListenerTests {
  /// What a listener has called, in order.
  private final class Calls: Sendable {
    private let calls = Mutex<[String]>([])
    var all: [String] { calls.withLock { $0 } }
    func note(_ call: String) { calls.withLock { $0.append(call) } }

    func listener(_ address: PostgresAddress) throws -> NotificationListener {
      try NotificationListener(
        address, onReconnect: { [self] in note("listening") }, onNotification: { [self] in note($0) })
    }
  }

  private static func notify(_ payload: String, _ connection: PostgresConnection) throws {
    _ = try connection.rows("SELECT pg_notify('scrip.nodes', $1)") { $0.bind(payload) }
  }

  /// The process of the connection that listens in a database that nobody else uses.
  private static func listeningPID(_ connection: PostgresConnection) throws -> Int32 {
    Int32(
      try connection.value(
        """
        SELECT pid::bigint FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'
          AND pid <> pg_backend_pid()
        """))
  }

  @Test func `what another connection announces is heard, after the listener has said that it listens`()
    throws
  {
    try PostgresTestServer.withDatabase { address in
      let calls = Calls()
      let listener = try calls.listener(address)
      defer { listener.stop() }
      try eventually { listener.isListening }
      let other = try PostgresConnection(address, deadline: .soon)
      for payload in ["a", "", "ü"] { try NotificationListenerTests.notify(payload, other) }
      try eventually { calls.all.count == 4 }
      #expect(calls.all == ["listening", "a", "", "ü"])
      #expect(listener.lastFailure == nil)
    }
  }

  @Test func `a listener that loses its connection listens again and says so`() throws {
    try PostgresTestServer.withDatabase { address in
      let calls = Calls()
      let listener = try calls.listener(address)
      defer { listener.stop() }
      try eventually { listener.isListening }
      let other = try PostgresConnection(address, deadline: .soon)
      let pid = try NotificationListenerTests.listeningPID(other)
      try PostgresTestServer.terminate(pid)
      try eventually { calls.all == ["listening", "listening"] && listener.isListening }
      #expect(try NotificationListenerTests.listeningPID(other) != pid)
      try NotificationListenerTests.notify("again", other)
      try eventually { calls.all == ["listening", "listening", "again"] }
    }
  }

  @Test func `a listener that finds no server goes on trying until it is stopped`() throws {
    let calls = Calls()
    let listener = try calls.listener(PostgresAddress("postgres://127.0.0.1:1/x"))
    try eventually { listener.lastFailure != nil }
    #expect(!listener.isListening)
    #expect(listener.lastFailure?.kind == .unavailable)
    let start = ContinuousClock.now
    listener.stop()
    listener.stop()
    #expect(start.duration(to: .now) < .seconds(10))
    #expect(calls.all.isEmpty)
  }

  @Test func `a listener that waits is stopped at once and closes its connection`() throws {
    try PostgresTestServer.withDatabase { address in
      let listener = try Calls().listener(address)
      try eventually { listener.isListening }
      let start = ContinuousClock.now
      listener.stop()
      #expect(start.duration(to: .now) < .seconds(10))
      #expect(!listener.isListening)
      let other = try PostgresConnection(address, deadline: .soon)
      try eventually {
        try other.value("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()") == 1
      }
    }
  }

  @Test func `a connection collects announcements with its answers and while it waits`() throws {
    try PostgresTestServer.withDatabase { address in
      let connection = try PostgresConnection(address, deadline: .soon)
      _ = try connection.rows("LISTEN \"scrip.nodes\"")
      let other = try PostgresConnection(address, deadline: .soon)
      #expect(try connection.waitForNotifications(.after(milliseconds: 20)).isEmpty)
      #expect(connection.isUsable)
      try NotificationListenerTests.notify("one", other)
      #expect(try connection.waitForNotifications(.soon) == ["one"])
      try NotificationListenerTests.notify("two", other)
      try NotificationListenerTests.notify("two", connection)
      try NotificationListenerTests.notify("three", connection)
      #expect(connection.notifications() == ["two", "two", "three"])
      #expect(connection.notifications().isEmpty)
    }
  }
}
