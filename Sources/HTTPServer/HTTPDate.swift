import Glibc

/// The `Date` field, written anew once a second.
struct HTTPDate {
  private var second = 0
  private var line: [UInt8] = []

  /// Appends `Date: …` and its line end to `bytes`.
  mutating func append(to bytes: inout [UInt8]) {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME_COARSE, &time)
    if time.tv_sec != second {
      second = time.tv_sec
      line = Self.line(at: second)
    }
    bytes.append(contentsOf: line)
  }

  /// The field for a number of seconds since 1970, such as `Date: Sun, 06 Nov 1994 08:49:37 GMT`.
  static func line(at second: Int) -> [UInt8] {
    let (days, time) = second.quotientAndRemainder(dividingBy: 86_400)
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][days % 7]
    let months = ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"]
    // Years that start in March end with their leap day, so that months have fixed places within a year;
    // 719 468 days lie between March of year 0 and 1970.
    let (era, dayOfEra) = (days + 719_468).quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * month + 2) / 5 + 1
    let year = era * 400 + yearOfEra + (month >= 10 ? 1 : 0)
    let clock = [time / 3_600, time / 60 % 60, time % 60].map(twoDigits).joined(separator: ":")
    return Array("Date: \(weekday), \(twoDigits(day)) \(months[month]) \(year) \(clock) GMT\r\n".utf8)
  }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
