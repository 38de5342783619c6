import Scrip

/// When a message that was not taken is sent once more: as Standard Webhooks has it, for about three days.
public enum WebhookSchedule {
  /// The pauses after each try, in seconds.
  static let pauses: [Int64] = [
    5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600,
  ]
  /// The longest pause that an endpoint may ask for with `Retry-After`, in seconds.
  static let retryAfterMax: Int64 = 24 * 3600
  /// For how long an endpoint may take nothing before it gets nothing any more, in seconds.
  public static let failingSecondsMax: Int64 = 5 * 24 * 3600

  /// How many tries there are.
  public static var attemptsMax: Int64 { Int64(pauses.count) + 1 }

  /// When a message is sent once more; nil if it is given up.
  ///
  /// Each pause is up to a tenth longer, so that what failed together is not tried together.
  ///
  /// - Parameters:
  ///   - attempts: how often it was tried.
  ///   - retryAfter: the pause that the endpoint has asked for, in seconds.
  ///   - chance: from 0 to 1, another one each time.
  public static func nextTry(
    after attempts: Int64, at now: Instant, retryAfter: Int64?, chance: Double
  ) -> Instant? {
    guard attempts >= 1, attempts < attemptsMax else { return nil }
    let seconds = max(pauses[Int(attempts) - 1], min(retryAfter ?? 0, retryAfterMax))
    let pause = Double(seconds) * 1_000_000 * (1 + 0.1 * min(max(chance, 0), 1))
    return Instant(clamping: now.microseconds + Int64(pause))
  }

  /// The pause that an answer asks for, in seconds: of 429 and 503 alone, and only in seconds.
  static func retryAfter(_ status: Int, _ header: String?) -> Int64? {
    guard status == 429 || status == 503, let header, !header.isEmpty,
      header.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    // More digits than a number has mean long.
    let seconds = min(Int64(header) ?? retryAfterMax, retryAfterMax)
    return seconds > 0 ? seconds : nil
  }
}
