import CCrypto

/// AES-256-GCM (NIST SP 800-38D) with nonces of 12 bytes and tags of 16.
enum AES256GCM {
  static let keyBytes = 32
  static let nonceBytes = 12
  static let tagBytes = 16

  /// Encrypts a text, and vouches for it and for what goes with it.
  ///
  /// - Parameter nonce: never twice under one key: two texts under one nonce lay both open.
  static func seal(
    _ text: [UInt8], key: [UInt8], nonce: [UInt8], with context: [UInt8]
  ) -> (ciphertext: [UInt8], tag: [UInt8]) {
    let cipher = CipherContext(key: key, nonce: nonce, isSealing: true)
    cipher.authenticate(context)
    let ciphertext = cipher.update(text)
    precondition(cipher.finish(), "libcrypto could not finish an encryption.")
    return (ciphertext, cipher.tag())
  }

  /// Decrypts a text; nil if it, its tag or what goes with it is not what was sealed under this key and nonce.
  static func open(
    _ ciphertext: [UInt8], tag: [UInt8], key: [UInt8], nonce: [UInt8], with context: [UInt8]
  ) -> [UInt8]? {
    let cipher = CipherContext(key: key, nonce: nonce, isSealing: false)
    cipher.authenticate(context)
    let text = cipher.update(ciphertext)
    cipher.expect(tag)
    return cipher.finish() ? text : nil
  }
}

/// OpenSSL's AES-256-GCM, fetched once.
///
/// `@unchecked Sendable`: a fetched algorithm is immutable and shared between threads by OpenSSL's contract.
@safe private final class CipherAlgorithm: @unchecked Sendable {
  static let aes256GCM = CipherAlgorithm()

  let raw: OpaquePointer

  private init() {
    guard let raw = unsafe EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
      preconditionFailure("libcrypto offers no AES-256-GCM.")
    }
    unsafe self.raw = raw
  }
}

/// One text being encrypted or decrypted; freeing the context also wipes the key in it.
@safe private struct CipherContext: ~Copyable {
  private let raw: OpaquePointer

  init(key: [UInt8], nonce: [UInt8], isSealing: Bool) {
    precondition(key.count == AES256GCM.keyBytes, "A key of AES-256 has 32 bytes.")
    precondition(nonce.count == AES256GCM.nonceBytes, "A nonce has 12 bytes.")
    guard let raw = unsafe EVP_CIPHER_CTX_new() else {
      preconditionFailure("No memory is left for a cipher.")
    }
    unsafe self.raw = raw
    let code = unsafe EVP_CipherInit_ex2(
      raw, CipherAlgorithm.aes256GCM.raw, key, nonce, isSealing ? 1 : 0, nil)
    precondition(code == 1, "libcrypto could not begin with a cipher.")
  }

  deinit { unsafe EVP_CIPHER_CTX_free(raw) }

  func authenticate(_ context: [UInt8]) {
    guard !context.isEmpty else { return }
    var count: Int32 = 0
    let code = unsafe EVP_CipherUpdate(raw, nil, &count, context, Int32(context.count))
    precondition(code == 1, "libcrypto could not go on with a cipher.")
  }

  func update(_ bytes: [UInt8]) -> [UInt8] {
    // Without an address for its output OpenSSL would take the bytes for what goes with the text.
    guard !bytes.isEmpty else { return [] }
    precondition(bytes.count <= Int(Int32.max), "A sealed text has less than 2 GiB.")
    return unsafe [UInt8](unsafeUninitializedCapacity: bytes.count) { output, filled in
      var count: Int32 = 0
      let code = unsafe EVP_CipherUpdate(raw, output.baseAddress, &count, bytes, Int32(bytes.count))
      precondition(code == 1 && Int(count) == bytes.count, "libcrypto could not go on with a cipher.")
      filled = bytes.count
    }
  }

  /// Whether all is as it was sealed; for what is being sealed, always.
  func finish() -> Bool {
    var rest: [UInt8] = [0]
    var count: Int32 = 0
    return unsafe EVP_CipherFinal_ex(raw, &rest, &count) == 1
  }

  func tag() -> [UInt8] {
    var tag = [UInt8](repeating: 0, count: AES256GCM.tagBytes)
    let code = unsafe EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_GET_TAG, Int32(tag.count), &tag)
    precondition(code == 1, "libcrypto gives no tag.")
    return tag
  }

  func expect(_ tag: [UInt8]) {
    precondition(tag.count == AES256GCM.tagBytes, "A tag has 16 bytes.")
    var tag = tag
    let code = unsafe EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag)
    precondition(code == 1, "libcrypto takes no tag.")
  }
}
