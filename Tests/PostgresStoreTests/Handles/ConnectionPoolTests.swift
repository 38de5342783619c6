import Foundation
import Ledger
import Promotions
import Synchronization
import Testing

@testable import PostgresStore

@Suite(.needsPostgres) struct ConnectionPoolTests {
  @Test func `a pool opens what is needed and uses the last one first`() throws {
    let pool = try ConnectionPool(PostgresTestServer.address(), connectionsMax: 3)
    #expect(pool.open == 0 && pool.inUse == 0)
    let (first, second) = try pool.withConnection(.soon) { (outer) throws(StoreFailure) in
      #expect(pool.open == 1 && pool.inUse == 1)
      return try pool.withConnection(.soon) { (inner) throws(StoreFailure) in
        #expect(pool.open == 2 && pool.inUse == 2)
        return (outer.backendPID, inner.backendPID)
      }
    }
    #expect(first != second)
    #expect(pool.open == 2 && pool.inUse == 0)
    for _ in 0..<5 { #expect(try pool.withConnection(.soon) { $0.backendPID } == first) }
    #expect(pool.open == 2)
  }

  @Test func `a pool that is used up says so when the deadline passes`() throws {
    let pool = try ConnectionPool(PostgresTestServer.address(), connectionsMax: 1)
    try pool.withConnection(.soon) { (_) throws(StoreFailure) in
      let start = ContinuousClock.now
      let failure = try? failure { try pool.withConnection(.after(milliseconds: 50)) { _ in } }
      #expect(failure?.kind == .unavailable)
      #expect(failure?.message == "all 1 connections are in use")
      #expect((.milliseconds(40)..<(.seconds(10))).contains(start.duration(to: .now)))
    }
    #expect(try pool.withConnection(.soon) { $0.isUsable })
  }

  @Test func `who waits gets the connection that gets free, and never more are open than are allowed`() throws
  {
    let pool = try ConnectionPool(PostgresTestServer.address(), connectionsMax: 2)
    let counts = Mutex((done: 0, mostInUse: 0))
    for _ in 0..<8 {
      Thread {
        for _ in 0..<5 {
          try? pool.withConnection(.soon) { (connection) throws(StoreFailure) in
            let inUse = pool.inUse
            _ = try connection.rows("SELECT pg_sleep(0.002)")
            counts.withLock { $0 = ($0.done + 1, max($0.mostInUse, inUse, pool.open)) }
          }
        }
      }.start()
    }
    try eventually { counts.withLock { $0.done } == 40 }
    #expect(counts.withLock { $0.mostInUse } == 2)
  }

  @Test func `a connection that is broken is replaced`() throws {
    let pool = try ConnectionPool(PostgresTestServer.address(), connectionsMax: 1)
    let first = try pool.withConnection(.soon) { $0.backendPID }
    #expect(
      throws: StoreFailure.self,
      performing: {
        try pool.withConnection(.soon) { (connection) throws(StoreFailure) in
          _ = try connection.roundTrip(.after(milliseconds: 20)) { $0.add("SELECT pg_sleep(20)") }
        }
      })
    #expect(pool.open == 0 && pool.inUse == 0)
    #expect(try pool.withConnection(.soon) { $0.backendPID } != first)
  }

  @Test func `a connection that the server has ended meanwhile is replaced before anybody notices`() throws {
    let pool = try ConnectionPool(PostgresTestServer.address(), connectionsMax: 2)
    let first = try pool.withConnection(.soon) { $0.backendPID }
    try PostgresTestServer.terminate(first)
    let second = try pool.withConnection(.soon) { (connection) throws(StoreFailure) in
      #expect(try connection.value("SELECT 1") == 1)
      return connection.backendPID
    }
    #expect(second != first && pool.open == 1)
  }

  @Test func `a transaction that a body leaves open is rolled back and the connection kept`() throws {
    let pool = try ConnectionPool(PostgresTestServer.address(), connectionsMax: 1)
    let first = try pool.withConnection(.soon) { $0.backendPID }
    let failure = try failure {
      try pool.withConnection(.soon) { (connection) throws(StoreFailure) in
        _ = try connection.rows("BEGIN")
        _ = try connection.rows("CREATE TEMP TABLE left_over (n bigint)")
        _ = try connection.rows("SELECT 1 / 0")
      }
    }
    #expect(failure.code == "22012")
    try pool.withConnection(.soon) { (connection) throws(StoreFailure) in
      #expect(connection.backendPID == first && !connection.isInTransaction)
      #expect(try connection.value("SELECT count(*) FROM pg_class WHERE relname = 'left_over'") == 0)
      _ = try connection.rows("BEGIN")
    }
    #expect(try pool.withConnection(.soon) { $0.isInTransaction } == false)
  }

  @Test func `a place is given back when no connection can be opened`() throws {
    let pool = try ConnectionPool(PostgresAddress("postgres://127.0.0.1:1/x"), connectionsMax: 1)
    for _ in 0..<3 {
      let failure = try failure { try pool.withConnection(.soon) { _ in } }
      #expect(failure.code == "08001")
    }
    #expect(pool.open == 0 && pool.inUse == 0)
  }
}
