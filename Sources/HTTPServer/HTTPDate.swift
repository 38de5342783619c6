import Glibc

/// The `Date` field, written anew once a second.
struct HTTPDate {
  private var second: Int?
  private var line: [UInt8] = []

  /// Appends `Date: …` and its line end to `bytes`.
  mutating func append(to bytes: inout [UInt8]) {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME_COARSE, &time)
    if time.tv_sec != second {
      second = time.tv_sec
      line = Self.line(at: time.tv_sec)
    }
    bytes.append(contentsOf: line)
  }

  /// The field for a number of seconds since 1970, negative before, such as `Date: Sun, 06 Nov 1994 08:49:37 GMT`. What a
  /// clock shows beyond the years 0 to 9999, which have four digits, is written as the nearest moment of those.
  static func line(at shown: Int) -> [UInt8] {
    let second = min(max(shown, firstSecond), lastSecond)
    let (days, time) = dividedDown(second, by: 86_400)
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][dividedDown(days, by: 7).remainder]
    let months = ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"]
    // Years that start in March end with their leap day, so that months have fixed places within a year;
    // 719 468 days lie between March of year 0 and 1970.
    let (era, dayOfEra) = dividedDown(days + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let year = era * 400 + yearOfEra + (month >= 10 ? 1 : 0)
    let clock = [time / 3_600, time / 60 % 60, time % 60].map(twoDigits).joined(separator: ":")
    let fourDigits = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
    return Array("Date: \(weekday), \(twoDigits(day)) \(months[month]) \(fourDigits) \(clock) GMT\r\n".utf8)
  }

  /// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
  private static let firstSecond = -62_167_219_200
  private static let lastSecond = 253_402_300_799

  /// Quotient and remainder of a division whose remainder is never negative.
  private static func dividedDown(_ number: Int, by divisor: Int) -> (quotient: Int, remainder: Int) {
    let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
