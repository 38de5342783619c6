import Foundation

/// A text's scalars without what nobody sees and without white space around them; full-width forms of ASCII are ASCII.
func plainScalars(of text: String) -> [Unicode.Scalar] {
  var scalars: [Unicode.Scalar] = []
  scalars.reserveCapacity(text.utf8.count)
  for scalar in text.precomposed.unicodeScalars where !isInvisible(scalar) {
    scalars.append(narrow(scalar))
  }
  return Array(trimmed(scalars[...]))
}

/// Without white space at the ends.
func trimmed(_ scalars: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
  let start = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.endIndex
  let end = scalars.lastIndex { !$0.properties.isWhitespace } ?? start
  return start == scalars.endIndex ? [] : scalars[start...end]
}

/// What follows the scheme of a link, such as `mailto:`, in any case; nil if the text begins with something else.
func withoutScheme(_ scheme: String, _ scalars: [Unicode.Scalar]) -> ArraySlice<Unicode.Scalar>? {
  let expected = Array(scheme.unicodeScalars)
  guard scalars.count > expected.count,
    zip(scalars, expected).allSatisfy({ $0.properties.lowercaseMapping == String($1) })
  else { return nil }
  return scalars.dropFirst(expected.count)
}

/// A text of these scalars.
func string(of scalars: ArraySlice<Unicode.Scalar>) -> String {
  var text = String.UnicodeScalarView()
  text.append(contentsOf: scalars)
  return String(text)
}

/// Whether somebody who reads a text does not see the scalar: soft hyphens, zero-width spaces, variation selectors, and
/// the two symbols that are drawn as nothing, braille without a dot and the null notehead.
func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
  if scalar.isASCII { return false }
  return scalar == "\u{2800}" || scalar == "\u{1D159}" || scalar.properties.generalCategory == .format
    || scalar.properties.isDefaultIgnorableCodePoint
}

/// The full-width forms of ASCII stand in its order.
private func narrow(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
  switch scalar.value {
  case 0x3000: " "
  case 0xFF01...0xFF5E: Unicode.Scalar(UInt8(scalar.value - 0xFF01 + 0x21))
  default: scalar
  }
}

extension String {
  /// In lower case, in which letters that have the same upper case are one: the sigmas, the long s, the micro sign. The
  /// dotless i is a letter of its own, as in Unicode's case folding.
  var withOneCase: String {
    if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
    var folded = ""
    for scalar in unicodeScalars {
      let upper = scalar.properties.uppercaseMapping.unicodeScalars
      let hasOne = upper.count == 1 && scalar != "\u{131}"
      folded += (hasOne ? upper.first ?? scalar : scalar).properties.lowercaseMapping
    }
    return folded
  }

  /// Normalization form C.
  var precomposed: String {
    utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping
  }

  /// Whether there is nothing in it that anybody could see.
  public var isBlank: Bool {
    unicodeScalars.allSatisfy {
      $0.properties.isWhitespace || $0.properties.generalCategory == .control || isInvisible($0)
    }
  }
}
