import Ledger
import Promotions
import TestSupport
import Testing

@testable import SQLiteStore

@Suite struct SQLiteStatementTests {
  private let folder = TemporaryFolder()

  private func connection() throws -> SQLiteConnection {
    try SQLiteConnection(path: folder.path + "/data.sqlite", .readWrite)
  }

  @Test(arguments: [0, 1, 16, 1000, 65_535, 65_536, 65_537, 200_000])
  func `values of any length are what was bound`(_ length: Int) throws {
    let connection = try connection()
    let text = String(repeating: "ü", count: length / 2) + (length % 2 == 0 ? "" : "x")
    let bytes = [UInt8](repeating: 7, count: length)
    let read = try connection.first("SELECT ?1, ?2, ?3, typeof(?1), typeof(?2)") {
      $0.bind(text)
      $0.bind(bytes)
      $0.bind("end")
    } read: {
      ($0.text(0), $0.bytes(1), $0.text(2), $0.text(3), $0.text(4))
    }
    let found = try #require(read)
    #expect(found.0 == text)
    #expect(found.1 == bytes)
    #expect(found.2 == "end")
    #expect([found.3, found.4] == ["text", "blob"])
  }

  @Test func `a statement keeps its values while others are used and done with`() throws {
    let connection = try connection()
    let rows = try connection.rows("SELECT value || ?1 FROM json_each(?2)") {
      $0.bind("-kept")
      $0.bind("[1,2,3]")
    } read: { (row) throws(StoreFailure) in
      let other = try connection.first("SELECT ?1 || ?2") {
        $0.bind(String(repeating: "o", count: 100))
        $0.bind("ther")
      } read: {
        $0.text(0)
      }
      #expect(other?.count == 104)
      return row.text(0)
    }
    #expect(rows == ["1-kept", "2-kept", "3-kept"])
  }

  @Test func `any number of statements is kept, each under its own text`() throws {
    let connection = try connection()
    let texts = (0..<3000).map { StatementText(made: "SELECT \($0)") }
    for _ in 0..<2 {
      for (number, text) in texts.enumerated() {
        #expect(try connection.first(text) { $0.int64(0) } == Int64(number))
      }
    }
    #expect(try connection.plans().count == texts.count)
  }
}
