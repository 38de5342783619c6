import Digest
import Engine
import Foundation

extension DataFolder {
  /// The path of the key under which e-mail addresses and the like are hashed.
  var identityKeyPath: String { path + "/identity.key" }

  /// The key under which e-mail addresses and the like are hashed: given, or kept in the folder, or made now.
  ///
  /// - Throws: `ToolError` if a key would be made for a database that other nodes have written to: under another key
  ///   the same address is another person, who has used nothing yet.
  func identityKey(given text: String?, for store: any Store) throws(ToolError) -> [UInt8] {
    if let text {
      guard let key = bytes(hexadecimal: text), key.count == 32 else {
        throw .usage("The identity key must be 64 hexadecimal digits.")
      }
      return key
    }
    if let kept = try keptIdentityKey() { return kept }
    if !self.store.isLocal, try !withStore({ () throws(StoreFailure) in try store.tenants() }).isEmpty {
      throw .usage(
        """
        The database is in use already, but there is no identity key at \(identityKeyPath). Every node needs the \
        same one: copy the file from another node or the backup, or give its 64 hexadecimal digits with \
        SCRIP_IDENTITY_KEY (or --identity-key).
        """)
    }
    try create()
    return try makeIdentityKey()
  }

  private func keptIdentityKey() throws(ToolError) -> [UInt8]? {
    guard let kept = FileManager.default.contents(atPath: identityKeyPath) else { return nil }
    guard kept.count == 32 else { throw .failure("\(identityKeyPath) must hold 32 bytes.") }
    return [UInt8](kept)
  }

  /// Exclusive, so that two services that start together end up with one key: the loser reads the winner's.
  private func makeIdentityKey() throws(ToolError) -> [UInt8] {
    let key = SecureRandom.bytes(32)
    if try write(key, to: identityKeyPath) { return key }
    guard let kept = try keptIdentityKey() else { throw .failure("\(identityKeyPath) can't be read.") }
    return kept
  }

  /// Writes a private file that must not be there yet; false if it is.
  private func write(_ bytes: [UInt8], to path: String) throws(ToolError) -> Bool {
    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier)"
    guard
      FileManager.default.createFile(
        atPath: temporary, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
    else { throw .failure("\(temporary) can't be written.") }
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    do {
      try FileManager.default.linkItem(atPath: temporary, toPath: path)
      return true
    } catch {
      if FileManager.default.fileExists(atPath: path) { return false }
      throw .failure("\(path) can't be written: \(reason(of: error))")
    }
  }
}

/// Bytes of hexadecimal digits in pairs; nil for anything else.
func bytes(hexadecimal text: String) -> [UInt8]? {
  let digits = text.map(\.hexDigitValue)
  guard digits.count.isMultiple(of: 2) else { return nil }
  var bytes: [UInt8] = []
  for position in stride(from: 0, to: digits.count, by: 2) {
    guard let high = digits[position], let low = digits[position + 1] else { return nil }
    bytes.append(UInt8(high * 16 + low))
  }
  return bytes
}
