/// A moment in UTC, exact to the microsecond, within the years that RFC 3339 can write: every instant can be written and
/// read back.
public struct Instant: Hashable, Comparable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z.
  public let microseconds: Int64

  /// The first moment that there is: 0000-01-01T00:00:00Z.
  public static let earliest = Instant(unchecked: microsecondsRange.lowerBound)
  /// The last moment that there is: 9999-12-31T23:59:59.999999Z.
  public static let latest = Instant(unchecked: microsecondsRange.upperBound)

  private static let microsecondsRange: ClosedRange<Int64> =
    -62_167_219_200_000_000...253_402_300_799_999_999

  private init(unchecked microseconds: Int64) { self.microseconds = microseconds }

  /// A moment from microseconds since 1970-01-01T00:00:00Z.
  ///
  /// - Precondition: it lies within `earliest...latest`. What comes from outside is read by `init(exactly:)`.
  public init(microseconds: Int64) {
    precondition(
      Instant.microsecondsRange.contains(microseconds), "a moment lies within the years 0000 to 9999")
    self.microseconds = microseconds
  }

  /// A moment from microseconds since 1970-01-01T00:00:00Z; nil outside of the years 0000 to 9999.
  public init?(exactly microseconds: Int64) {
    guard Instant.microsecondsRange.contains(microseconds) else { return nil }
    self.microseconds = microseconds
  }

  /// The moment, or the one nearest to it that there is.
  public init(clamping microseconds: Int64) {
    let range = Instant.microsecondsRange
    self.microseconds = min(max(microseconds, range.lowerBound), range.upperBound)
  }

  /// Earlier is less.
  public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }

  /// The moment so many seconds later, at most `latest`; earlier for a negative number, at least `earliest`.
  public func adding(seconds: Int64) -> Instant {
    let (added, isTooFar) = seconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isOutside) = microseconds.addingReportingOverflow(added)
    if isTooFar || isOutside { return seconds < 0 ? .earliest : .latest }
    return Instant(clamping: sum)
  }

  /// The moment so many calendar months later in UTC, at most `latest`: the same day of the month, or its last one if it has
  /// no such day. A month after January 31st is the last of February.
  public func adding(months: Int64) -> Instant {
    let (year, month, day) = self.day.components
    let (count, overflow) = (year * 12 + month - 1).addingReportingOverflow(months)
    let (laterYear, laterMonth) = count.dividedDown(by: 12)
    guard !overflow, laterYear >= 0 else { return months < 0 ? .earliest : .latest }
    let last = CalendarDay.days(inMonth: laterMonth + 1, of: laterYear)
    guard let later = CalendarDay(year: laterYear, month: laterMonth + 1, day: min(day, last)) else {
      return .latest
    }
    let ofDay = microseconds - self.day.daysSinceEpoch * Instant.microsecondsADay
    return Instant(clamping: later.daysSinceEpoch * Instant.microsecondsADay + ofDay)
  }

  /// The day in UTC that holds the moment.
  var day: CalendarDay {
    CalendarDay(daysSinceEpoch: microseconds.dividedDown(by: Instant.microsecondsADay).quotient)
  }

  static let microsecondsADay: Int64 = 86_400_000_000
}

extension Int64 {
  /// Quotient and remainder of a division whose remainder is never negative: -1 by 7 is -1, remainder 6.
  func dividedDown(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

/// A day of the proleptic Gregorian calendar.
public struct CalendarDay: Hashable, Comparable, Sendable {
  /// Days since 1970-01-01.
  public let daysSinceEpoch: Int64

  /// The last day that a campaign can be written with, 9999-12-30: wherever it ends, the moment after it still lies
  /// within the calendar of `Instant`.
  public static let lastWritable = CalendarDay(daysSinceEpoch: 2_932_895)

  /// The day so many days after 1970-01-01.
  public init(daysSinceEpoch: Int64) { self.daysSinceEpoch = daysSinceEpoch }

  /// A day from year, month (1-12) and day of the month; nil if there is no such day.
  public init?(year: Int64, month: Int64, day: Int64) {
    guard (0...9999).contains(year), (1...12).contains(month), day >= 1,
      day <= CalendarDay.days(inMonth: month, of: year)
    else { return nil }
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted.dividedDown(by: 400).quotient
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    daysSinceEpoch = era * 146_097 + dayOfEra - 719_468
  }

  /// Year, month and day of the month.
  public var components: (year: Int64, month: Int64, day: Int64) {
    let shifted = daysSinceEpoch + 719_468
    let (era, dayOfEra) = shifted.dividedDown(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  /// 1 for Monday to 7 for Sunday.
  public var isoWeekday: Int64 { (daysSinceEpoch + 3).dividedDown(by: 7).remainder + 1 }

  /// Earlier is less.
  public static func < (left: CalendarDay, right: CalendarDay) -> Bool {
    left.daysSinceEpoch < right.daysSinceEpoch
  }

  fileprivate static func days(inMonth month: Int64, of year: Int64) -> Int64 {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
