/// A text read as a decimal number without sign or exponent, scaled by a power of ten to an integer.
enum ParsedDecimal<Magnitude: FixedWidthInteger> {
  case value(Magnitude)
  /// It is a number, but one that does not fit into the integer.
  case tooLarge
  case malformed

  /// Reads a text with at most so many digits behind the point: `"0.125"` with 8 is 12 500 000.
  init(_ text: String, fractionDigitsMax: Int) {
    var value: Magnitude = 0
    var isTooLarge = false
    var integerDigits = 0
    var fractionDigits: Int?
    func append(_ digit: UInt8) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (next, carry) = tens.addingReportingOverflow(Magnitude(digit))
      if overflow || carry { isTooLarge = true } else { value = next }
    }
    for byte in text.utf8 {
      switch byte {
      case 0x2E where fractionDigits == nil && integerDigits > 0: fractionDigits = 0
      case 0x30...0x39:
        if let digits = fractionDigits { fractionDigits = digits + 1 } else { integerDigits += 1 }
        append(byte - 0x30)
      default:
        self = .malformed
        return
      }
    }
    guard integerDigits > 0, fractionDigits != 0, (fractionDigits ?? 0) <= fractionDigitsMax else {
      self = .malformed
      return
    }
    for _ in (fractionDigits ?? 0)..<fractionDigitsMax { append(0) }
    self = isTooLarge ? .tooLarge : .value(value)
  }
}
