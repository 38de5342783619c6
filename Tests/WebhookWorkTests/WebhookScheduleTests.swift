import Scrip
import Testing

@testable import WebhookWork

@Suite struct WebhookScheduleTests {
  private let now = Instant(clamping: 1_800_000_000_000_000)

  private func pause(_ attempts: Int64, retryAfter: Int64? = nil, chance: Double = 0) -> Int64? {
    WebhookSchedule.nextTry(after: attempts, at: now, retryAfter: retryAfter, chance: chance)
      .map { ($0.microseconds - now.microseconds) / 1_000_000 }
  }

  @Test func `a message is tried ten times, at the pauses of the specification`() {
    #expect(
      (1...10).map { pause(Int64($0)) } == [
        5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, nil,
      ])
    #expect(WebhookSchedule.attemptsMax == 10)
  }

  @Test func `a pause is up to a tenth longer`() {
    #expect(pause(2, chance: 1) == 330)
    #expect(pause(2, chance: 7) == 330)
    #expect(pause(2, chance: 0.5) == 315)
  }

  @Test func `an endpoint may ask for a longer pause, of a day at most`() {
    #expect(pause(1, retryAfter: 120) == 120)
    #expect(pause(3, retryAfter: 120) == 1800)
    #expect(pause(1, retryAfter: 1_000_000) == 86_400)
  }

  @Test func `only those who are busy may ask for a pause, in seconds`() {
    #expect(WebhookSchedule.retryAfter(429, "60") == 60)
    #expect(WebhookSchedule.retryAfter(503, "60") == 60)
    for long in ["86400", "86401", "9223372036854775807", String(repeating: "9", count: 400)] {
      #expect(WebhookSchedule.retryAfter(503, long) == 86_400)
    }
    for (status, header) in [
      (500, "60"), (429, "Fri, 31 Dec 1999 23:59:59 GMT"), (429, "-5"), (429, "+60"), (429, "0"), (429, ""),
    ] {
      #expect(WebhookSchedule.retryAfter(status, header) == nil)
    }
    #expect(WebhookSchedule.retryAfter(429, nil) == nil)
  }
}
