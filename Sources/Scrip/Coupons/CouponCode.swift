/// A code in canonical form: what a customer typed, brought to the one spelling under which it is stored.
///
/// Compatibility forms are folded (full-width `Ｓ` to `S`), white space and invisible format characters are dropped,
/// ASCII letters are raised without regard to a locale; what remains must match `[A-Z0-9][A-Z0-9_-]{2,39}`.
/// Look-alikes from other scripts are refused, not folded. `" save-20 "`, `ｓａｖｅ－２０` and `Save-20` are all `SAVE-20`.
public struct CouponCode: Hashable, Sendable {
  /// The canonical spelling, 3 to 40 characters.
  @inlinable public var canonical: String { exact.text }

  @usableFromInline let exact: ExactText<CouponCode>

  /// How many bytes of input are looked at; longer input is malformed.
  static let inputBytesMax = 400

  /// Brings what was typed to its canonical form; nil if that is malformed, which needs no look into a database.
  @inlinable
  public init?(_ typed: some StringProtocol) { self.init(typed: String(typed)) }

  @usableFromInline
  init?(typed: String) {
    guard typed.utf8.count <= CouponCode.inputBytesMax else { return nil }
    guard let canonical = CouponCode.folded(typed), (3...40).contains(canonical.count),
      CouponCode.isAlphanumeric(canonical[0]),
      canonical.allSatisfy({
        CouponCode.isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
      })
    else { return nil }
    exact = ExactText(String(decoding: canonical, as: UTF8.self))
  }

  private static func folded(_ typed: String) -> [UInt8]? {
    var canonical: [UInt8] = []
    canonical.reserveCapacity(40)
    let bytes = typed.utf8.span
    for index in bytes.indices {
      let byte = bytes[index]
      // Hardly any code has something else than ASCII, and scalars take much longer to walk than bytes.
      guard byte < 0x80 else { return foldedScalars(of: typed) }
      if !isBlank(byte) { canonical.append(raised(byte)) }
    }
    return canonical
  }

  private static func foldedScalars(of typed: String) -> [UInt8]? {
    var canonical: [UInt8] = []
    for scalar in typed.unicodeScalars {
      if scalar.isASCII {
        let byte = UInt8(scalar.value)
        if !isBlank(byte) { canonical.append(raised(byte)) }
      } else if let folded = CompatibilityFolding.ascii(of: scalar) {
        canonical.append(contentsOf: folded.utf8.map(raised))
      } else if !isInvisible(scalar) {
        return nil
      }
    }
    return canonical
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) }

  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || scalar.properties.generalCategory == .format
  }

  private static func raised(_ byte: UInt8) -> UInt8 { byte >= 0x61 && byte <= 0x7A ? byte - 32 : byte }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x30 && byte <= 0x39)
  }
}

extension CouponCode: Comparable, CustomStringConvertible {
  /// By canonical spelling.
  public static func < (left: CouponCode, right: CouponCode) -> Bool { left.exact < right.exact }

  /// The canonical spelling.
  public var description: String { canonical }
}

/// A code as somebody typed it, with its canonical form.
public struct TypedCode: Hashable, Sendable {
  /// What was typed.
  @Exact public private(set) var text: String
  /// The canonical form; nil if what was typed is malformed.
  public let code: CouponCode?

  /// Brings what was typed to its canonical form, once.
  public init(_ text: String) {
    self.text = text
    code = CouponCode(text)
  }
}
