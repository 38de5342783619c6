import Digest
import Ledger
import Scrip
import Synchronization

/// The secret of a key: shown once, never stored. `scrip_admin_` and 32 random characters (160 bits).
public struct AccessSecret: Sendable {
  /// The text that a caller sends.
  public let text: String

  /// A fresh secret for a role.
  public init(role: AccessKey.Role) {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    let random = SecureRandom.bytes(32).map { alphabet[Int($0 & 31)] }
    text = "scrip_\(role.rawValue)_\(String(decoding: random, as: UTF8.self))"
  }

  /// A secret that somebody chose; nil if it is shorter than 24 characters, where guessing would begin to pay.
  public init?(chosen text: String) {
    guard (24...200).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      return nil
    }
    self.text = text
  }

  /// What is stored in its place. The secret has enough entropy that a plain hash can't be reversed.
  public var hash: Hash256 { SHA256.hash(Array(text.utf8)) }
}

extension IdentifierSource {
  /// Identifiers from the operating system's random numbers, drawn in blocks: a single draw costs as much as a block.
  public static let random: IdentifierSource = {
    let source = SharedRandom()
    return IdentifierSource { source.next() }
  }()
}

private final class SharedRandom: Sendable {
  private let generator = Mutex(SecureRandom())

  func next() -> UInt128 {
    generator.withLock { generator in UInt128(generator.next()) << 64 | UInt128(generator.next()) }
  }
}
