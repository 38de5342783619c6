/// Brings a typed code with characters outside of ASCII to canonical form, scalar by scalar.
struct CodeFolding {
  private var canonical: [UInt8] = []
  private var count = 0
  private var hasAlphanumeric = false
  /// The last letter with the marks that follow it, still in the case in which it was typed: `i` with a dot above is no
  /// letter, `I` with one is.
  private var pending = ""

  /// The canonical form in UTF-8; nil if what was typed is malformed.
  static func folded(_ typed: String) -> [UInt8]? {
    var folding = CodeFolding()
    for scalar in trimmed(typed) where !folding.add(scalar) { return nil }
    return folding.finished()
  }

  /// What was typed without what is dropped from it: the spelling to show.
  static func shown(_ typed: String) -> String {
    var shown = ""
    for scalar in trimmed(typed) where !CodeAlphabet.isDropped(scalar) { shown.unicodeScalars.append(scalar) }
    return shown
  }

  private static func trimmed(_ typed: String) -> Substring.UnicodeScalarView {
    var scalars = typed.unicodeScalars[...]
    while let first = scalars.first, CodeAlphabet.isTrimmed(first) { scalars.removeFirst() }
    while let last = scalars.last, CodeAlphabet.isTrimmed(last) { scalars.removeLast() }
    return scalars
  }

  /// Takes one more scalar; false if no code can have it there.
  private mutating func add(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value >= 0x300, scalar.properties.canonicalCombiningClass != .notReordered {
      pending.unicodeScalars.append(scalar)
      return pending.unicodeScalars.count > 1
    }
    guard flush() else { return false }
    if scalar.isASCII || LatinLetters.contains(scalar) {
      if scalar == " " { return true }
      pending.unicodeScalars.append(scalar)
    } else if let folded = CompatibilityFolding.folded(scalar) {
      for part in folded.unicodeScalars {
        guard flush() else { return false }
        pending.unicodeScalars.append(part)
      }
    } else {
      return CodeAlphabet.isDropped(scalar)
    }
    return true
  }

  /// Puts the pending letter behind the others; false if it is none.
  private mutating func flush() -> Bool {
    let scalars = pending.unicodeScalars
    guard let first = scalars.first else { return true }
    guard let whole = scalars.count == 1 ? first : LatinLetters.composed(pending) else { return false }
    pending = ""
    return append(whole)
  }

  private mutating func append(_ scalar: Unicode.Scalar) -> Bool {
    count += 1
    let raised = LatinLetters.raised(scalar)
    if !raised.isASCII {
      hasAlphanumeric = true
      canonical.append(contentsOf: String(raised).utf8)
      return true
    }
    let byte = UInt8(raised.value)
    if CodeAlphabet.isAlphanumeric(byte) {
      hasAlphanumeric = true
    } else if !CodeAlphabet.isSymbol(byte) {
      return false
    }
    canonical.append(byte)
    return true
  }

  private mutating func finished() -> [UInt8]? {
    guard flush() else { return nil }
    // Some characters that are no full stop stand for text that ends in one, such as "⒈".
    var range = canonical[...]
    while range.first == UInt8(ascii: ".") { range.removeFirst() }
    while range.last == UInt8(ascii: ".") { range.removeLast() }
    count -= canonical.count - range.count
    return hasAlphanumeric && count <= CouponCode.charactersMax ? Array(range) : nil
  }
}

extension CouponCode {
  /// The spelling to show of a code as it was given: without blanks, invisible characters and what stood around it, in
  /// the case in which it was given. It has the same canonical form.
  public static func shown(_ given: String) -> String { CodeFolding.shown(given) }
}
