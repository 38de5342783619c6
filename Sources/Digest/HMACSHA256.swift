import CCrypto

/// HMAC with SHA-256 (RFC 2104): proves that a text comes from someone who has the key.
public enum HMACSHA256 {
  /// The authentication code of a text under a key of any length.
  public static func authenticationCode(for text: [UInt8], key: [UInt8]) -> Hash256 {
    authenticationCode(for: text.span, key: key.span)
  }

  /// The authentication code of a text under a key of any length.
  public static func authenticationCode(for text: Span<UInt8>, key: Span<UInt8>) -> Hash256 {
    let context = MACContext()
    context.begin(key: key)
    context.update(text)
    return context.finish()
  }

  /// Whether a code is that of a text under a key, in a time that tells nothing about where they differ.
  public static func isValid(_ code: Hash256, for text: [UInt8], key: [UInt8]) -> Bool {
    constantTimeEquals(code, authenticationCode(for: text, key: key))
  }
}

/// OpenSSL's HMAC, fetched once.
///
/// `@unchecked Sendable`: a fetched algorithm is immutable and shared between threads by OpenSSL's contract.
@safe private final class MACAlgorithm: @unchecked Sendable {
  static let hmac = MACAlgorithm()

  let raw: OpaquePointer

  private init() {
    guard let raw = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else {
      preconditionFailure("libcrypto offers no HMAC.")
    }
    unsafe self.raw = raw
  }
}

/// One authentication code being computed; freeing the context also wipes the key in it.
@safe private struct MACContext: ~Copyable {
  private let raw: OpaquePointer

  init() {
    guard let raw = unsafe EVP_MAC_CTX_new(MACAlgorithm.hmac.raw) else {
      preconditionFailure("No memory is left for an HMAC.")
    }
    unsafe self.raw = raw
  }

  deinit { unsafe EVP_MAC_CTX_free(raw) }

  func begin(key: Span<UInt8>) {
    // Both have to live until the call below: the parameter only points at them.
    let name = Array("digest".utf8CString)
    var digest = Array("SHA256".utf8CString)
    // A null key would mean the key of the last use, so an empty one must still have an address.
    var empty: UInt8 = 0
    let code = unsafe name.withUnsafeBufferPointer { name in
      unsafe digest.withUnsafeMutableBufferPointer { digest in
        var parameters = unsafe [
          OSSL_PARAM_construct_utf8_string(name.baseAddress, digest.baseAddress, 0),
          OSSL_PARAM_construct_end(),
        ]
        return unsafe key.withUnsafeBufferPointer { key in
          unsafe withUnsafePointer(to: &empty) { empty in
            unsafe EVP_MAC_init(raw, key.baseAddress ?? empty, key.count, &parameters)
          }
        }
      }
    }
    precondition(code == 1, "libcrypto could not begin an HMAC.")
  }

  func update(_ bytes: Span<UInt8>) {
    let code = unsafe bytes.withUnsafeBufferPointer { unsafe EVP_MAC_update(raw, $0.baseAddress, $0.count) }
    precondition(code == 1, "libcrypto could not continue an HMAC.")
  }

  func finish() -> Hash256 {
    var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    let code = unsafe withUnsafeMutableBytes(of: &words) { output in
      unsafe EVP_MAC_final(
        raw, output.assumingMemoryBound(to: UInt8.self).baseAddress, nil, output.count)
    }
    precondition(code == 1, "libcrypto could not finish an HMAC.")
    return Hash256(bigEndianWords: words)
  }
}
