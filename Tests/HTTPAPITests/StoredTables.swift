import Ledger
import Promotions
import Scrip
import TestSupport

@testable import HTTPAPI
@testable import PostgresStore
@testable import SQLiteStore

/// What the service's database really holds.
extension TestService {
  /// The tables in which some row has a text, in a text or among bytes.
  func tables(holding text: String) throws -> Set<String> {
    let hex = text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return Set(
      try rows().filter { $0.row.contains(text) || $0.row.lowercased().contains(hex) }.map(\.table))
  }

  /// Every row of every table, with bytes in hexadecimal.
  private func rows() throws -> [(table: String, row: String)] {
    if let database { return try PostgresRows(database).all() }
    let connection = try SQLiteConnection(path: databaseFile, .readWrite)
    let tables = try connection.rows("SELECT name FROM sqlite_schema WHERE type = 'table'") { $0.text(0) }
    // Statements are told apart by their objects, so those that are made are kept for as long as the connection.
    var statements: [StatementText] = []
    var found: [(table: String, row: String)] = []
    for table in tables {
      statements.append(StatementText(made: "SELECT name FROM pragma_table_info('\(table)')"))
      let columns = try connection.rows(statements[statements.count - 1]) { $0.text(0) }
      let list = columns.map { "quote(\($0))" }.joined(separator: " || ' ' || ")
      statements.append(StatementText(made: "SELECT \(list) FROM \(table)"))
      found += try connection.rows(statements[statements.count - 1]) { $0.text(0) }.map { (table, $0) }
    }
    withExtendedLifetime(statements) {}
    return found
  }
}

private struct PostgresRows {
  private let connection: PostgresConnection
  private let deadline = Deadline.after(milliseconds: 30_000)

  init(_ database: TestDatabase) throws {
    connection = try PostgresConnection(try PostgresAddress(database.url), deadline: deadline)
  }

  func all() throws -> [(table: String, row: String)] {
    let tables = try ask("SELECT tablename::text FROM pg_tables WHERE schemaname = 'scrip'")
    let statements = tables.map { StatementText(made: "SELECT t::text FROM scrip.\($0) AS t") }
    defer { withExtendedLifetime(statements) {} }
    return try zip(tables, statements).flatMap { table, statement in try ask(statement).map { (table, $0) } }
  }

  private func ask(_ sql: StatementText) throws -> [String] {
    try connection.roundTrip(deadline) { $0.add(sql) }[0].map { $0.text(0) }
  }
}
