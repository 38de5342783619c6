import CCrypto

/// Whether two secrets are equal, in a time that depends on their length alone, which is no secret.
public func constantTimeEquals(_ left: [UInt8], _ right: [UInt8]) -> Bool {
  guard left.count == right.count else { return false }
  return unsafe left.withUnsafeBytes { left in
    unsafe right.withUnsafeBytes { right in
      unsafe left.count == 0 || CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
    }
  }
}

/// Whether two hashes are equal, in a time that tells nothing about where they differ.
public func constantTimeEquals(_ left: Hash256, _ right: Hash256) -> Bool {
  constantTimeEquals(left.bytes, right.bytes)
}
