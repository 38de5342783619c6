import Digest
import Scrip

/// A pattern for generated codes: each `#` becomes a random character, everything else stays. Hyphens are for show.
struct CodePattern {
  /// Thirty characters: no 0 and O, no 1, I and L, which people mistake, and no U, which makes words.
  static let alphabet = Array("23456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
  /// The fewest random characters of a code that belongs to one person: 30¹³ is above 2⁶⁰.
  static let personalCharactersMin = 13

  private let characters: [UInt8]
  /// How many characters are random.
  let randomCharacters: Int

  /// Nil unless there is a `#`, nothing in it is a control character and every code of the pattern is well-formed.
  init?(_ text: String) {
    if text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) { return nil }
    let text = CouponCode.shown(text)
    characters = Array(text.utf8)
    randomCharacters = characters.count { $0 == UInt8(ascii: "#") }
    let code = CouponCode(text.replacing("#", with: "2"))
    guard randomCharacters > 0, code?.withoutHyphens?.isPlain == true else { return nil }
  }

  /// How many codes there are; `Int.max` where there are more.
  var keyspace: Int {
    var size = 1
    for _ in 0..<randomCharacters {
      let (next, overflow) = size.multipliedReportingOverflow(by: CodePattern.alphabet.count)
      if overflow { return .max }
      size = next
    }
    return size
  }

  /// Different codes: as many as wanted and spares, since some may be taken already. The smaller the keyspace, the more
  /// of it is likely to be taken.
  func codes(wanted: Int, owner: UserID?, limit: Int64?) -> [CodeGrant] {
    let spares = keyspace / 100 < wanted ? wanted + 16 : max(16, wanted / 100)
    let count = min(keyspace, wanted + spares)
    var random = SecureRandom()
    var seen: Set<CouponCode> = []
    var grants: [CodeGrant] = []
    grants.reserveCapacity(count)
    while grants.count < count {
      let text = draw(&random)
      guard let code = CouponCode(text)?.withoutHyphens else {
        preconditionFailure("every code of a pattern is well-formed")
      }
      guard seen.insert(code).inserted else { continue }
      grants.append(CodeGrant(code: code, display: text, owner: owner, limit: limit, isGenerated: true))
    }
    return grants
  }

  private func draw(_ random: inout SecureRandom) -> String {
    let drawn = characters.map { character in
      guard character == UInt8(ascii: "#") else { return character }
      return CodePattern.alphabet[Int(random.integer(below: UInt64(CodePattern.alphabet.count)))]
    }
    return String(decoding: drawn, as: UTF8.self)
  }
}

extension CouponCode {
  /// Whether it has only letters of ASCII, digits and underscores, which is what generated codes are made of.
  fileprivate var isPlain: Bool {
    canonical.utf8.allSatisfy { byte in
      (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || byte == UInt8(ascii: "_")
    }
  }
}
