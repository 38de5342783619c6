import Digest
import Testing

@Suite("HMAC-SHA-256") struct HMACSHA256Tests {
  struct Vector: Sendable {
    let key: [UInt8]
    let text: [UInt8]
    let code: String
  }

  /// RFC 4231, test cases 1 to 4, 6 and 7; case 5 truncates, which is not offered.
  @Test(arguments: [
    Vector(
      key: .init(repeating: 0x0b, count: 20), text: Array("Hi There".utf8),
      code: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    Vector(
      key: Array("Jefe".utf8), text: Array("what do ya want for nothing?".utf8),
      code: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    Vector(
      key: .init(repeating: 0xaa, count: 20), text: .init(repeating: 0xdd, count: 50),
      code: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    Vector(
      key: Array(1...25), text: .init(repeating: 0xcd, count: 50),
      code: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    Vector(
      key: .init(repeating: 0xaa, count: 131),
      text: Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
      code: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    Vector(
      key: .init(repeating: 0xaa, count: 131),
      text: Array(
        ("This is a test using a larger than block-size key and a larger than block-size data. "
          + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
      code: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
    Vector(key: [], text: [], code: "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"),
  ])
  func `agrees with the published vectors`(vector: Vector) {
    #expect(HMACSHA256.authenticationCode(for: vector.text, key: vector.key).hex == vector.code)
  }

  @Test func `a key that is used again gives the same codes, whatever its length and the text's`() {
    for length in 0...130 {
      let bytes = (0..<length).map { UInt8($0) }
      let key = HMACSHA256.Key(bytes)
      for text in ["", "\(length)", String(repeating: "\u{E9}", count: length)] {
        #expect(
          key.authenticationCode(for: text)
            == HMACSHA256.authenticationCode(for: Array(text.utf8), key: bytes))
      }
    }
  }

  @Test func `accepts only the code of this text under this key`() {
    let code = HMACSHA256.authenticationCode(for: [1, 2], key: [3])
    #expect(HMACSHA256.isValid(code, for: [1, 2], key: [3]))
    #expect(!HMACSHA256.isValid(code, for: [1, 3], key: [3]))
    #expect(!HMACSHA256.isValid(code, for: [1, 2], key: [4]))
    #expect(!HMACSHA256.isValid(code, for: [1, 2], key: []))
  }
}
