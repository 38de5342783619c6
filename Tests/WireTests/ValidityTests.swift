import Scrip
import Testing
import Wire

@Suite struct ValidityTests {
  private func validity(_ members: [String: String], updating old: CouponTerms? = nil) throws -> Validity {
    try terms(object(old == nil ? plainCoupon : [:], replacing: members), updating: old).validity
  }

  private func faults(_ members: [String: String]) throws -> [String] {
    try termsFaults(object(plainCoupon, replacing: members))
  }

  @Test func `dates are local midnights, the end date counts in full`() throws {
    let window = try validity([
      "starts_at": #""2026-11-20""#, "ends_at": #""2026-11-20""#, "time_zone": #""Europe/Berlin""#,
    ])
    #expect(window.startsAt == (try instant("2026-11-19T23:00:00Z")))
    #expect(window.endsAt == (try instant("2026-11-20T23:00:00Z")))
    #expect(window.startDay?.description == "2026-11-20")
    #expect(window.endDay?.description == "2026-11-20")
    #expect(window.timeZone == "Europe/Berlin")
  }

  // Around the changes of clocks in Berlin; where the clocks skip midnight (São Paulo, Beirut) or show the last hour
  // of the day before twice (São Paulo in February); where a zone skipped a whole day (Apia).
  @Test(arguments: [
    ("2026-03-29", "Europe/Berlin", "2026-03-28T23:00:00Z"),
    ("2026-03-30", "Europe/Berlin", "2026-03-29T22:00:00Z"),
    ("2026-10-25", "Europe/Berlin", "2026-10-24T22:00:00Z"),
    ("2026-10-26", "Europe/Berlin", "2026-10-25T23:00:00Z"),
    ("2026-11-20", "Asia/Kolkata", "2026-11-19T18:30:00Z"),
    ("2026-11-20", "UTC", "2026-11-20T00:00:00Z"),
    ("2018-11-04", "America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("2018-02-18", "America/Sao_Paulo", "2018-02-18T03:00:00Z"),
    ("2020-03-29", "Asia/Beirut", "2020-03-28T22:00:00Z"),
    ("2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00Z"),
  ])
  func `a day begins at its first moment in its zone`(day: String, zone: String, expected: String) throws {
    let window = try validity(["starts_at": "\"\(day)\"", "time_zone": "\"\(zone)\""])
    #expect(window.startsAt?.description == expected)
  }

  @Test func `a window written with dates reads back as it was, whatever became of the zone's rules`() throws
  {
    let window = try validity(["starts_at": #""2026-11-20""#, "time_zone": #""Europe/Berlin""#])
    var terms = try terms(object(plainCoupon))
    terms.validity = try #require(
      Validity(
        startsAt: window.startsAt?.adding(seconds: 3600), startDay: window.startDay, timeZone: "Gone/Zone"))
    #expect(try CouponTerms(stored: terms.json) == terms)
  }

  @Test func `what was read can be sent again, but a day must be the moment's`() throws {
    let window = ["starts_at": #""2026-11-19T23:00:00Z""#, "time_zone": #""Europe/Berlin""#]
    let again = try validity(window.merging(["start_day": #""2026-11-20""#]) { $1 })
    #expect(again.startDay?.description == "2026-11-20")
    #expect(try validity(window).startDay == nil)
    #expect(
      try faults(window.merging(["start_day": #""2026-11-21""#]) { $1 }) == ["/start_day invalid_value"])
  }

  @Test func `a window must end after it starts`() throws {
    let same = #""2026-11-20T00:00:00Z""#
    #expect(try faults(["starts_at": same, "ends_at": same]) == ["/ends_at invalid_value"])
    let dates = ["starts_at": #""2026-11-21""#, "ends_at": #""2026-11-20""#, "time_zone": #""UTC""#]
    #expect(try faults(dates) == ["/ends_at invalid_value"])
  }

  @Test func `an edit of the zone moves days and leaves instants alone`() throws {
    let old = try terms(
      object(
        plainCoupon,
        replacing: [
          "starts_at": #""2026-11-20""#, "ends_at": #""2027-01-01T00:00:00Z""#,
          "time_zone": #""Europe/Berlin""#,
        ]))
    let moved = try validity(["time_zone": #""Asia/Tokyo""#], updating: old)
    #expect(moved.startsAt?.description == "2026-11-19T15:00:00Z")
    #expect(moved.endsAt?.description == "2027-01-01T00:00:00Z")
    #expect(try termsFaults(#"{"time_zone":null}"#, updating: old) == ["/time_zone required"])
    #expect(try validity(["starts_at": "null"], updating: old).startsAt == nil)
  }
}
