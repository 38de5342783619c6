extension HMACSHA256 {
  /// A key under which many texts are authenticated: setting the key up, and hashing it, is paid for once.
  public struct Key: Sendable {
    private let inner: SHA256.Beginning
    private let outer: SHA256.Beginning

    /// How many bytes SHA-256 takes in at once.
    private static let blockSize = 64

    /// A key of any length.
    public init(_ key: [UInt8]) {
      let short = key.count > Key.blockSize ? SHA256.hash(key).bytes : key
      let block = short + [UInt8](repeating: 0, count: Key.blockSize - short.count)
      inner = SHA256.Beginning(block.map { $0 ^ 0x36 })
      outer = SHA256.Beginning(block.map { $0 ^ 0x5C })
    }

    /// The authentication code of a text's UTF-8.
    public func authenticationCode(for text: String) -> Hash256 {
      var hash = SHA256(after: inner)
      hash.update(text)
      let inside = hash.finish()
      var code = SHA256(after: outer)
      code.update(inside)
      return code.finish()
    }
  }
}
