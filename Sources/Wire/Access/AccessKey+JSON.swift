import JSON
import Scrip

extension AccessKey: JSONWritable {
  /// What people may know of a key: never its hash.
  public func write(to writer: inout JSONWriter) { writer.object { writePublicMembers(to: &$0) } }

  func writePublicMembers(to writer: inout JSONWriter) {
    writer.member("id", id)
    writer.member("tenant", tenant.description)
    writer.member("role", role)
    writer.member("name", name)
    writer.member("created_at", createdAt)
    writer.member("revoked_at", revokedAt)
  }

  /// The form of the event log.
  func writeStored(to writer: inout JSONWriter) {
    writer.object { writer in
      writePublicMembers(to: &writer)
      writer.member("secret_hash", hexadecimal(secretHash))
    }
  }

  init?(stored value: ValueReader) {
    let key = value.object { (object: inout ObjectReader) -> AccessKey? in
      let id = object.required("id") { $0.identifier() as AccessKey.ID? }
      let tenant = object.required("tenant") { value in
        value.parsed(maxLength: TextLimit.short, as: "a tenant") { Tenant.ID($0) }
      }
      let role = object.required("role") { $0.enumeration(AccessKey.Role.self) }
      let name = object.required("name") { $0.string(maxLength: Int.max) }
      let createdAt = object.required("created_at") { $0.instant() }
      let revokedAt = object.member("revoked_at") { $0.instant() }
      let hash = object.required("secret_hash") { value in
        value.parsed(maxLength: Int.max, as: "hexadecimal digits in pairs") { bytes(hexadecimal: $0) }
      }
      guard let id, let tenant, let role, let name, let createdAt, let revokedAt, let hash else { return nil }
      return AccessKey(
        id: id, tenant: tenant, role: role, name: name, secretHash: hash, createdAt: createdAt,
        revokedAt: revokedAt)
    }
    guard let key else { return nil }
    self = key
  }
}

/// Lower-case hexadecimal digits, two for each byte.
private func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}

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
