import CCrypto
import Synchronization

/// SHA-256 (FIPS 180-4), at once or in parts.
///
/// ```swift
/// var hash = SHA256()
/// hash.update(previous.bytes)
/// hash.update(event)
/// let link = hash.finish()
/// ```
public struct SHA256: ~Copyable {
  private let context: DigestContext

  /// The hash of no bytes yet.
  public init() {
    context = DigestContextPool.shared.take()
    context.begin()
  }

  /// The hash of bytes that were hashed before.
  public init(after beginning: Beginning) {
    context = DigestContextPool.shared.take()
    context.begin(after: beginning.context)
  }

  deinit { DigestContextPool.shared.giveBack(context) }

  /// The hash of these bytes.
  public static func hash(_ bytes: [UInt8]) -> Hash256 {
    hash(bytes.span)
  }

  /// The hash of these bytes.
  public static func hash(_ bytes: Span<UInt8>) -> Hash256 {
    let hash = SHA256()
    hash.context.update(bytes)
    return hash.finish()
  }

  /// Appends bytes to what is hashed.
  public mutating func update(_ bytes: [UInt8]) { context.update(bytes.span) }

  /// Appends bytes to what is hashed.
  public mutating func update(_ bytes: Span<UInt8>) { context.update(bytes) }

  /// Appends the UTF-8 of a text to what is hashed.
  public mutating func update(_ text: String) { context.update(text.utf8.span) }

  /// Appends the bytes of a hash to what is hashed.
  public mutating func update(_ hash: Hash256) { context.update(hash) }

  /// The hash of everything appended.
  public consuming func finish() -> Hash256 { context.finish() }
}

extension SHA256 {
  /// Bytes with which many texts begin, hashed once.
  public struct Beginning: Sendable {
    fileprivate let context: DigestContext

    /// Hashes these bytes.
    public init(_ bytes: [UInt8]) {
      context = DigestContext()
      context.begin()
      context.update(bytes.span)
    }
  }
}

/// OpenSSL's SHA-256, fetched once because a fetch costs more than hashing a request.
///
/// `@unchecked Sendable`: a fetched algorithm is immutable and shared between threads by OpenSSL's contract.
@safe private final class DigestAlgorithm: @unchecked Sendable {
  static let sha256 = DigestAlgorithm()

  let raw: OpaquePointer

  private init() {
    guard let raw = unsafe EVP_MD_fetch(nil, "SHA256", nil) else {
      preconditionFailure("libcrypto offers no SHA-256.")
    }
    unsafe self.raw = raw
  }
}

/// One hash being computed: the class owns the context, which is reused because making one costs an allocation.
///
/// `@unchecked Sendable`: the pool hands it to one owner at a time; one that holds a beginning is only copied from.
@safe private final class DigestContext: @unchecked Sendable {
  private let raw: OpaquePointer

  init() {
    guard let raw = unsafe EVP_MD_CTX_new() else { preconditionFailure("No memory is left for a hash.") }
    unsafe self.raw = raw
  }

  deinit { unsafe EVP_MD_CTX_free(raw) }

  func begin() {
    let code = unsafe EVP_DigestInit_ex2(raw, DigestAlgorithm.sha256.raw, nil)
    precondition(code == 1, "libcrypto could not begin a SHA-256.")
  }

  func begin(after other: DigestContext) {
    let code = unsafe EVP_MD_CTX_copy_ex(raw, other.raw)
    precondition(code == 1, "libcrypto could not go on with a SHA-256.")
  }

  func update(_ hash: Hash256) {
    let code = unsafe withUnsafeBytes(of: hash.bigEndianWords) {
      unsafe EVP_DigestUpdate(raw, $0.baseAddress, $0.count)
    }
    precondition(code == 1, "libcrypto could not continue a SHA-256.")
  }

  func update(_ bytes: Span<UInt8>) {
    let code = unsafe bytes.withUnsafeBytes { unsafe EVP_DigestUpdate(raw, $0.baseAddress, $0.count) }
    precondition(code == 1, "libcrypto could not continue a SHA-256.")
  }

  func finish() -> Hash256 {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let code = unsafe withUnsafeMutableBytes(of: &words) { output in
      unsafe EVP_DigestFinal_ex(raw, output.assumingMemoryBound(to: UInt8.self).baseAddress, nil)
    }
    precondition(code == 1, "libcrypto could not finish a SHA-256.")
    return Hash256(bigEndianWords: words)
  }
}

/// Contexts that wait for their next hash.
private final class DigestContextPool: Sendable {
  static let shared = DigestContextPool()
  static let contextsMax = 16

  private let waiting = Mutex<[DigestContext]>([])

  func take() -> DigestContext { waiting.withLock { $0.popLast() } ?? DigestContext() }

  func giveBack(_ context: DigestContext) {
    waiting.withLock { if $0.count < Self.contextsMax { $0.append(context) } }
  }
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
