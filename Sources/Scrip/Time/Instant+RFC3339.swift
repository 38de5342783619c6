extension Instant: CustomStringConvertible {
  /// Reads an RFC 3339 date-time such as `2026-11-20T08:00:00Z` or `2026-11-20T09:00:00.25+01:00`; fractions finer
  /// than a microsecond are dropped; nil if the text is anything else, a leap second, or a moment that in UTC lies
  /// outside the years 0000 to 9999, which could not be written again.
  public init?(rfc3339 text: String) {
    var reader = DigitReader(text)
    guard let day = reader.day(), reader.skip("T", or: "t"), let seconds = reader.timeOfDay() else {
      return nil
    }
    guard let fraction = reader.fractionInMicroseconds(), let offset = reader.offsetInSeconds(),
      reader.isAtEnd
    else { return nil }
    microseconds = (day.daysSinceEpoch * 86_400 + seconds - offset) * 1_000_000 + fraction
    guard (0...9999).contains(self.day.components.year) else { return nil }
  }

  /// RFC 3339 in UTC, with as many decimals as the moment needs: `2026-11-20T08:00:00.25Z`.
  public var description: String {
    let (time, fraction) = microseconds.dividedDown(by: Instant.microsecondsADay).remainder
      .quotientAndRemainder(dividingBy: 1_000_000)
    var text: [UInt8] = []
    text.reserveCapacity(27)
    day.append(to: &text)
    text.append(UInt8(ascii: "T"))
    append(time / 3600, digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(time / 60 % 60, digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    append(time % 60, digits: 2, to: &text)
    if fraction > 0 {
      text.append(UInt8(ascii: "."))
      append(fraction, digits: 6, to: &text)
      while text.last == UInt8(ascii: "0") { text.removeLast() }
    }
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
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
    var text: [UInt8] = []
    append(to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  fileprivate func append(to text: inout [UInt8]) {
    let (year, month, day) = components
    if (0...9999).contains(year) {
      Scrip.append(year, digits: 4, to: &text)
    } else {
      text.append(contentsOf: String(year).utf8)
    }
    text.append(UInt8(ascii: "-"))
    Scrip.append(month, digits: 2, to: &text)
    text.append(UInt8(ascii: "-"))
    Scrip.append(day, digits: 2, to: &text)
  }
}

private func append(_ value: Int64, digits: Int, to text: inout [UInt8]) {
  var divisor: Int64 = 1
  for _ in 1..<digits { divisor *= 10 }
  while divisor > 0 {
    text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
    divisor /= 10
  }
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
