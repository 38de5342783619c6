import Digest
import OutsideSupport
import Scrip
import Testing

@testable import Payments

@Suite struct StripeSignatureTests {
  private let body = Array(#"{"id": "evt_1", "object": "event"}"#.utf8)
  private let secret = SecretText("whsec_current")
  private let former = SecretText("whsec_former")
  private let signedAt: Int64 = 1_700_000_000

  private func code(_ body: [UInt8], _ secret: SecretText, time: String = "1700000000") -> String {
    HMACSHA256.authenticationCode(for: Array("\(time).".utf8) + body, key: secret.bytes).hex
  }

  private func refusal(
    _ header: String, _ body: [UInt8]? = nil, secrets: [SecretText]? = nil, secondsLater: Int64 = 0
  ) -> StripeSignature.Refusal? {
    do {
      try StripeSignature.verify(
        header, body: body ?? self.body, secrets: secrets ?? [secret],
        now: Instant(microseconds: (signedAt + secondsLater) * 1_000_000 + 999_999))
      return nil
    } catch { return error }
  }

  @Test func `the code is the one that OpenSSL computes`() {
    // printf '1700000000.{"id": "evt_1", "object": "event"}' | openssl dgst -sha256 -hmac whsec_current
    #expect(code(body, secret) == "10d4582eb00cf8a21817b75da992ee6f28f11a8e6504a3f4f72945445bc3947d")
  }

  @Test func `a message is believed if one of its codes was made with one of the secrets`() {
    let good = code(body, secret)
    let other = code(body, SecretText("whsec_other"))
    #expect(refusal("t=1700000000,v1=\(good)") == nil)
    #expect(refusal("t=1700000000,v1=\(other),v1=\(good),v0=abc") == nil)
    #expect(refusal("v1=\(good), t=1700000000") == nil)
    #expect(refusal("t=1700000000,v1=\(code(body, former))", secrets: [secret, former]) == nil)
    #expect(refusal("t=1700000000,v1=\(good.uppercased())") == nil)
  }

  @Test func `no other body, time or secret has the same code`() {
    let good = code(body, secret)
    #expect(refusal("t=1700000000,v1=\(good)", body + [10]) == .unknownSigner)
    #expect(refusal("t=1700000001,v1=\(good)") == .unknownSigner)
    #expect(refusal("t=01700000000,v1=\(good)") == .unknownSigner)
    #expect(refusal("t=1700000000,v1=\(good)", secrets: [former]) == .unknownSigner)
    #expect(refusal("t=1700000000,v1=\(good)", secrets: []) == .unknownSigner)
    for position in 0..<64 {
      var digits = Array(good)
      digits[position] = digits[position] == "0" ? "1" : "0"
      #expect(refusal("t=1700000000,v1=\(String(digits))") == .unknownSigner)
    }
  }

  @Test func `a message is in time for five minutes before and after, and its signer is judged first`() {
    let header = "t=1700000000,v1=\(code(body, secret))"
    let rows: [(Int64, StripeSignature.Refusal?)] = [
      (-301, .outdated), (-300, nil), (0, nil), (300, nil), (301, .outdated), (86_400 * 365, .outdated),
    ]
    for (seconds, expected) in rows {
      #expect(refusal(header, secondsLater: seconds) == expected, "\(seconds)")
    }
    #expect(refusal(header, secrets: [former], secondsLater: 900) == .unknownSigner)
  }

  @Test(
    arguments: [
      "", "t=1700000000", "v1=00", "t=1700000000,v1=", "t=1700000000,v1=00", "t=x,v1=CODE", "t=-1,v1=CODE",
      "t=99999999999999999999,v1=CODE", "t=1700000000;v1=CODE", "t=1700000000,t=1700000000,v1=CODE",
      "t=,v1=CODE",
      "t=1700000000,v0=CODE", "t=1700000000,V1=CODE", "nonsense", "=,=",
    ])
  func `a header that is none of Stripe's is malformed`(header: String) {
    #expect(refusal(header.replacing("CODE", with: code(body, secret))) == .malformed)
  }

  @Test func `a flood of codes is not computed with`() {
    let codes = String(repeating: ",v1=\(code(body, former))", count: 17)
    #expect(refusal("t=1700000000\(codes)") == .malformed)
  }

  @Test(.needsOutside) func `what another program signed is believed, and read as what it is about`() throws {
    let outside = try #require(Outside.servers)
    let lane = "notice\(SecureRandom.integer(below: .max))"
    try outside.tell("/stripe/\(lane)/notice", #"{"secret": "whsec_of_lane"}"#)
    let received = try outside.ask("/stripe/\(lane)/webhook")
    let header = try #require(received["signature"]?.string())
    let body = Array(try #require(received["body"]?.string()).utf8)
    let seconds = try #require(header.split(separator: ",").first.flatMap { Int64($0.dropFirst(2)) })
    let now = Instant(microseconds: seconds * 1_000_000)
    try StripeSignature.verify(header, body: body, secrets: [SecretText("whsec_of_lane")], now: now)
    #expect(throws: StripeSignature.Refusal.unknownSigner) {
      try StripeSignature.verify(header, body: body, secrets: [secret], now: now)
    }
    let notice = try #require(StripeNotice(body: body, label: "scrip_payment"))
    #expect(notice.type == "customer.created")
    #expect(notice.intent == nil)
  }
}
