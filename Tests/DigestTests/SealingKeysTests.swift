import Testing

@testable import Digest

@Suite struct SealingKeysTests {
  private static let new = String(repeating: "0a", count: 32)
  private static let old = String(repeating: "b1", count: 32)
  private let secret = SecretText("sk_live_tell_nobody ü")

  private func keys(_ lines: String...) throws -> SealingKeys {
    try SealingKeys(parsing: lines.joined(separator: "\n"))
  }

  @Test func `what is sealed for a tenant and a name opens for these alone`() throws {
    let keys = try keys("new \(Self.new)")
    let box = keys.seal(secret, tenant: 7, name: "stripe.secret_key")
    #expect(try keys.open(box, tenant: 7, name: "stripe.secret_key") == secret)
    for (tenant, name) in [
      (8, "stripe.secret_key"), (7, "stripe.secret_kez"), (7, ""), (7 << 32, "stripe.secret_key"),
    ] {
      #expect(throws: SealedBoxRefusal.forged) { try keys.open(box, tenant: Int64(tenant), name: name) }
    }
  }

  @Test func `a box is stored and read back, and any byte that was changed is noticed`() throws {
    let keys = try keys("new \(Self.new)")
    for secret in [secret, SecretText(""), SecretText(String(repeating: "x", count: 5000))] {
      let box = keys.seal(secret, tenant: 1, name: "smtp.password")
      #expect(SealedBox(stored: box.stored) == box)
      #expect(try keys.open(box, tenant: 1, name: "smtp.password") == secret)
    }
    let stored = keys.seal(secret, tenant: 1, name: "smtp.password").stored
    for place in stored.indices {
      var bytes = stored
      bytes[place] ^= 1
      let opened = SealedBox(stored: bytes).flatMap { try? keys.open($0, tenant: 1, name: "smtp.password") }
      #expect(opened == nil, "byte \(place)")
    }
    for count in 0..<stored.count {
      let opened = SealedBox(stored: Array(stored.prefix(count))).flatMap {
        try? keys.open($0, tenant: 1, name: "smtp.password")
      }
      #expect(opened == nil, "\(count) bytes")
    }
  }

  @Test func `the same secret is sealed differently each time, and does not show`() throws {
    let keys = try keys("new \(Self.new)")
    let boxes = (0..<100).map { _ in keys.seal(secret, tenant: 1, name: "a") }
    #expect(Set(boxes.map(\.nonce)).count == 100)
    #expect(Set(boxes.map(\.ciphertext)).count == 100)
    #expect(!String(decoding: boxes[0].stored, as: UTF8.self).contains("tell_nobody"))
  }

  @Test func `a key is exchanged while the old one still opens`() throws {
    let before = try keys("old \(Self.old)")
    let box = before.seal(secret, tenant: 1, name: "a")
    let during = try keys("# since November", "new \(Self.new)", "", "old \(Self.old.uppercased())")
    #expect(during.isOutdated(box))
    let resealed = during.seal(try during.open(box, tenant: 1, name: "a"), tenant: 1, name: "a")
    #expect(!during.isOutdated(resealed))
    #expect(resealed.keyID.description == "new")
    let after = try keys("new \(Self.new)")
    #expect(try after.open(resealed, tenant: 1, name: "a") == secret)
    #expect(throws: SealedBoxRefusal.unknownKey) { try after.open(box, tenant: 1, name: "a") }
  }

  @Test func `a key under another's name opens nothing`() throws {
    let box = try keys("old \(Self.old)").seal(secret, tenant: 1, name: "a")
    let wrong = try keys("old \(Self.new)")
    #expect(throws: SealedBoxRefusal.forged) { try wrong.open(box, tenant: 1, name: "a") }
    let renamed = SealedBox(
      keyID: try #require(SealingKeyID("other")), nonce: box.nonce, tag: box.tag, ciphertext: box.ciphertext)
    let both = try keys("old \(Self.old)", "other \(Self.new)")
    #expect(throws: SealedBoxRefusal.forged) { try both.open(renamed, tenant: 1, name: "a") }
  }

  @Test(
    arguments: [
      ("", .empty), ("\n# nothing\n\n", .empty), ("new", .malformed(line: 1)),
      ("new 00", .malformed(line: 1)),
      ("\nnew \(String(repeating: "zz", count: 32))", .malformed(line: 2)),
      ("New \(new)", .malformed(line: 1)),
      ("new \(new) x", .malformed(line: 1)), ("\(new)", .malformed(line: 1)),
      ("a \(new)\nb \(new)", .repeated(line: 2)),
      ("a \(new)\r\na \(old)", .repeated(line: 2)), ("a \(new)\nb \(new.uppercased())", .repeated(line: 2)),
    ] as [(String, SealingKeys.Mistake)])
  func `a file that holds anything else than keys is refused with its line`(
    file: String, mistake: SealingKeys.Mistake
  ) {
    #expect(throws: mistake) { try SealingKeys(parsing: file) }
  }

  @Test func `keys are not printed, and a new one is of use`() throws {
    let keys = try keys("new \(Self.new)")
    var dumped = ""
    dump(keys, to: &dumped)
    for text in [dumped, "\(keys)", String(reflecting: keys)] { #expect(!text.contains(Self.new), "\(text)") }
    let id = try #require(SealingKeyID("2026-11"))
    let lines = (0..<2).map { _ in SealingKeys.newLine(named: id).revealed }
    #expect(lines[0] != lines[1])
    #expect(try SealingKeys(parsing: lines[0]).current == id)
  }
}
