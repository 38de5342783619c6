extension Instant: CustomStringConvertible {
  /// Reads an RFC 3339 date-time such as `2026-11-20T08:00:00Z` or `2026-11-20T09:00:00.25+01:00`; fractions finer
  /// than a microsecond are dropped; nil if the text is anything else, a leap second, or a moment that in UTC lies
  /// outside of `earliest...latest`, which could not be written again.
  public init?(rfc3339 text: String) {
    var reader = DigitReader(text)
    guard let day = reader.day(), reader.skip("T", or: "t"), let seconds = reader.timeOfDay() else {
      return nil
    }
    guard let fraction = reader.fractionInMicroseconds(), let offset = reader.offsetInSeconds(),
      reader.isAtEnd
    else { return nil }
    self.init(exactly: (day.daysSinceEpoch * 86_400 + seconds - offset) * 1_000_000 + fraction)
  }

  /// RFC 3339 in UTC, with as many decimals as the moment needs: `2026-11-20T08:00:00.25Z`.
  public var description: String {
    String(decoding: [UInt8](capacity: Instant.textLengthMax) { append(to: &$0) }, as: UTF8.self)
  }

  /// How many bytes the text has at most.
  public static let textLengthMax = CalendarDay.textLengthMax + 17

  /// Appends the text where there is room for `textLengthMax` bytes.
  public func append(to text: inout OutputSpan<UInt8>) {
    let (time, fraction) = microseconds.dividedDown(by: Instant.microsecondsADay).remainder
      .quotientAndRemainder(dividingBy: 1_000_000)
    day.append(to: &text)
    text.append(UInt8(ascii: "T"))
    Scrip.append(twoDigits: time / 3600, to: &text)
    text.append(UInt8(ascii: ":"))
    Scrip.append(twoDigits: time / 60 % 60, to: &text)
    text.append(UInt8(ascii: ":"))
    Scrip.append(twoDigits: time % 60, to: &text)
    if fraction > 0 { append(fraction: fraction, to: &text) }
    text.append(UInt8(ascii: "Z"))
  }

  private func append(fraction: Int64, to text: inout OutputSpan<UInt8>) {
    text.append(UInt8(ascii: "."))
    var rest = fraction
    var unit: Int64 = 100_000
    while rest > 0 {
      text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / unit))
      rest %= unit
      unit /= 10
    }
  }
}

extension CalendarDay: CustomStringConvertible {
  /// Reads `2026-11-20`; nil if the text is anything else.
  public init?(iso8601 text: String) {
    var reader = DigitReader(text)
    guard let day = reader.day(), reader.isAtEnd else { return nil }
    self = day
  }

  /// The day as `2026-11-20`.
  public var description: String {
    String(decoding: [UInt8](capacity: CalendarDay.textLengthMax) { append(to: &$0) }, as: UTF8.self)
  }

  /// How many bytes the text has at most: any number of days has a year of at most 20 characters.
  fileprivate static let textLengthMax = 26

  fileprivate func append(to text: inout OutputSpan<UInt8>) {
    let (year, month, day) = components
    if (0...9999).contains(year) {
      Scrip.append(twoDigits: year / 100, to: &text)
      Scrip.append(twoDigits: year % 100, to: &text)
    } else {
      for digit in String(year).utf8 { text.append(digit) }
    }
    text.append(UInt8(ascii: "-"))
    Scrip.append(twoDigits: month, to: &text)
    text.append(UInt8(ascii: "-"))
    Scrip.append(twoDigits: day, to: &text)
  }
}

private func append(twoDigits value: Int64, to text: inout OutputSpan<UInt8>) {
  text.append(UInt8(ascii: "0") + UInt8(value / 10))
  text.append(UInt8(ascii: "0") + UInt8(value % 10))
}

/// Walks over the fixed-width digits of a date-time.
private struct DigitReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { position == bytes.count }

  mutating func skip(_ first: Unicode.Scalar, or second: Unicode.Scalar) -> Bool {
    guard position < bytes.count,
      bytes[position] == UInt8(ascii: first) || bytes[position] == UInt8(ascii: second)
    else { return false }
    position += 1
    return true
  }

  mutating func skip(_ expected: Unicode.Scalar) -> Bool { skip(expected, or: expected) }

  mutating func number(digits: Int) -> Int64? {
    guard position + digits <= bytes.count else { return nil }
    var value: Int64 = 0
    for byte in bytes[position..<position + digits] {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      value = value * 10 + Int64(byte - 0x30)
    }
    position += digits
    return value
  }

  mutating func day() -> CalendarDay? {
    guard let year = number(digits: 4), skip("-"), let month = number(digits: 2), skip("-"),
      let day = number(digits: 2)
    else { return nil }
    return CalendarDay(year: year, month: month, day: day)
  }

  mutating func timeOfDay() -> Int64? {
    guard let hour = number(digits: 2), skip(":"), let minute = number(digits: 2), skip(":"),
      let second = number(digits: 2), hour < 24, minute < 60, second < 60
    else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  mutating func fractionInMicroseconds() -> Int64? {
    guard skip(".") else { return 0 }
    var value: Int64 = 0
    var digits = 0
    while let digit = number(digits: 1) {
      if digits < 6 { value = value * 10 + digit }
      digits += 1
    }
    guard digits > 0 else { return nil }
    for _ in min(digits, 6)..<6 { value *= 10 }
    return value
  }

  mutating func offsetInSeconds() -> Int64? {
    if skip("Z", or: "z") { return 0 }
    let isEast = skip("+")
    guard isEast || skip("-"), let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2),
      hours < 24, minutes < 60
    else { return nil }
    return (isEast ? 1 : -1) * (hours * 3600 + minutes * 60)
  }
}
