import Foundation
import Glibc
import Ledger
import Promotions
import Testing

@testable import PostgresStore

@Suite(.needsPostgres) struct BrokenConnectionTests {
  @Test func `a deadline that passes makes the connection unusable`() throws {
    let connection = try PostgresTestServer.connect()
    let start = ContinuousClock.now
    let failure = try failure {
      _ = try connection.roundTrip(.after(milliseconds: 100)) {
        $0.add("SELECT 1")
        $0.add("SELECT pg_sleep(20)")
      }
    }
    #expect(start.duration(to: .now) < .seconds(10))
    #expect(failure.kind == .unavailable)
    #expect(!connection.isUsable && !connection.isInTransaction)
    let later = try PostgresStoreTests.failure { _ = try connection.rows("SELECT 1") }
    #expect(later.kind == .unavailable)
    #expect(throws: StoreFailure.self) { try connection.execute(script: "SELECT 1", .soon) }
  }

  @Test func `a server that has stopped reading holds nobody up`() throws {
    var connection: PostgresConnection? = try PostgresTestServer.connect()
    let start = ContinuousClock.now
    let failure = try failure {
      _ = try connection?.roundTrip(.after(milliseconds: 200)) { pipeline in
        pipeline.add("SELECT pg_sleep(20)")
        for _ in 0..<30 { pipeline.add("SELECT $1") { $0.bind([UInt8](repeating: 1, count: 1 << 20)) } }
      }
    }
    #expect(failure.kind == .unavailable && failure.statement == "SELECT pg_sleep(20)")
    connection = nil
    #expect(start.duration(to: .now) < .seconds(10))
  }

  @Test func `a script's deadline holds as well`() throws {
    let connection = try PostgresTestServer.connect()
    let failure = try failure {
      try connection.execute(script: "SELECT pg_sleep(20)", .after(milliseconds: 100))
    }
    #expect(failure.kind == .unavailable && !connection.isUsable)
  }

  @Test func `a failure is reported at once, whatever would have followed it`() throws {
    let connection = try PostgresTestServer.connect()
    let failure = try failure {
      _ = try connection.roundTrip(.after(milliseconds: 10_000)) { pipeline in
        pipeline.add("SELECT 1 / 0")
        pipeline.add("SELECT pg_sleep(20)")
      }
    }
    #expect(failure.code == "22012" && failure.statement == "SELECT 1 / 0")
    #expect(connection.isUsable)
  }

  @Test(arguments: ["", "prepared=off"])
  func `a connection that the server ends fails with the server's reason`(_ items: String) throws {
    let connection = try PostgresTestServer.connect(items)
    _ = try connection.rows("BEGIN")
    try PostgresTestServer.terminate(connection.backendPID)
    let failure = try failure {
      _ = try connection.roundTrip(.soon) { pipeline in
        pipeline.add("SELECT 1")
        pipeline.add("SELECT $1") { $0.bind([UInt8](repeating: 1, count: 1 << 22)) }
      }
    }
    #expect(failure.kind == .unavailable)
    #expect(["57P01", "08006"].contains(failure.code))
    #expect(!connection.isUsable && !connection.isInTransaction)
  }

  @Test func `a script on a connection that the server ended fails with the server's reason`() throws {
    let connection = try PostgresTestServer.connect()
    try PostgresTestServer.terminate(connection.backendPID)
    let failure = try failure { try connection.execute(script: "SELECT 1", .soon) }
    #expect(failure.kind == .unavailable && !connection.isUsable)
  }

  @Test func `a connection that is ended in the middle of a statement fails`() throws {
    let connection = try PostgresTestServer.connect()
    let pid = connection.backendPID
    let killer = Thread {
      Thread.sleep(forTimeInterval: 0.2)
      try? PostgresTestServer.terminate(pid)
    }
    killer.start()
    let failure = try failure { _ = try connection.rows("SELECT pg_sleep(20)") }
    #expect(failure.kind == .unavailable && failure.code == "57P01")
    #expect(failure.statement == "SELECT pg_sleep(20)")
    #expect(!connection.isUsable)
  }

  @Test func `a transaction that was idle for too long may work another time`() throws {
    let connection = try PostgresTestServer.connect()
    _ = try connection.roundTrip(.soon) {
      $0.add("BEGIN")
      $0.add("SET LOCAL idle_in_transaction_session_timeout = '10ms'")
    }
    #expect(connection.isQuiet())
    try eventually { !connection.isQuiet() }
    let failure = try failure { _ = try connection.rows("COMMIT") }
    #expect(failure.kind == .unavailable)
  }

  @Test func `nobody who writes to a closed connection is killed by a signal`() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      for _ in 0..<2 {
        let connection = try PostgresTestServer.connect()
        try PostgresTestServer.terminate(connection.backendPID)
        for _ in 0..<3 {
          #expect(throws: StoreFailure.self) {
            try connection.roundTrip(.soon) {
              $0.add("SELECT $1") { $0.bind([UInt8](repeating: 1, count: 1 << 22)) }
            }
          }
        }
      }
    }
  }
}

@Suite struct UnreachableServerTests {
  @Test func `a closed port is unavailable at once`() throws {
    let socket = try ListeningSocket()
    let port = socket.port
    socket.close()
    let start = ContinuousClock.now
    let failure = try failure {
      _ = try PostgresConnection(PostgresAddress("postgres://127.0.0.1:\(port)/x"), deadline: .soon)
    }
    #expect(failure.kind == .unavailable && failure.code == "08001")
    #expect(start.duration(to: .now) < .seconds(10))
  }

  @Test(arguments: ["disable", "prefer"]) func `a server that never answers is unavailable in time`(
    _ sslmode: String
  ) throws {
    let socket = try ListeningSocket()
    defer { socket.close() }
    let address = try PostgresAddress("postgres://127.0.0.1:\(socket.port)/x?sslmode=\(sslmode)")
    let start = ContinuousClock.now
    let failure = try failure { _ = try PostgresConnection(address, deadline: .after(milliseconds: 150)) }
    #expect(failure.kind == .unavailable && failure.code == "08001")
    #expect(failure.message.contains("127.0.0.1:\(socket.port)"))
    #expect((.milliseconds(140)..<(.seconds(10))).contains(start.duration(to: .now)))
  }

  @Test(.needsPostgres) func `a host that never answers leaves time for the next one`() throws {
    let socket = try ListeningSocket()
    defer { socket.close() }
    var options = try ConnectionOptions(url: #require(PostgresTestServer.url)).values
    options["host"] = "127.0.0.1,\(options["host"] ?? "/run/postgresql")"
    options["port"] = "\(socket.port),\(options["port"] ?? "5432")"
    var parts = URLComponents()
    parts.scheme = "postgres"
    parts.host = ""
    parts.queryItems = options.map(URLQueryItem.init)
    let url = try #require(parts.string)
    let connection = try PostgresConnection(PostgresAddress(url), deadline: .after(milliseconds: 10_000))
    #expect(try connection.value("SELECT 1") == 1)
  }

  @Test(.needsPostgres) func `a database that is not there is no reason to try again`() throws {
    var parts = try #require(PostgresTestServer.url.flatMap(URLComponents.init(string:)))
    parts.path = "/no_such_database"
    let url = try #require(parts.string)
    let failure = try failure { _ = try PostgresConnection(PostgresAddress(url), deadline: .soon) }
    #expect(failure.code == "3D000" && failure.kind == .other)
    #expect(failure.message.contains("no_such_database"))
  }
}

/// A socket to which one can connect, and behind which nobody answers.
private struct ListeningSocket {
  let descriptor: Int32
  let port: UInt16

  init() throws {
    descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let code = unsafe withUnsafeMutablePointer(to: &address) { address in
      unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe bind(descriptor, address, length) == 0 && listen(descriptor, 8) == 0
          && getsockname(descriptor, address, &length) == 0
      }
    }
    try #require(code)
    port = UInt16(bigEndian: address.sin_port)
  }

  func close() { _ = Glibc.close(descriptor) }
}
