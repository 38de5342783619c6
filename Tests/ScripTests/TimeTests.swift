import Testing

@testable import Scrip

@Suite struct `Local days` {
  /// A zone whose clocks jump at one moment.
  private func zone(_ before: Int64, until moment: String, then after: Int64) throws -> LocalTime {
    let change = try #require(Instant(rfc3339: moment)).microseconds / 1_000_000
    return LocalTime(name: "Some/Where") { $0 < change ? before * 60 : after * 60 }
  }

  @Test(
    arguments: [
      (60, "2026-03-29T01:00:00Z", 120, "2026-03-29", "2026-03-28T23:00:00Z"),
      (60, "2026-03-29T01:00:00Z", 120, "2026-03-30", "2026-03-29T22:00:00Z"),
      (-180, "2018-11-04T03:00:00Z", -120, "2018-11-04", "2018-11-04T03:00:00Z"),
      (-120, "2018-02-18T02:00:00Z", -180, "2018-02-18", "2018-02-18T03:00:00Z"),
      (-600, "2011-12-30T10:00:00Z", 840, "2011-12-30", "2011-12-30T10:00:00Z"),
      (0, "2026-01-01T00:00:00Z", 0, "2026-01-01", "2026-01-01T00:00:00Z"),
    ] as [(Int64, String, Int64, String, String)])
  func `begin at their first moment, wherever clocks jump`(
    before: Int64, moment: String, after: Int64, day: String, start: String
  ) throws {
    let day = try #require(CalendarDay(iso8601: day))
    #expect(try zone(before, until: moment, then: after).start(of: day)?.description == start)
  }

  @Test func `that begin before the calendar have no start`() throws {
    let east = LocalTime(name: "Some/Where") { _ in 3600 }
    #expect(east.start(of: try #require(CalendarDay(iso8601: "0000-01-01"))) == nil)
  }
}

@Suite struct `Moments` {
  @Test(arguments: [
    ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"),
    ("1970-01-01t00:00:00.000001z", 1, "1970-01-01T00:00:00.000001Z"),
    ("1969-12-31T23:59:59.999999Z", -1, "1969-12-31T23:59:59.999999Z"),
    ("1969-12-31T23:59:59Z", -1_000_000, "1969-12-31T23:59:59Z"),
    ("2026-11-20T09:00:00.25+01:00", 1_795_161_600_250_000, "2026-11-20T08:00:00.25Z"),
    ("2026-11-20T08:00:00.250000999Z", 1_795_161_600_250_000, "2026-11-20T08:00:00.25Z"),
    ("2026-01-01T00:30:00+05:45", 1_767_206_700_000_000, "2025-12-31T18:45:00Z"),
    ("2026-11-20T00:00:00-08:00", 1_795_161_600_000_000, "2026-11-20T08:00:00Z"),
    ("2024-02-29T12:00:00Z", 1_709_208_000_000_000, "2024-02-29T12:00:00Z"),
    ("2000-02-29T00:00:00Z", 951_782_400_000_000, "2000-02-29T00:00:00Z"),
    ("1900-02-28T00:00:00Z", -2_203_977_600_000_000, "1900-02-28T00:00:00Z"),
    ("0000-01-01T00:00:00Z", -62_167_219_200_000_000, "0000-01-01T00:00:00Z"),
    ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    ("2026-11-20T08:00:00-00:00", 1_795_161_600_000_000, "2026-11-20T08:00:00Z"),
  ])
  func `are read from RFC 3339 and written in UTC`(text: String, microseconds: Int64, written: String) throws
  {
    let moment = try #require(Instant(rfc3339: text))
    #expect(moment.microseconds == microseconds)
    #expect(moment.description == written)
    #expect(Instant(rfc3339: written) == moment)
  }

  @Test(arguments: [
    "", "2026-11-20", "2026-11-20T08:00:00", "2026-11-20 08:00:00Z", "2026-11-20T08:00Z",
    "2026-13-01T00:00:00Z",
    "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
    "2026-01-00T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T08:60:00Z", "2026-11-20T08:00:60Z",
    "2026-11-20T08:00:00.Z", "2026-11-20T08:00:00+1:00", "2026-11-20T08:00:00+0100",
    "2026-11-20T08:00:00+24:00",
    "2026-11-20T08:00:00+01:60", "2026-11-20T08:00:00Zz", " 2026-11-20T08:00:00Z", "26-11-20T08:00:00Z",
    "+2026-11-20T08:00:00Z", "2026-11-20T08:00:00,5Z", "２026-11-20T08:00:00Z", "2026-11-20T08:00:00",
    "0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01",
  ])
  func `in any other form are refused`(text: String) { #expect(Instant(rfc3339: text) == nil) }

  @Test func `round trip through text wherever they lie`() {
    for seed in UInt64(0)..<5000 {
      var random = SeededGenerator(seed: seed)
      let moment = Instant(
        microseconds: .random(in: -62_167_219_200_000_000...253_402_300_799_999_999, using: &random))
      #expect(Instant(rfc3339: moment.description) == moment, "seed \(seed)")
    }
  }

  @Test func `at both ends of the calendar are written and read back`() {
    #expect(Instant.earliest.description == "0000-01-01T00:00:00Z")
    #expect(Instant.latest.description == "9999-12-31T23:59:59.999999Z")
    for end in [Instant.earliest, .latest] { #expect(Instant(rfc3339: end.description) == end) }
  }

  @Test func `outside of the calendar do not exist`() async {
    #expect(Instant(exactly: Instant.latest.microseconds + 1) == nil)
    #expect(Instant(exactly: Instant.earliest.microseconds - 1) == nil)
    #expect(Instant(exactly: .max) == nil)
    #expect(Instant(exactly: .min) == nil)
    #expect(Instant(exactly: Instant.latest.microseconds) == .latest)
    #expect(Instant(exactly: Instant.earliest.microseconds) == .earliest)
    #expect(Instant(clamping: .max) == .latest)
    #expect(Instant(clamping: .min) == .earliest)
    await #expect(processExitsWith: .failure) { _ = Instant(microseconds: 253_402_300_800_000_000) }
    await #expect(processExitsWith: .failure) { _ = Instant(microseconds: -62_167_219_200_000_001) }
  }

  @Test(arguments: [Int64.min, -400_000_000_000, 400_000_000_000, .max])
  func `moved far stop at the calendar's ends`(seconds: Int64) {
    let end = seconds < 0 ? Instant.earliest : .latest
    #expect(Instant.earliest.adding(seconds: seconds) == end)
    #expect(noon.adding(seconds: seconds) == end)
    #expect(Instant.latest.adding(seconds: seconds) == end)
  }

  @Test func `end with the last day that a campaign can be written with`() {
    #expect(CalendarDay.lastWritable.description == "9999-12-30")
  }

  @Test func `move by seconds and sort by time`() {
    #expect(noon.adding(seconds: 900).description == "2026-11-20T12:15:00Z")
    #expect(noon.adding(seconds: -1) < noon)
  }
}

@Suite struct `Days` {
  @Test func `follow one another without gap through leap years and centuries`() throws {
    var expected = try #require(CalendarDay(iso8601: "1895-01-01"))
    for year in Int64(1895)...2105 {
      for month in Int64(1)...12 {
        for day in Int64(1)...31 {
          guard let found = CalendarDay(year: year, month: month, day: day) else { continue }
          #expect(found == expected)
          #expect(found.components == (year, month, day))
          expected = CalendarDay(daysSinceEpoch: found.daysSinceEpoch + 1)
        }
      }
    }
    #expect(expected.description == "2106-01-01")
  }

  @Test(arguments: ["2026-02-29", "2026-1-1", "2026-11-20T", "", "2026-11-31", "2026/11/20"])
  func `that do not exist are refused`(text: String) { #expect(CalendarDay(iso8601: text) == nil) }

  @Test(arguments: [
    ("1970-01-01", 4), ("1969-12-31", 3), ("2026-11-20", 5), ("2026-11-22", 7), ("2026-11-23", 1),
    ("1900-01-01", 1),
  ])
  func `know their weekday`(text: String, weekday: Int64) {
    #expect(CalendarDay(iso8601: text)?.isoWeekday == weekday)
  }

  @Test(arguments: [
    ("2026-11-20T23:59:59.999999Z", "2026-11-20", "2026-11-16", "2026-11-01"),
    ("2026-11-22T23:59:59.999999Z", "2026-11-22", "2026-11-16", "2026-11-01"),
    ("2026-11-23T00:00:00Z", "2026-11-23", "2026-11-23", "2026-11-01"),
    ("2026-12-01T00:00:00Z", "2026-12-01", "2026-11-30", "2026-12-01"),
    ("2027-01-01T00:00:00+01:00", "2026-12-31", "2026-12-28", "2026-12-01"),
    ("2027-01-03T12:00:00Z", "2027-01-03", "2026-12-28", "2027-01-01"),
    ("1969-12-31T23:59:59.999999Z", "1969-12-31", "1969-12-29", "1969-12-01"),
    ("1969-12-29T00:00:00Z", "1969-12-29", "1969-12-29", "1969-12-01"),
    ("1970-01-01T00:00:00Z", "1970-01-01", "1969-12-29", "1970-01-01"),
  ])
  func `begin periods in UTC, weeks on Monday`(moment: String, day: String, week: String, month: String)
    throws
  {
    let moment = try #require(Instant(rfc3339: moment))
    #expect(UsageLimits.Period.day.firstDay(containing: moment).description == day)
    #expect(UsageLimits.Period.week.firstDay(containing: moment).description == week)
    #expect(UsageLimits.Period.month.firstDay(containing: moment).description == month)
  }
}

@Suite struct `Windows` {
  let start = Instant(microseconds: 1_000)
  let end = Instant(microseconds: 2_000)

  @Test func `hold their start and not their end, to the microsecond`() throws {
    let window = try #require(Validity(startsAt: start, endsAt: end))
    #expect(!window.contains(Instant(microseconds: 999)))
    #expect(window.contains(start))
    #expect(window.contains(Instant(microseconds: 1_999)))
    #expect(!window.contains(end))
    let next = try #require(Validity(startsAt: end))
    for microseconds in Int64(990)...2_010 {
      let moment = Instant(microseconds: microseconds)
      #expect(!(window.contains(moment) && next.contains(moment)))
      #expect((window.contains(moment) || next.contains(moment)) == (moment >= start))
    }
  }

  @Test func `without a bound are open on that side`() throws {
    #expect(Validity.always.contains(.earliest))
    #expect(Validity.always.contains(.latest))
    #expect(try #require(Validity(endsAt: end)).contains(.earliest))
    #expect(Validity.always == Validity())
  }

  @Test func `without a moment in them are refused`() {
    #expect(Validity(startsAt: end, endsAt: start) == nil)
    #expect(Validity(startsAt: start, endsAt: start) == nil)
    #expect(Validity(startsAt: start, endsAt: Instant(microseconds: 1_001)) != nil)
  }
}
