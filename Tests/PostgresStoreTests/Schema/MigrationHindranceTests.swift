import Foundation
import Ledger
import Promotions
import Testing

@testable import PostgresStore

@Suite(.enabled(if: SchemaDatabase.server != nil)) struct MigrationHindranceTests {
  let database: SchemaDatabase
  let migrator: PostgresMigrator
  /// A program that knows steps that change a table.
  let later: PostgresMigrator
  let real = PostgresSchema.current.newest

  init() throws {
    database = try SchemaDatabase()
    migrator = try database.migrator()
    later = try database.migrator(known: .later)
  }

  /// A transaction that has read a table and does not end.
  private func longReader() throws -> PostgresConnection {
    let reader = try database.connect()
    _ = try reader.roundTrip(.after(milliseconds: 10_000)) {
      $0.add("BEGIN")
      $0.add("SELECT count(*) FROM scrip.coupon")
    }
    return reader
  }

  @Test func `a long transaction makes a step fail with advice, and nobody has waited behind it`() throws {
    try later.up(to: real + 1)
    let reader = try longReader()
    let failure = #expect(throws: StoreFailure.self) { try later.down(to: real) }
    #expect(failure?.kind == .unavailable)
    #expect(failure?.message.contains("pg_stat_activity") == true)
    #expect(reader.isInTransaction)
    #expect(try later.status().filter { $0.appliedAt != nil }.map(\.number) == Array(1...real + 1))
  }

  @Test func `a step waits for a transaction that ends soon`() throws {
    try later.up(to: real + 1)
    let reader = try longReader()
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 0.5)
      _ = try? reader.roundTrip(.after(milliseconds: 10_000)) { $0.add("ROLLBACK") }
    }
    #expect(try later.down(to: real).map(\.number) == [real + 1])
  }

  @Test func `a migrator does not wait for ever for another one`() throws {
    var hasty = migrator
    hasty.patience.migratorSeconds = 1
    try migrator.migrating { (_) throws(StoreFailure) in
      let failure = #expect(throws: StoreFailure.self) { try hasty.up() }
      #expect(failure?.kind == .unavailable)
      #expect(failure?.message.contains("another migration") == true)
    }
  }

  @Test func `a role that may make no roles is told what an administrator has to run`() throws {
    let plain = "plain_\(database.name)"
    try SchemaDatabase.onServer(
      "CREATE ROLE \(plain) LOGIN; GRANT CREATE ON DATABASE \(database.name) TO \(plain)")
    defer {
      #expect(throws: Never.self) {
        try database.run("DROP OWNED BY \(plain) CASCADE")
        try SchemaDatabase.onServer("DROP ROLE \(plain)")
      }
    }
    let plainMigrator = try database.migrator(user: plain)
    let failure = #expect(throws: StoreFailure.self) { try plainMigrator.up() }
    #expect(failure?.kind == .schema)
    let remedy = try #require(failure?.message.split(separator: "\n").last)
    #expect(remedy == "GRANT scrip_app, scrip_report, scrip_admin, scrip_user TO \(plain);")
    #expect(try plainMigrator.status().allSatisfy { $0.appliedAt == nil }, "nothing was done by halves")

    // The roles may be missing as well, if no other test has migrated yet.
    try migrator.up()
    try migrator.down(to: 0)
    try database.run("DROP SCHEMA scrip CASCADE; \(remedy)")
    #expect(try plainMigrator.up().map(\.number) == Array(1...real))
    try plainMigrator.requireUsable()
  }

  @Test func `a role that may make no schema is told so`() throws {
    let stranger = "stranger_\(database.name)"
    try SchemaDatabase.onServer("CREATE ROLE \(stranger) LOGIN")
    defer { #expect(throws: Never.self) { try SchemaDatabase.onServer("DROP ROLE \(stranger)") } }
    let failure = #expect(throws: StoreFailure.self) { try database.migrator(user: stranger).up() }
    #expect(failure?.kind == .schema)
    #expect(failure?.message.contains("GRANT CREATE ON DATABASE \(database.name) TO \(stranger)") == true)

    try migrator.up()
    let unseen = #expect(throws: StoreFailure.self) { try database.migrator(user: stranger).requireUsable() }
    #expect(unseen?.kind == .schema)
    #expect(unseen?.message.contains("member of scrip_app") == true)
  }

  @Test func `a database in another encoding is refused`() throws {
    let latin = "latin_\(database.name)"
    try SchemaDatabase.onServer(
      "CREATE DATABASE \(latin) TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'")
    defer { #expect(throws: Never.self) { try SchemaDatabase.onServer("DROP DATABASE \(latin)") } }
    let url = try #require(SchemaDatabase.server.flatMap { URLComponents(string: $0) })
    var other = url
    other.path = "/\(latin)"
    let address = try PostgresAddress(try #require(other.string))
    let failure = #expect(throws: StoreFailure.self) {
      try PostgresMigrator(address: address) { .init(microseconds: 0) }.up()
    }
    #expect(failure?.message.contains("UTF8 is needed") == true)
  }
}
