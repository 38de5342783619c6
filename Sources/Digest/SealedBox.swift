/// A secret that may lie in a database: encrypted, and bound to the tenant and the name that it was sealed for, so that it
/// opens nowhere else. Made and opened by ``SealingKeys``.
public struct SealedBox: Sendable, Equatable {
  /// The key that opens it.
  public let keyID: SealingKeyID
  let nonce: [UInt8]
  let tag: [UInt8]
  let ciphertext: [UInt8]

  /// The first byte of a stored box: which of its forms it has.
  private static let form: UInt8 = 1

  init(keyID: SealingKeyID, nonce: [UInt8], tag: [UInt8], ciphertext: [UInt8]) {
    self.keyID = keyID
    self.nonce = nonce
    self.tag = tag
    self.ciphertext = ciphertext
  }

  /// The box as it is stored: form, length and name of the key, nonce, tag, ciphertext.
  public var stored: [UInt8] {
    let id = Array(keyID.description.utf8)
    return [Self.form, UInt8(id.count)] + id + nonce + tag + ciphertext
  }

  /// Reads a stored box; nil for bytes that are none.
  public init?(stored bytes: [UInt8]) {
    var rest = bytes[...]
    func take(_ count: Int) -> [UInt8]? {
      guard rest.count >= count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    guard take(1) == [Self.form], let length = take(1)?.first, let id = take(Int(length)),
      let keyID = SealingKeyID(String(decoding: id, as: UTF8.self)), let nonce = take(AES256GCM.nonceBytes),
      let tag = take(AES256GCM.tagBytes)
    else { return nil }
    self.init(keyID: keyID, nonce: nonce, tag: tag, ciphertext: Array(rest))
  }
}

/// The name of a key that seals: 1 to 32 small letters, digits, hyphens and underscores. It is no secret.
public struct SealingKeyID: Sendable, Hashable, CustomStringConvertible {
  private let bytes: [UInt8]

  /// Nil for a text that is no such name.
  public init?(_ text: String) {
    bytes = Array(text.utf8)
    let isPlain = bytes.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
        UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard isPlain, (1...32).contains(bytes.count) else { return nil }
  }

  /// The name.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// Why a box does not open.
public enum SealedBoxRefusal: String, Error, Sendable, CaseIterable {
  /// Its key is not in the file: it was taken out before everything was sealed anew, or the file is another one.
  case unknownKey
  /// It was changed, or belongs to another tenant or name.
  case forged
}
