import JSON
import Scrip

extension AccessKey: ObjectForm, JSONWritable {
  /// What people may know of a key: never its hash.
  public static let formName = "Key"

  /// A key that is read has no hash, so that no secret opens it.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ key: AccessKey?) -> AccessKey? {
    let id = walk.required("id", key?.id, .id(AccessKey.ID.self))
    let tenant = walk.required("tenant", key?.tenant, .tenant())
    let role = walk.required("role", key?.role, .role())
    let name = walk.required("name", key?.name, .text())
    let createdAt = walk.required("created_at", key?.createdAt, .instant())
    let revokedAt = walk.optional("revoked_at", key?.revokedAt, .instant())
    guard let id, let tenant, let role, let name, let createdAt, let revokedAt else { return nil }
    return AccessKey(
      id: id, tenant: tenant, role: role, name: name, secretHash: [], createdAt: createdAt,
      revokedAt: revokedAt)
  }
}

/// A key with the hash of its secret, as the event log has it.
public struct StoredKey: ObjectForm {
  /// `StoredKey`
  public static let formName = "StoredKey"

  /// The key.
  public let key: AccessKey

  /// Takes a key with its hash.
  public init(key: AccessKey) { self.key = key }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ stored: StoredKey?) -> StoredKey?
  {
    let key = AccessKey.walk(&walk, stored?.key)
    let hash = walk.required("secret_hash", stored?.key.secretHash, HexadecimalForm())
    guard let key, let hash else { return nil }
    return StoredKey(
      key: AccessKey(
        id: key.id, tenant: key.tenant, role: key.role, name: key.name, secretHash: hash,
        createdAt: key.createdAt, revokedAt: key.revokedAt))
  }
}

/// Bytes as lower-case hexadecimal digits, two for each.
private struct HexadecimalForm: ValueForm {
  func read(_ value: ValueReader) -> [UInt8]? {
    value.parsed(maxLength: Int.max, as: "hexadecimal digits in pairs") { bytes(hexadecimal: $0) }
  }

  func write(_ bytes: [UInt8], to writer: inout JSONWriter) {
    let digits = Array("0123456789abcdef".utf8)
    writer.string(
      String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self))
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "string", "pattern": "^([0-9a-f]{2})*$"] }

  private func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = text.utf8.map { Character(Unicode.Scalar($0)).hexDigitValue }
    guard digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for position in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[position], let low = digits[position + 1] else { return nil }
      bytes.append(UInt8(high * 16 + low))
    }
    return bytes
  }
}
