import JSON
import Scrip

/// Reads the `codes` of a quote as they were typed, at most ten. One bad code says nothing about the others: what can't
/// be a code, even what is no string, is answered like any malformed code.
///
/// - Returns: nil after an error was recorded.
public func readQuotedCodes(_ value: ValueReader) -> [String]? {
  value.array(max: Pricing.codesMax) { $0.node.string() ?? "" }
}

/// Reads the `codes` of a lock as they were typed, one to ten, malformed ones included: pricing says why they don't
/// apply. What no shopper can have typed is the program's fault: no string, U+0000, or far too long.
///
/// - Returns: nil after at least one error was recorded.
public func readLockedCodes(_ value: ValueReader) -> [String]? {
  let codes = value.array(max: Pricing.codesMax) { code -> String? in
    guard let text = code.typedText() else { return nil }
    // Looking at each character takes long, and what so few bytes say has no more characters.
    if text.utf8.count <= CouponCode.charactersMax { return text }
    if CouponCode.shown(text).unicodeScalars.count <= 4 * CouponCode.charactersMax,
      CouponCode.shown(text).count <= CouponCode.charactersMax
    {
      return text
    }
    code.refuseTooLongForCode()
    return nil
  }
  guard let codes else { return nil }
  if codes.isEmpty {
    value.refuse(.invalidValue, "must have at least one code")
    return nil
  }
  return codes
}
