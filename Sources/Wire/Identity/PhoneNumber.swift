/// Brings a phone number to E.164: a plus sign, and 8 to 15 digits of which the first is not 0.
///
/// `tel:`, separators and invisible characters are dropped, full-width characters folded; `00` before the country code is `+`,
/// and a `(0)` behind it is dropped. `+49 (0)30 123456` and `0049-30/123456` are both `+4930123456`.
/// - Returns: nil if it is anything else, such as a number without its country code.
func normalizedPhone(_ text: String) -> String? {
  let scalars = plainScalars(of: text)
  var rest = (withoutScheme("tel:", scalars) ?? scalars[...]).filter { !isSeparator($0) }[...]
  if rest.first == "+" {
    rest = rest.dropFirst()
  } else if rest.starts(with: "00".unicodeScalars) {
    rest = rest.dropFirst(2)
  } else {
    return nil
  }
  let digits = withoutTrunkPrefix(rest).filter { $0 != "(" && $0 != ")" }
  guard (8...15).contains(digits.count), digits.first != "0", digits.allSatisfy({ ("0"..."9").contains($0) })
  else { return nil }
  return "+" + string(of: digits[...])
}

private func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
  scalar == "." || scalar == "/" || scalar.properties.isWhitespace
    || scalar.properties.generalCategory == .dashPunctuation || scalar == "\u{2212}"
}

/// Drops the `(0)` that is dialled inside of the country only.
private func withoutTrunkPrefix(_ scalars: ArraySlice<Unicode.Scalar>) -> [Unicode.Scalar] {
  let prefix = Array("(0)".unicodeScalars)
  // A country code has one to three digits.
  guard let start = scalars.indices.first(where: { scalars[$0...].starts(with: prefix) }),
    (1...3).contains(scalars[..<start].count { $0 != "(" && $0 != ")" })
  else { return Array(scalars) }
  return Array(scalars[..<start] + scalars[(start + prefix.count)...])
}
