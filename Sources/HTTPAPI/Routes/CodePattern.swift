import Digest
import Scrip

extension CodePattern {
  /// Different codes: as many as wanted and spares, since some may be taken already.
  func codes(wanted: Int, owner: UserID?, limit: Int64?) -> [CodeGrant] {
    let count = draws(for: wanted)
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
