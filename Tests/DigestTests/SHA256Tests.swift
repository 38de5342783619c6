import Digest
import Testing

@Suite("SHA-256") struct SHA256Tests {
  /// FIPS 180-4 examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `agrees with the published vectors`(text: String, hex: String) {
    #expect(SHA256.hash(Array(text.utf8)).hex == hex)
  }

  @Test func `agrees with the published vector of a million letters`() {
    let hash = SHA256.hash([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
    #expect(hash.hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func `parts hash like the whole`() {
    let inner = SHA256.hash([1, 2, 3])
    var parts = SHA256()
    parts.update([0xff])
    parts.update("")
    parts.update([])
    parts.update("größe")
    parts.update(inner)
    #expect(parts.finish() == SHA256.hash([0xff] + Array("größe".utf8) + inner.bytes))
  }

  @Test func `a hash that is dropped half way leaves nothing behind`() {
    for _ in 0..<40 {
      var dropped = SHA256()
      dropped.update([1, 2, 3])
    }
    #expect(SHA256.hash([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func `two hashes at a time do not mix`() {
    var first = SHA256()
    var second = SHA256()
    first.update("a")
    second.update("b")
    first.update("a")
    #expect(second.finish() == SHA256.hash(Array("b".utf8)))
    #expect(first.finish() == SHA256.hash(Array("aa".utf8)))
  }

  @Test func `many threads hash at once`() async {
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<100 as Range<UInt8> {
        group.addTask {
          var parts = SHA256()
          for _ in 0..<50 { parts.update([number]) }
          return parts.finish() == SHA256.hash([UInt8](repeating: number, count: 50))
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}

@Suite("A hash") struct Hash256Tests {
  @Test func `is its 32 bytes and its 64 digits`() throws {
    let bytes = Array(0..<32 as Range<UInt8>)
    let hash = try #require(Hash256(bytes: bytes))
    #expect(hash.bytes == bytes)
    #expect("\(hash)" == "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
    #expect(Hash256(hex: hash.hex) == hash)
    #expect(Hash256(hex: hash.hex.uppercased()) == hash)
  }

  @Test func `is nothing shorter, longer or else`() {
    #expect(Hash256(bytes: [UInt8](repeating: 0, count: 31)) == nil)
    #expect(Hash256(bytes: [UInt8](repeating: 0, count: 33)) == nil)
    #expect(Hash256(hex: "") == nil)
    #expect(Hash256(hex: String(repeating: "0", count: 63)) == nil)
    #expect(Hash256(hex: String(repeating: "0", count: 65)) == nil)
    #expect(Hash256(hex: String(repeating: "0", count: 63) + "g") == nil)
    #expect(Hash256(hex: String(repeating: "0", count: 64) + "é") == nil)
  }

  @Test func `equals another only if every byte does, also in constant time`() throws {
    let bytes = [UInt8](repeating: 7, count: 32)
    let hash = try #require(Hash256(bytes: bytes))
    #expect(constantTimeEquals(hash, hash))
    #expect(constantTimeEquals(bytes, bytes))
    for position in 0..<32 {
      var other = bytes
      other[position] ^= 0x80
      let otherHash = try #require(Hash256(bytes: other))
      #expect(hash != otherHash)
      #expect(!constantTimeEquals(hash, otherHash))
      #expect(!constantTimeEquals(bytes, other))
    }
    #expect(!constantTimeEquals(bytes, Array(bytes.dropLast())))
    #expect(!constantTimeEquals([], [0]))
    #expect(constantTimeEquals([], []))
  }
}
