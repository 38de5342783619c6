import Testing

@testable import Scrip

@Suite struct `Exact amounts` {
  @Test(
    arguments: [
      ("0", 0, "0"), ("1", 100_000_000, "1"), ("1012.345678", 101_234_567_800, "1012.345678"),
      ("0.00000001", 1, "0.00000001"), ("-0.5", -50_000_000, "-0.5"), ("-0", 0, "0"),
      ("007.10", 710_000_000, "7.1"), ("-1012.34567800", -101_234_567_800, "-1012.345678"),
      ("9007199254740991", 900_719_925_474_099_100_000_000, "9007199254740991"),
      ("-9007199254740991.00000000", -900_719_925_474_099_100_000_000, "-9007199254740991"),
      ("9007199254740990.99999999", 900_719_925_474_099_099_999_999, "9007199254740990.99999999"),
    ] as [(String, Int128, String)])
  func `are read as decimals of minor units and written as short as can be`(
    text: String, scaled: Int128, written: String
  ) throws {
    let amount = try #require(ExactAmount(text))
    #expect(amount.scaled == scaled)
    #expect(amount.description == written)
    #expect(ExactAmount(written) == amount)
    #expect(amount.isNegative == (scaled < 0))
  }

  @Test(arguments: [
    "", "-", "--1", "+1", " 1", "1 ", "1.", ".5", "-.5", "1.2.3", "1,5", "1e3", "0x1", "1.123456789", "NaN",
    "9007199254740991.00000001", "9007199254740992", "-9007199254740992", "-9007199254740991.00000001",
    "99999999999999999999999999999999999999999999999999", "\u{661}", "1-", "\u{2212}1", "-\u{301}1",
  ])
  func `are nothing else, and at most 2⁵³ - 1`(text: String) { #expect(ExactAmount(text) == nil) }

  @Test(
    arguments: [
      ("2.5", 3, 2, 2), ("3.5", 4, 4, 3), ("2.49999999", 2, 2, 2), ("2.50000001", 3, 3, 2), ("2", 2, 2, 2),
      ("0.5", 1, 0, 0), ("-2.5", -3, -2, -2), ("-3.5", -4, -4, -3), ("-0.4", 0, 0, 0),
      ("-0.99999999", -1, -1, 0),
      ("9007199254740990.5", 9_007_199_254_740_991, 9_007_199_254_740_990, 9_007_199_254_740_990),
      ("-9007199254740990.99999999", -9_007_199_254_740_991, -9_007_199_254_740_991, -9_007_199_254_740_990),
    ] as [(String, Int64, Int64, Int64)])
  func `become money once, by their magnitude`(text: String, halfUp: Int64, halfEven: Int64, down: Int64)
    throws
  {
    let amount = try #require(ExactAmount(text))
    #expect([.halfUp, .halfEven, .down].map { amount.minorUnits($0) } == [halfUp, halfEven, down])
  }

  @Test func `of whole minor units are these, in their range`() {
    let most = Money.minorUnitsMax
    for whole in [0, 1, -1, 123_456, most, -most] {
      let amount = ExactAmount(minorUnits: whole)
      #expect(amount?.wholeMinorUnits == whole)
      #expect(amount?.description == String(whole))
      for rounding in Rounding.allCases { #expect(amount?.minorUnits(rounding) == whole) }
    }
    for outside in [most + 1, -most - 1, .max, .min] { #expect(ExactAmount(minorUnits: outside) == nil) }
    #expect(ExactAmount("0.5")?.wholeMinorUnits == nil)
    #expect(ExactAmount("-1.00000001")?.wholeMinorUnits == nil)
  }

  @Test func `are ordered by their value, and what is written is read back`() throws {
    var random = SeededGenerator(seed: 53)
    var last: ExactAmount?
    for _ in 0..<5000 {
      let whole =
        Int64.random(in: 0...Money.minorUnitsMax - 1, using: &random)
        >> Int64.random(in: 0...50, using: &random)
      let fraction = Int64.random(in: 0...99_999_999, using: &random)
      let digits = String(fraction + 100_000_000).dropFirst()
      let text = (Bool.random(using: &random) ? "-" : "") + "\(whole).\(digits)"
      let amount = try #require(ExactAmount(text))
      #expect(ExactAmount(amount.description) == amount)
      #expect(amount.scaled.magnitude == UInt128(whole) * 100_000_000 + UInt128(fraction))
      if let last { #expect((last < amount) == (last.scaled < amount.scaled)) }
      last = amount
      let distance = (Int128(amount.minorUnits(.halfUp)) * 100_000_000 - amount.scaled).magnitude
      #expect(distance <= 50_000_000)
      #expect(Int128(amount.minorUnits(.down)).magnitude == UInt128(whole))
    }
  }
}

@Suite struct `Calendar months` {
  @Test(
    arguments: [
      ("2026-01-31T00:00:00Z", 1, "2026-02-28T00:00:00Z"),
      ("2024-01-31T23:59:59.999999Z", 1, "2024-02-29T23:59:59.999999Z"),
      ("2024-02-29T12:00:00Z", 12, "2025-02-28T12:00:00Z"),
      ("2024-02-29T12:00:00Z", 48, "2028-02-29T12:00:00Z"),
      ("1900-01-30T00:00:00Z", 1, "1900-02-28T00:00:00Z"),
      ("2000-01-30T00:00:00Z", 1, "2000-02-29T00:00:00Z"),
      ("2026-03-31T08:00:00Z", 1, "2026-04-30T08:00:00Z"),
      ("2026-12-15T00:00:00Z", 1, "2027-01-15T00:00:00Z"),
      ("2026-11-20T12:00:00Z", 0, "2026-11-20T12:00:00Z"),
      ("2026-11-20T12:00:00Z", 14, "2028-01-20T12:00:00Z"),
      ("2026-03-31T00:00:00Z", -1, "2026-02-28T00:00:00Z"),
      ("2026-01-15T00:00:00Z", -1, "2025-12-15T00:00:00Z"),
      ("2026-01-15T00:00:00Z", -13, "2024-12-15T00:00:00Z"),
      ("1969-12-31T23:59:59Z", 2, "1970-02-28T23:59:59Z"),
      ("1970-01-31T00:00:00.000001Z", -2, "1969-11-30T00:00:00.000001Z"),
      ("0000-03-31T00:00:00Z", -1, "0000-02-29T00:00:00Z"),
      ("9999-11-30T23:00:00Z", 1, "9999-12-30T23:00:00Z"),
    ] as [(String, Int64, String)])
  func `later is the same day, or the last of a shorter month`(from: String, months: Int64, to: String) throws
  {
    #expect(try #require(Instant(rfc3339: from)).adding(months: months).description == to)
  }

  @Test func `end with the calendar`() {
    for months in [1, 12, 1200, 120_000, .max] as [Int64] {
      #expect(Instant.latest.adding(months: months) == .latest)
      #expect(Instant.earliest.adding(months: -months) == .earliest)
      #expect(noon.adding(months: months == .max ? .max : months + 200_000) == .latest)
    }
    #expect(Instant.earliest.adding(months: .max) == .latest)
    #expect(Instant.latest.adding(months: .min) == .earliest)
    #expect(noon.adding(months: .min) == .earliest)
    #expect(Instant.earliest.adding(months: 9999 * 12 + 11).description == "9999-12-01T00:00:00Z")
    #expect(Instant.latest.adding(months: -9999 * 12 - 11).description == "0000-01-31T23:59:59.999999Z")
  }

  @Test func `never go back, and keep the order of moments`() {
    var random = SeededGenerator(seed: 12)
    let range = Instant.earliest.microseconds...Instant.latest.microseconds
    for _ in 0..<3000 {
      let moment = Instant(microseconds: .random(in: range, using: &random))
      let near = Instant(clamping: moment.microseconds + .random(in: 0...200_000_000_000, using: &random))
      let months = Int64.random(in: 0...1200, using: &random)
      #expect(moment.adding(months: months) <= moment.adding(months: months + 1))
      #expect(moment.adding(months: months).day <= near.adding(months: months).day)
      let later = moment.adding(months: months)
      if later != .latest {
        let (from, to) = (moment.day.components, later.day.components)
        #expect((to.year - from.year) * 12 + to.month - from.month == months)
        #expect(to.day <= from.day)
      }
    }
  }
}
