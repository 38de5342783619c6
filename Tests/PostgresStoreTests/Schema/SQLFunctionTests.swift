import Ledger
import Promotions
import Scrip
import Testing

@testable import PostgresStore

/// The functions of the schema say what the library says.
@Suite(.enabled(if: SchemaDatabase.server != nil)) struct SQLFunctionTests {
  let database: SchemaDatabase
  let connection: PostgresConnection
  let deadline = Deadline.after(milliseconds: 300_000)

  init() throws {
    database = try SchemaDatabase()
    try database.migrator().up()
    connection = try database.connect()
  }

  @Test func `currencies have the library's decimals`() throws {
    let letters = (UInt8(ascii: "A")...UInt8(ascii: "Z")).map { String(UnicodeScalar($0)) }
    let codes =
      letters.flatMap { one in letters.flatMap { two in letters.map { one + two + $0 } } } + ["eur", ""]
    let rows = try connection.roundTrip(deadline) { pipeline in
      pipeline.add(
        "SELECT scrip.currency_exponent(code) FROM unnest($1) WITH ORDINALITY AS given (code, i) ORDER BY i"
      ) { $0.bind(codes) }
    }
    #expect(
      rows[0].map { $0.optionalInt64(0) } == codes.map { Currency(code: $0).map { Int64($0.exponent) } })
  }

  @Test func `a coupon is asked for in a currency in any case, by argument and by setting`() throws {
    func ask(_ currency: String?, setting: String = "") throws -> String {
      let rows = try connection.roundTrip(deadline) { pipeline in
        pipeline.add("BEGIN")
        pipeline.add(
          """
          INSERT INTO scrip.tenant (tenant, name, rounding, percent_base, lock_seconds, head_sequence, head_hash)
          VALUES (1, 'shop', 'half_up', 'running', 900, 0, '') ON CONFLICT DO NOTHING
          """)
        pipeline.add("SELECT set_config('scrip.tenants', '1', true), set_config('scrip.currency', $1, true)")
        {
          $0.bind(setting)
        }
        pipeline.add("SELECT scrip.validate_coupon('NONE', NULL, 10, $1)::jsonb ->> 'reason'") {
          $0.bind(currency)
        }
        pipeline.add("COMMIT")
      }
      return rows[3][0].text(0)
    }
    for currency in ["EUR", "eur", "Eur"] {
      #expect(try ask(currency) == "unknown_code")
      #expect(try ask(nil, setting: currency) == "unknown_code")
    }
    // A dotless i, which is no way to write INR.
    for unknown in ["xyz", "ınr", "eu"] {
      let failure = #expect(throws: StoreFailure.self) { try ask(unknown) }
      #expect(failure?.code == "22023")
      _ = try connection.roundTrip(deadline) { $0.add("ROLLBACK") }
    }
  }

  @Test func `every character is folded, dropped or refused in a code as by the library`() throws {
    // PostgreSQL 17 and newer know characters that came after the Unicode version of the library's table.
    let isComparable = connection.serverVersion < 160_000
    for plane: UInt32 in 0...16 {
      let scalars = (plane << 16..<(plane + 1) << 16).compactMap(Unicode.Scalar.init).filter { $0.value > 0 }
      let typed = scalars.map { "AB\($0)cd" }
      let rows = try connection.roundTrip(deadline) { pipeline in
        pipeline.add(
          "SELECT scrip.canonical_code(typed) FROM unnest($1) WITH ORDINALITY AS given (typed, i) ORDER BY i"
        ) { $0.bind(typed) }
      }
      for (scalar, row) in zip(scalars, rows[0]) where isComparable || scalar.value < 0x3400 {
        let expected = CouponCode("AB\(scalar)cd")?.canonical
        if row.optionalText(0) == expected { continue }
        Issue.record(
          "U+\(String(scalar.value, radix: 16)): \(row.optionalText(0) ?? "-"), not \(expected ?? "-")")
      }
    }
  }

  @Test func `length and shape of a code are judged as by the library`() throws {
    let typed = [
      "AB", "A", "-AB", "_ABC", "A-B", "-", "%", "20%", "A.B", "..A..", "⒈",
      String(repeating: "A", count: 64),
      String(repeating: "A", count: 65), String(repeating: "é", count: 64), String(repeating: "é", count: 65),
      String(repeating: " ", count: 397) + "ABC", String(repeating: " ", count: 398) + "ABC", "", "\u{200B}",
      "A\tB\nC", "\tABC\n", "“SAVE–20”.", "'„A B“'", "KA\u{308}SE", "tie\u{302}\u{323}n", "e\u{200D}\u{301}",
      "x\u{301}",
      "STRAẞE", "ıI\u{307}", "i\u{307}", "ǆ", "A\u{2028}B", "a,b", "10€",
    ]
    for text in typed {
      let rows = try connection.roundTrip(deadline) { pipeline in
        pipeline.add("SELECT scrip.canonical_code($1)") { $0.bind(text) }
      }
      #expect(rows[0][0].optionalText(0) == CouponCode(text)?.canonical, "\(text.debugDescription)")
    }
  }

  @Test func `fractions are rounded as by the library`() throws {
    for rounding in Rounding.allCases {
      let parts = (0...400).map(Int64.init)
      let rows = try connection.roundTrip(deadline) { pipeline in
        pipeline.add(
          """
          SELECT scrip.rounded(part, 40, $2)::bigint FROM unnest($1) WITH ORDINALITY AS given (part, i) ORDER BY i
          """
        ) {
          $0.bind(parts)
          $0.bind(rounding.rawValue)
        }
      }
      #expect(rows[0].map { $0.int64(0) } == parts.map { Int64(rounding.divide(Int128($0), by: 40)) })
    }
  }

  @Test func `identifiers and moments read as the API writes them`() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<100 {
      let id = Coupon.ID(UInt128.random(in: 0...UInt128.max, using: &random))
      let moment = Instant(microseconds: Int64.random(in: 0...4_102_444_800_000_000, using: &random))
      let rows = try connection.roundTrip(deadline) { pipeline in
        pipeline.add("SELECT scrip.public_id('coupon', $1), scrip.microseconds(scrip.moment($2))") {
          $0.bind(id)
          $0.bind(moment)
        }
      }
      #expect(rows[0][0].text(0) == id.description)
      #expect(try rows[0][0].instant(1) == moment)
    }
  }

  @Test func `the next transaction is looked up anew for each row of a statement`() throws {
    let other = try database.connect()
    var seen: [Int64] = []
    // Each pause lets another transaction take an id between two rows.
    let taker = OtherTransactions(other)
    taker.start()
    let rows = try connection.roundTrip(deadline) {
      $0.add("SELECT scrip.next_transaction()::text::bigint, pg_sleep(0.1) FROM generate_series(1, 5)")
    }
    taker.stop()
    seen = rows[0].map { $0.int64(0) }
    #expect(seen == seen.sorted())
    #expect(Set(seen).count == 5)
  }
}
