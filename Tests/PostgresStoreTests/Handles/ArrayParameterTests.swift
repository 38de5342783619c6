import Digest
import Ledger
import Promotions
import Scrip
import Testing

@testable import PostgresStore

@Suite(.needsPostgres) struct ArrayParameterTests {
  let connection: PostgresConnection

  init() throws { connection = try PostgresTestServer.connect() }

  /// The elements of an array as the server sees them.
  private func elements(_ bind: (inout Parameters) -> Void) throws -> [ResultRow] {
    Array(
      try connection.rows("SELECT element FROM unnest($1) WITH ORDINALITY AS t (element, i) ORDER BY i", bind)
    )
  }

  @Test(arguments: [[], [1], [.max, .min, 0, -1]]) func `whole numbers come back`(_ numbers: [Int64]) throws {
    #expect(try elements { $0.bind(numbers) }.map { $0.int64(0) } == numbers)
    #expect(try elements { $0.bind(numbers.map(Tenant.ID.init)) }.map { $0.tenant(0).number } == numbers)
    let instants = numbers.map(Instant.init(clamping:))
    #expect(try elements { $0.bind(instants) }.map { try $0.instant(0) } == instants)
  }

  @Test(arguments: [[], [nil], [nil, nil, nil], [1, nil, 2], [1, 2]])
  func `whole numbers among NULLs come back`(_ numbers: [Int64?]) throws {
    #expect(try elements { $0.bind(numbers) }.map { $0.optionalInt64(0) } == numbers)
    let instants = numbers.map { $0.map(Instant.init(clamping:)) }
    #expect(try elements { $0.bind(instants) }.map { $0.isNull(0) ? nil : try $0.instant(0) } == instants)
  }

  @Test(arguments: [[], [true], [false, true, false]]) func `flags come back`(_ flags: [Bool]) throws {
    #expect(try elements { $0.bind(flags) }.map { $0.bool(0) } == flags)
  }

  @Test(arguments: [[], [""], ["a", "", "NULL", "{é,\"🏷️\"}"]]) func `texts come back`(_ texts: [String])
    throws
  {
    #expect(try elements { $0.bind(texts) }.map { $0.text(0) } == texts)
  }

  @Test(arguments: [[], [nil], ["a", nil, ""]]) func `texts among NULLs come back`(_ texts: [String?]) throws
  {
    #expect(try elements { $0.bind(texts) }.map { $0.optionalText(0) } == texts)
    #expect(
      try elements { $0.bindTexts(texts.map { $0.map { Array($0.utf8) } }) }.map { $0.optionalText(0) }
        == texts)
  }

  @Test(arguments: [[], [[]], [[0, 1], [], [255]]]) func `byte strings come back`(_ bytes: [[UInt8]]) throws {
    #expect(try elements { $0.bindBytes(bytes) }.map { $0.bytes(0) } == bytes)
  }

  @Test(arguments: [[], [1], [1, 0xFFFF_0000_0000_0000_0000_0000_0000_0001]])
  func `identifiers come back`(_ values: [UInt128]) throws {
    let ids = values.map(Coupon.ID.init)
    #expect(try elements { $0.bind(ids) }.map { try $0.identifier(0) as Coupon.ID } == ids)
    let optional = ids + [nil]
    #expect(try elements { $0.bind(optional) }.map { try $0.optionalIdentifier(0) as Coupon.ID? } == optional)
    let streams = [.tenant] + ids.map(StreamID.coupon)
    let kinds = streams.map(\.kind)
    let rows = try connection.rows("SELECT stream, kind FROM unnest($1, $2) AS given(stream, kind)") {
      $0.bind(streams)
      $0.bind(kinds)
    }
    #expect(try rows.map { try $0.stream(0, kind: 1) } == streams)
  }

  @Test func `hashes come back`() throws {
    let hashes = try [Hash256.zero, #require(Hash256(bytes: (0..<32).map { UInt8($0) }))]
    #expect(try elements { $0.bind(hashes) }.map { try $0.hash(0) } == hashes)
    #expect(try elements { $0.bind([] as [Hash256]) }.isEmpty)
  }

  @Test func `the server knows whether an array holds a NULL and where it begins`() throws {
    let row = try connection.rows(
      """
      SELECT array_position($1, NULL), array_position($2, NULL), array_lower($1, 1), cardinality($3), array_ndims($3),
        pg_typeof($1)::text || pg_typeof($2) || pg_typeof($3) || pg_typeof($4) || pg_typeof($5)
      """
    ) {
      $0.bind([1, nil] as [Int64?])
      $0.bind(["a"])
      $0.bind([] as [Bool])
      $0.bindBytes([])
      $0.bind([] as [Coupon.ID])
    }[0]
    #expect(row.int64(0) == 2)
    #expect(row.isNull(1))
    #expect(row.int64(2) == 1)
    #expect(row.int64(3) == 0)
    #expect(row.isNull(4))
    #expect(row.text(5) == "bigint[]text[]boolean[]bytea[]uuid[]")
  }

  @Test func `a hundred thousand numbers come back`() throws {
    let numbers = (0..<100_000).map { Int64($0) * 1_000_003 }
    #expect(try elements { $0.bind(numbers) }.map { $0.int64(0) } == numbers)
  }
}
