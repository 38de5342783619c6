import Forms
import Foundation
import Scrip
import Testing

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

  @Test func `a day whose bounds the calendar can't hold is refused in every zone, all others read back`()
    throws
  {
    for zone in TimeZone.knownTimeZoneIdentifiers where zone.contains("/") || zone == "UTC" {
      for member in ["starts_at", "ends_at"] {
        for day in ["0000-01-01", "0000-01-02", "0001-01-01", "9999-12-29", "9999-12-30"] {
          let members = [member: "\"\(day)\"", "time_zone": "\"\(zone)\""]
          let faults = try faults(members)
          #expect(faults.isEmpty || (day == "0000-01-01" && faults == ["/\(member) out_of_range"]), "\(zone)")
          guard faults.isEmpty else { continue }
          let terms = try terms(object(plainCoupon, replacing: members))
          #expect(try CouponTerms(stored: terms.json) == terms, "\(day) in \(zone)")
          #expect(try FormsTests.terms(text(terms.json)) == terms, "what was read can be sent again")
        }
        let last = try faults([member: #""9999-12-31""#, "time_zone": "\"\(zone)\""])
        #expect(last == ["/\(member) out_of_range"], "\(zone)")
      }
    }
  }

  @Test func `a moment behind the last day is refused in a request, and read where stored`() throws {
    for moment in [
      "9999-12-31T00:00:00.000001Z", "9999-12-31T23:00:00Z", "9999-12-31T23:59:59.999999Z",
      "9999-12-31T00:00:00-00:01",
    ] {
      #expect(try faults(["ends_at": "\"\(moment)\""]) == ["/ends_at out_of_range"])
      #expect(try faults(["starts_at": "\"\(moment)\""]) == ["/starts_at out_of_range"])
    }
    #expect(try faults(["starts_at": #""9999-12-31T00:00:00Z""#]) == ["/starts_at out_of_range"])
    for (moment, zone) in [
      ("9999-12-31T00:00:00Z", "null"), ("9999-12-31T08:00:00Z", #""America/Los_Angeles""#),
    ] {
      let members = ["ends_at": "\"\(moment)\"", "time_zone": zone]
      #expect(try validity(members).endsAt?.description == moment, "the last day is over")
    }
    var old = try terms(object(plainCoupon))
    old.validity = try #require(
      Validity(endsAt: .latest))
    #expect(try CouponTerms(stored: old.json).validity.endsAt == .latest)
    let same = #"{"ends_at":"9999-12-31T23:59:59.999999Z"}"#
    #expect(try termsFaults(same, updating: old) == [], "what it is may be sent again")
    #expect(try termsFaults(#"{"name":"Other"}"#, updating: old) == [])
  }

  @Test func `the first day is there where it begins in the calendar`() throws {
    #expect(
      try faults(["starts_at": #""0000-01-01""#, "time_zone": #""Asia/Tokyo""#]) == [
        "/starts_at out_of_range"
      ])
    let window = try validity(["starts_at": #""0000-01-01""#, "time_zone": #""UTC""#])
    #expect(window.startsAt == .earliest)
    #expect(
      try faults(["starts_at": #""0000-01-01T00:00:00+00:01""#]) == ["/starts_at invalid_value"])
    #expect(try faults(["ends_at": #""9999-12-31T23:59:59-00:01""#]) == ["/ends_at invalid_value"])
    // A day beside its moment, and one that an edit of the zone moves out of the calendar.
    #expect(
      try faults(
        ["ends_at": #""9999-12-31T23:00:00Z""#, "end_day": #""9999-12-31""#, "time_zone": #""UTC""#])
        == ["/end_day out_of_range"])
    let first = try terms(
      object(plainCoupon, replacing: ["starts_at": #""0000-01-01""#, "time_zone": #""UTC""#]))
    #expect(try termsFaults(#"{"time_zone":"Asia/Tokyo"}"#, updating: first) == ["/starts_at out_of_range"])
  }
}
