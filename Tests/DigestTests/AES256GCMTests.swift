import Testing

@testable import Digest

@Suite("AES-256-GCM") struct AES256GCMTests {
  struct Vector: Sendable {
    var key: String
    var nonce: String
    var text = ""
    var context = ""
    var ciphertext = ""
    var tag: String
  }

  private static func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }

  private static let key = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"
  private static let text = """
    d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657\
    ba637b391aafd255
    """
  private static let ciphertext = """
    522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0a\
    bcc9f662898015ad
    """

  /// The specification of GCM that was submitted to NIST, test cases 13 to 16.
  static let vectors: [Vector] = [
    Vector(
      key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12),
      tag: "530f8afbc74536b9a963b4f1c4cb738b"),
    Vector(
      key: String(repeating: "00", count: 32), nonce: String(repeating: "00", count: 12),
      text: String(repeating: "00", count: 16), ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
      tag: "d0d1c8a799996bf0265b98b5d48ab919"),
    Vector(
      key: key, nonce: "cafebabefacedbaddecaf888", text: text, ciphertext: ciphertext,
      tag: "b094dac5d93471bdec1a502270e3cc6c"),
    Vector(
      key: key, nonce: "cafebabefacedbaddecaf888", text: String(text.prefix(120)),
      context: "feedfacedeadbeeffeedfacedeadbeefabaddad2", ciphertext: String(ciphertext.prefix(120)),
      tag: "76fc6ece0f4e1768cddf8853bb2d551b"),
  ]

  @Test(arguments: vectors)
  func `agrees with the published vectors`(vector: Vector) {
    let (key, nonce) = (Self.bytes(vector.key), Self.bytes(vector.nonce))
    let (text, context) = (Self.bytes(vector.text), Self.bytes(vector.context))
    let sealed = AES256GCM.seal(text, key: key, nonce: nonce, with: context)
    #expect(sealed.ciphertext == Self.bytes(vector.ciphertext))
    #expect(sealed.tag == Self.bytes(vector.tag))
    #expect(AES256GCM.open(sealed.ciphertext, tag: sealed.tag, key: key, nonce: nonce, with: context) == text)
  }

  @Test func `nothing that was changed opens`() throws {
    let vector = try #require(Self.vectors.last)
    let good = [vector.ciphertext, vector.tag, vector.key, vector.nonce, vector.context].map(Self.bytes)
    func open(_ parts: [[UInt8]]) -> [UInt8]? {
      AES256GCM.open(parts[0], tag: parts[1], key: parts[2], nonce: parts[3], with: parts[4])
    }
    #expect(open(good) == Self.bytes(vector.text))
    for part in good.indices {
      for place in good[part].indices {
        var parts = good
        parts[part][place] ^= 1
        #expect(open(parts) == nil, "part \(part), byte \(place)")
      }
    }
    for part in [0, 4] {
      var (shorter, longer) = (good, good)
      shorter[part].removeLast()
      longer[part].append(0)
      #expect(open(shorter) == nil && open(longer) == nil)
    }
  }
}
