import Digest
import Ledger
import Promotions
import Scrip
import Testing

@testable import PostgresStore

@Suite(.needsPostgres) struct ParameterTests {
  let connection: PostgresConnection

  init() throws { connection = try PostgresTestServer.connect() }

  /// What the server sends back for one value, and what it takes its type to be.
  private func echo(_ bind: (inout Parameters) -> Void) throws -> ResultRow {
    try connection.rows("SELECT $1", bind)[0]
  }

  @Test(arguments: [0, 1, -1, Int64.max, .min, 1 << 40]) func `a whole number comes back`(_ number: Int64)
    throws
  {
    #expect(try echo { $0.bind(number) }.int64(0) == number)
    #expect(try echo { $0.bind(Int(number)) }.int64(0) == number)
    #expect(try echo { $0.bind(Optional(number)) }.optionalInt64(0) == number)
    let moment = Instant(clamping: number)
    #expect(try echo { $0.bind(moment) }.instant(0) == moment)
    #expect(try echo { $0.bind(Optional(moment)) }.instant(0) == moment)
    #expect(try echo { $0.bind(Tenant.ID(number)) }.tenant(0) == Tenant.ID(number))
  }

  @Test func `narrow whole numbers are read`() throws {
    let row = try connection.rows(
      "SELECT 7::smallint, (-7)::integer, (-32768)::smallint, 2147483647::integer")[0]
    #expect((0..<4).map(row.int64) == [7, -7, -32768, 2_147_483_647])
  }

  @Test(arguments: [true, false]) func `a flag comes back`(_ flag: Bool) throws {
    #expect(try echo { $0.bind(flag) }.bool(0) == flag)
  }

  @Test(arguments: [
    "", "a", "héllo wörld", "🏷️ 30 %", "a'b\"c\\d\n$1", String(repeating: "é", count: 100_000),
  ])
  func `a text comes back`(_ text: String) throws {
    #expect(try echo { $0.bind(text) }.text(0) == text)
    #expect(try echo { $0.bind(Optional(text)) }.optionalText(0) == text)
    #expect(try echo { $0.bindText(Array(text.utf8)) }.text(0) == text)
    #expect(try echo { $0.bindText(Array(text.utf8)) }.bytes(0) == Array(text.utf8))
  }

  @Test(arguments: [[], [0], Array(0...255), [UInt8](repeating: 0, count: 100_000)])
  func `bytes come back`(_ bytes: [UInt8]) throws {
    #expect(try echo { $0.bind(bytes) }.bytes(0) == bytes)
    #expect(try echo { $0.bind(Optional(bytes)) }.bytes(0) == bytes)
  }

  @Test func `an identifier comes back and reads as a UUID`() throws {
    let id = Coupon.ID(0x0192_0000_0000_7000_8000_0000_0000_00FF)
    let row = try connection.rows("SELECT $1, $1::text, $2") {
      $0.bind(id)
      $0.bind(Optional(id))
    }[0]
    #expect(try row.identifier(0) as Coupon.ID == id)
    #expect(row.text(1) == "01920000-0000-7000-8000-0000000000ff")
    #expect(try row.optionalIdentifier(2) as Coupon.ID? == id)
  }

  @Test func `a hash comes back`() throws {
    let hash = try #require(Hash256(bytes: (0..<32).map { UInt8($0) }))
    #expect(try echo { $0.bind(hash) }.hash(0) == hash)
  }

  @Test func `the tenant's own stream is the nil UUID`() throws {
    let coupon = StreamID.coupon(Coupon.ID(7))
    let row = try connection.rows("SELECT $1, $2, $1::text, 0::bigint, 1::bigint") {
      $0.bind(StreamID.tenant)
      $0.bind(coupon)
    }[0]
    #expect(try row.stream(0, kind: 3) == .tenant)
    #expect(try row.stream(1, kind: 4) == coupon)
    #expect(row.text(2) == "00000000-0000-0000-0000-000000000000")
  }

  @Test func `what is not there is NULL of its type`() throws {
    let row = try connection.rows(
      """
      SELECT $1, $2, $3, $4, $5, $6, concat_ws(' ', pg_typeof($1), pg_typeof($2), pg_typeof($3), pg_typeof($4),
        pg_typeof($5), pg_typeof($6))
      """
    ) {
      $0.bind(nil as Int64?)
      $0.bind(nil as String?)
      $0.bind(nil as [UInt8]?)
      $0.bindText(nil as [UInt8]?)
      $0.bind(nil as Instant?)
      $0.bind(nil as Coupon.ID?)
    }[0]
    #expect((0..<6).allSatisfy(row.isNull))
    #expect(row.text(6) == "bigint text bytea text bigint uuid")
    #expect(row.optionalInt64(0) == nil)
    #expect(row.optionalText(1) == nil)
    #expect(row.bytes(2) == [])
    #expect(row.optionalText(3) == nil)
    #expect(try row.optionalIdentifier(5) as Coupon.ID? == nil)
  }

  @Test func `a code and a currency are read, and what is none is corrupt`() throws {
    let row = try connection.rows("SELECT 'SAVE-20', 'EUR', '!', 'x', '\\x00'::bytea, 1::bigint")[0]
    #expect(try row.code(0).canonical == "SAVE-20")
    #expect(try row.currency(1).code == "EUR")
    #expect(try failure { _ = try row.code(2) }.kind == .corrupt)
    #expect(try failure { _ = try row.currency(3) }.kind == .corrupt)
    #expect(try failure { _ = try row.hash(4) }.kind == .corrupt)
    #expect(try failure { _ = try row.identifier(4) as Coupon.ID }.kind == .corrupt)
    #expect(try failure { _ = try row.stream(4, kind: 5) }.kind == .corrupt)
  }

  @Test func `a text with U+0000 is refused before anything is sent, and harms no transaction`() throws {
    _ = try connection.rows("BEGIN")
    for bind: (inout Parameters) -> Void in [
      { $0.bind("a\0b") }, { $0.bindText([0]) }, { $0.bind(["a", "\0"]) }, { $0.bindTexts([nil, [1, 0]]) },
    ] {
      let failure = try failure {
        _ = try connection.roundTrip(.soon) {
          $0.add("SELECT 1")
          $0.add("SELECT $1", bind)
        }
      }
      #expect(failure.kind == .refusedByDatabase)
      #expect(failure.statement == "SELECT $1")
      #expect(failure.message.contains("U+0000"))
    }
    #expect(connection.isInTransaction && !connection.isTransactionFailed)
    #expect(try connection.value("SELECT 1") == 1)
    #expect(try echo { $0.bind([0] as [UInt8]) }.bytes(0) == [0])
  }
}
