import CCrypto

/// SHA-256 (FIPS 180-4), at once or in parts.
///
/// ```swift
/// var hash = SHA256()
/// hash.update(previous.bytes)
/// hash.update(event)
/// let link = hash.finish()
/// ```
public struct SHA256: ~Copyable {
  private var context: SHA256_CTX

  /// The hash of no bytes yet.
  public init() { context = begin() }

  /// The hash of bytes that were hashed before.
  public init(after beginning: Beginning) { context = beginning.context }

  /// The hash of these bytes.
  public static func hash(_ bytes: [UInt8]) -> Hash256 {
    hash(bytes.span)
  }

  /// The hash of these bytes.
  public static func hash(_ bytes: Span<UInt8>) -> Hash256 {
    var hash = SHA256()
    hash.update(bytes)
    return hash.finish()
  }

  /// Appends bytes to what is hashed.
  public mutating func update(_ bytes: [UInt8]) { update(bytes.span) }

  /// Appends bytes to what is hashed.
  public mutating func update(_ bytes: Span<UInt8>) { append(bytes, to: &context) }

  /// Appends the UTF-8 of a text to what is hashed.
  public mutating func update(_ text: String) { update(text.utf8.span) }

  /// Appends the bytes of a hash to what is hashed.
  public mutating func update(_ hash: Hash256) {
    let code = unsafe withUnsafeBytes(of: hash.bigEndianWords) {
      unsafe SHA256_Update(&context, $0.baseAddress, $0.count)
    }
    precondition(code == 1, "libcrypto could not continue a SHA-256.")
  }

  /// The hash of everything appended.
  public consuming func finish() -> Hash256 {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let code = unsafe withUnsafeMutableBytes(of: &words) { output in
      unsafe SHA256_Final(output.assumingMemoryBound(to: UInt8.self).baseAddress, &context)
    }
    precondition(code == 1, "libcrypto could not finish a SHA-256.")
    return Hash256(bigEndianWords: words)
  }
}

extension SHA256 {
  /// Bytes with which many texts begin, hashed once.
  public struct Beginning: Sendable {
    fileprivate var context: SHA256_CTX

    /// Hashes these bytes.
    public init(_ bytes: [UInt8]) {
      context = begin()
      append(bytes.span, to: &context)
    }
  }
}

/// A hash of nothing, in OpenSSL's plain form: its contexts behind handles cost half of what hashing a short text does.
private func begin() -> SHA256_CTX {
  var context = SHA256_CTX()
  let code = unsafe SHA256_Init(&context)
  precondition(code == 1, "libcrypto could not begin a SHA-256.")
  return context
}

private func append(_ bytes: Span<UInt8>, to context: inout SHA256_CTX) {
  let code = unsafe bytes.withUnsafeBytes { unsafe SHA256_Update(&context, $0.baseAddress, $0.count) }
  precondition(code == 1, "libcrypto could not continue a SHA-256.")
}

extension Hash256 {
  /// The hash that libcrypto wrote byte by byte into four words.
  init(bigEndianWords words: (UInt64, UInt64, UInt64, UInt64)) {
    self.init(
      words: (
        UInt64(bigEndian: words.0), UInt64(bigEndian: words.1), UInt64(bigEndian: words.2),
        UInt64(bigEndian: words.3)
      ))
  }
}
