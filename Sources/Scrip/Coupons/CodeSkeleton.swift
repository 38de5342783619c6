/// What is left of a code without what people mistake: hyphens are dropped, O is read as 0, I and L as 1.
///
/// Generated codes are found by it, however many look-alikes they have: `GOLD107KQ2M9` and `G0LDlO-7KQ2M9` have the
/// skeleton `G01D107KQ2M9`. A given code and a generated one never share a skeleton; two given codes may.
public struct CodeSkeleton: Hashable, Sendable {
  /// The skeleton's characters.
  @Exact public private(set) var text: String

  /// The skeleton of a code.
  public init(of code: CouponCode) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(code.canonical.utf8.count)
    for byte in code.canonical.utf8 where byte != UInt8(ascii: "-") {
      bytes.append(CodeSkeleton.folded(byte))
    }
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// The character that a capital is read as.
  static func folded(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "O"): UInt8(ascii: "0")
    case UInt8(ascii: "I"), UInt8(ascii: "L"): UInt8(ascii: "1")
    default: byte
    }
  }
}

extension CouponCode {
  /// What generated codes are found by.
  public var skeleton: CodeSkeleton { CodeSkeleton(of: self) }

  /// The code without its hyphens, which is how generated codes are stored; nil if too little is left.
  public var withoutHyphens: CouponCode? { CouponCode(canonical.filter { $0 != "-" }) }
}
