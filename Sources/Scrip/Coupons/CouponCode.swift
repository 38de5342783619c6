/// A code in canonical form: what a customer typed, brought to the one spelling under which it is stored.
///
/// White space, quotation marks and full stops at the ends are dropped; blanks and invisible format characters inside are
/// dropped, too. Compatibility forms are folded (full-width `Ｓ` to `S`), every dash is a hyphen, letters and their marks
/// are composed and raised without regard to a locale. What remains must be 1 to 64 Latin letters, digits and
/// `- _ . % & + / @ ! $ #`, with at least one letter or digit. Control characters inside and look-alikes from other
/// scripts are refused, not folded. `" save-20 "`, `ｓａｖｅ－２０`, `“Save–20”.` are all `SAVE-20`; `käse20` is `KÄSE20`.
public struct CouponCode: Hashable, Sendable {
  /// The canonical spelling, 1 to 64 characters.
  @inlinable public var canonical: String { exact.text }

  @usableFromInline let exact: ExactText<CouponCode>

  /// How many characters a code may have.
  public static let charactersMax = 64
  /// How many bytes of input are looked at; longer input is malformed.
  static let inputBytesMax = 400

  /// Brings what was typed to its canonical form; nil if that is malformed, which needs no look into a database.
  @inlinable
  public init?(_ typed: some StringProtocol) { self.init(typed: String(typed)) }

  @usableFromInline
  init?(typed: String) {
    guard typed.utf8.count <= CouponCode.inputBytesMax, let canonical = CouponCode.folded(typed) else {
      return nil
    }
    exact = ExactText(String(decoding: canonical, as: UTF8.self))
  }

  private static func folded(_ typed: String) -> [UInt8]? {
    let bytes = typed.utf8.span
    // Hardly any code has something else than ASCII, and scalars take much longer to walk than bytes.
    for index in bytes.indices where bytes[index] >= 0x80 { return CodeFolding.folded(typed) }
    var range = bytes.indices
    while let first = range.first, CodeAlphabet.isTrimmed(bytes[first]) { range.removeFirst() }
    while let last = range.last, CodeAlphabet.isTrimmed(bytes[last]) { range.removeLast() }
    var canonical: [UInt8] = []
    canonical.reserveCapacity(range.count)
    var hasAlphanumeric = false
    for index in range {
      let byte = bytes[index]
      if byte == 0x20 { continue }
      let raised = CodeAlphabet.raised(byte)
      if CodeAlphabet.isAlphanumeric(raised) {
        hasAlphanumeric = true
      } else if !CodeAlphabet.isSymbol(raised) {
        return nil
      }
      canonical.append(raised)
    }
    return hasAlphanumeric && canonical.count <= charactersMax ? canonical : nil
  }
}

extension CouponCode: Comparable, CustomStringConvertible {
  /// By the bytes of the canonical spelling, as databases order them.
  public static func < (left: CouponCode, right: CouponCode) -> Bool { left.exact < right.exact }

  /// The canonical spelling.
  public var description: String { canonical }
}

/// A code as somebody typed it, with its canonical form.
public struct TypedCode: Hashable, Sendable {
  /// What was typed, as far as it is worth showing.
  @Exact public private(set) var text: String
  /// The canonical form; nil if what was typed is malformed.
  public let code: CouponCode?

  /// How many characters of what was typed are shown.
  static let shownMax = 80
  /// How many bytes those may have together: a character may have any number of marks.
  static let shownBytesMax = 320

  /// Brings what was typed to its canonical form, once.
  public init(_ text: String) {
    self.text = TypedCode.shown(text)
    code = CouponCode(text)
  }

  private static func shown(_ text: String) -> String {
    if text.utf8.count <= shownMax { return text }
    var shown = ""
    for character in text.prefix(shownMax) {
      guard shown.utf8.count + character.utf8.count <= shownBytesMax else { break }
      shown.append(character)
    }
    return shown
  }
}
