/// The keys under which secrets are sealed with AES-256-GCM: the first one seals, all of them open.
///
/// They come from a file that lies beside the service and never in its database, with a line for each:
///
/// ```
/// # name and 64 hexadecimal digits
/// 2026-11 9f86d081…
/// 2025-03 60303ae2…
/// ```
///
/// To exchange a key, a new line is put first, what ``isOutdated(_:)`` is opened and sealed again, and then the old line is
/// taken out. Nonces are random, so a key is good for 2³² secrets.
public struct SealingKeys: Sendable {
  /// Why a file of keys can't be used.
  public enum Mistake: Error, Sendable, Equatable {
    /// It holds no key.
    case empty
    /// A line, from 1, is no key with a name. What stands there is not repeated.
    case malformed(line: Int)
    /// A line, from 1, has the name or the key of an earlier one.
    case repeated(line: Int)
  }

  private struct Key: Sendable {
    let id: SealingKeyID
    let secret: SecretText
    var bytes: [UInt8] { Hash256(hex: secret.revealed)?.bytes ?? [] }
  }

  private let keys: [Key]

  /// Reads a file of keys.
  public init(parsing file: String) throws(Mistake) {
    var keys: [Key] = []
    for (index, line) in file.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      guard words.count == 2, let id = SealingKeyID(String(first)), Hash256(hex: String(words[1])) != nil
      else {
        throw .malformed(line: index + 1)
      }
      let key = Key(id: id, secret: SecretText(words[1].lowercased()))
      guard !keys.contains(where: { $0.id == id || $0.secret == key.secret }) else {
        throw .repeated(line: index + 1)
      }
      keys.append(key)
    }
    guard !keys.isEmpty else { throw .empty }
    self.keys = keys
  }

  /// A line for a file of keys, with a key that nobody has.
  public static func newLine(named id: SealingKeyID) -> SecretText {
    SecretText("\(id) \(SHA256.hash(SecureRandom.bytes(64)).hex)")
  }

  /// The name of the key that seals.
  public var current: SealingKeyID { keys[0].id }

  /// Seals a secret for a tenant and a name.
  public func seal(_ secret: SecretText, tenant: Int64, name: String) -> SealedBox {
    let nonce = SecureRandom.bytes(AES256GCM.nonceBytes)
    let (ciphertext, tag) = AES256GCM.seal(
      secret.bytes, key: keys[0].bytes, nonce: nonce, with: Self.context(current, tenant, name))
    return SealedBox(keyID: current, nonce: nonce, tag: tag, ciphertext: ciphertext)
  }

  /// Opens what was sealed for this tenant and this name.
  public func open(_ box: SealedBox, tenant: Int64, name: String) throws(SealedBoxRefusal) -> SecretText {
    guard let key = keys.first(where: { $0.id == box.keyID }) else { throw .unknownKey }
    guard
      let text = AES256GCM.open(
        box.ciphertext, tag: box.tag, key: key.bytes, nonce: box.nonce,
        with: Self.context(key.id, tenant, name))
    else { throw .forged }
    return SecretText(String(decoding: text, as: UTF8.self))
  }

  /// Whether a box is to be sealed again, since another key seals now.
  public func isOutdated(_ box: SealedBox) -> Bool { box.keyID != current }

  /// What a box is bound to. Each part but the last has a length that is known, so that no two read alike.
  private static func context(_ key: SealingKeyID, _ tenant: Int64, _ name: String) -> [UInt8] {
    let id = Array(key.description.utf8)
    let number = (0..<8).map { UInt8(truncatingIfNeeded: tenant >> Int64(56 - 8 * $0)) }
    return Array("scrip sealed 1".utf8) + [UInt8(id.count)] + id + number + Array(name.utf8)
  }
}
