/// Generated codes forgive what people do to long random codes: leave hyphens out, and mistake characters that look
/// alike. They are stored without hyphens; their random characters are none of those that look alike, so only what
/// stands around them can be mistaken.
extension CouponCode {
  /// How many spellings a code may have before looking for them is no longer worth it.
  static let spellingsMax = 18

  /// The code without its hyphens; nil if too little is left.
  public var withoutHyphens: CouponCode? { CouponCode(canonical.filter { $0 != "-" }) }

  /// The generated codes that this one may stand for, the code without its hyphens first: each of 0 and O, and each of
  /// 1, I and L, may be any other of them. A code with too many of these stands for its own letters only.
  public var spellings: [CouponCode] {
    guard let plain = withoutHyphens else { return [] }
    var spellings: [[UInt8]] = [[]]
    for byte in plain.canonical.utf8 {
      let twins = CouponCode.twins(of: byte)
      if spellings.count * twins.count > CouponCode.spellingsMax { return [plain] }
      spellings = twins.flatMap { twin in spellings.map { $0 + [twin] } }
    }
    return [plain]
      + spellings.compactMap { CouponCode(String(decoding: $0, as: UTF8.self)) }.filter { $0 != plain }
      .sorted()
  }

  private static func twins(of byte: UInt8) -> [UInt8] {
    for twins in ["0O", "1IL"] where twins.utf8.contains(byte) { return Array(twins.utf8) }
    return [byte]
  }
}
