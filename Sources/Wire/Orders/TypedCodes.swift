import JSON
import Scrip

/// Reads the `codes` of a quote or a lock as they were typed, malformed ones included: pricing says why they don't
/// apply. At most ten of at most 400 bytes each.
///
/// - Parameter isRequired: whether there must be at least one, as for a lock.
/// - Returns: nil after at least one error was recorded.
public func readTypedCodes(_ value: ValueReader, isRequired: Bool) -> [String]? {
  let bytesMax = 400
  let codes = value.array(max: Pricing.codesMax) { code -> String? in
    guard let text = code.string(maxLength: bytesMax) else { return nil }
    if text.utf8.count <= bytesMax { return text }
    code.refuse(.tooLong, "must have at most \(bytesMax) bytes")
    return nil
  }
  guard let codes else { return nil }
  if isRequired, codes.isEmpty {
    value.refuse(.invalidValue, "must have at least one code")
    return nil
  }
  return codes
}
