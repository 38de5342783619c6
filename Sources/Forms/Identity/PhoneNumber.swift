/// Brings a phone number to E.164: a plus sign, and 8 to 15 digits of which the first is not 0.
///
/// `tel:`, separators and invisible characters are dropped, full-width characters folded; `00` before the country code is `+`,
/// and a zero that stands alone behind it, or zeros in brackets, are dropped. `+49 (0)30 123456`, `+49 0 30 123456` and
/// `0049-30/123456` are all `+4930123456`.
/// - Returns: nil if it is anything else, such as a number without its country code.
func normalizedPhone(_ text: String) -> String? {
  let scalars = plainScalars(of: text)
  var rest = (withoutScheme("tel:", scalars) ?? scalars[...]).drop(while: isSeparator)
  if rest.first == "+" {
    rest = rest.dropFirst()
  } else {
    for _ in 0..<2 {
      guard rest.first == "0" else { return nil }
      rest = rest.dropFirst().drop(while: isSeparator)
    }
  }
  let digits = withoutTrunkPrefix(groups(of: rest))
  guard (8...15).contains(digits.count), digits.first != "0", digits.allSatisfy({ ("0"..."9").contains($0) })
  else { return nil }
  return "+" + string(of: digits[...])
}

private func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
  scalar == "." || scalar == "/" || scalar.properties.isWhitespace
    || scalar.properties.generalCategory == .dashPunctuation || scalar == "\u{2212}"
}

/// What stands between separators and brackets, and whether in brackets.
private func groups(
  of scalars: ArraySlice<Unicode.Scalar>
) -> [(digits: ArraySlice<Unicode.Scalar>, isBracketed: Bool)] {
  scalars.split { isSeparator($0) || $0 == "(" || $0 == ")" }.map { group in
    (group, scalars[..<group.startIndex].last { !isSeparator($0) } == "(")
  }
}

/// Drops the zero behind the country code that is dialled inside of the country only.
private func withoutTrunkPrefix(
  _ groups: [(digits: ArraySlice<Unicode.Scalar>, isBracketed: Bool)]
) -> [Unicode.Scalar] {
  let prefix = groups.indices.first { index in
    let group = groups[index]
    guard group.digits.allSatisfy({ $0 == "0" }) else { return false }
    return group.isBracketed || group.digits.count == 1 && index == 1
  }
  // A country code has one to three digits.
  guard let prefix, (1...3).contains(groups[..<prefix].reduce(0) { $0 + $1.digits.count }) else {
    return groups.flatMap(\.digits)
  }
  return (groups[..<prefix] + groups[(prefix + 1)...]).flatMap(\.digits)
}
