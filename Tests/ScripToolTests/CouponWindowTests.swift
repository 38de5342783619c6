import JSON
import Testing

@testable import CommandLineClient
@testable import ScripTool

@Suite struct CouponWindowTests {
  @Test(arguments: [
    ("{}", "always"),
    (
      #"{"ends_at":"2026-11-30T23:00:00Z","end_day":"2026-11-30","time_zone":"Europe/Berlin"}"#,
      "until the end of 2026-11-30 (Europe/Berlin)"
    ),
    (
      #"{"starts_at":"2026-11-19T23:00:00Z","start_day":"2026-11-20","ends_at":"2026-11-30T23:00:00Z","#
        + #""end_day":"2026-11-30","time_zone":"Europe/Berlin"}"#,
      "2026-11-20 to the end of 2026-11-30 (Europe/Berlin)"
    ),
    (
      #"{"starts_at":"2026-11-20T08:00:00Z","ends_at":"2026-11-30T23:00:00Z","end_day":"2026-11-30","#
        + #""time_zone":"Europe/Berlin"}"#,
      "2026-11-20T08:00:00Z to the end of 2026-11-30 (Europe/Berlin)"
    ),
    (
      #"{"starts_at":"2026-11-20T08:00:00Z","ends_at":null,"end_day":null,"time_zone":"Europe/Berlin"}"#,
      "from 2026-11-20T08:00:00Z"
    ),
    (#"{"ends_at":"2026-11-20T08:00:00Z"}"#, "until 2026-11-20T08:00:00Z"),
  ])
  func `a window says the days that were written, the last one included, in their zone`(
    coupon: String, words: String
  ) throws {
    #expect(CouponVerbs.window(try JSONDocument(parsing: Array(coupon.utf8)).root) == words)
  }
}
