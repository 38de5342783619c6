import Digest
import Testing
import WebhookWork

@Suite struct WebhookSignatureTests {
  private let secret = SecretText("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
  private let body = Array(#"{"test": 2432232314}"#.utf8)

  private func header(_ secrets: SecretText...) -> String? {
    WebhookSignature.header(
      id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: body, secrets: secrets)
  }

  @Test func `a signature is that of the specification's example`() {
    #expect(header(secret) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
  }

  @Test func `two secrets sign, each for itself`() throws {
    let other = WebhookSignature.newSecret()
    let (one, two, both) = (header(secret), header(other), header(other, secret))
    #expect(both == "\(try #require(two)) \(try #require(one))")
  }

  @Test func `what is no secret signs nothing`() {
    #expect(header(SecretText("whsec_no secret")) == nil)
    #expect(header() == nil)
  }

  @Test func `a new secret has 32 bytes that nobody has`() throws {
    let (one, two) = (WebhookSignature.newSecret().revealed, WebhookSignature.newSecret().revealed)
    #expect(one != two && one.hasPrefix("whsec_"))
    #expect(try #require(Base64.decode(String(one.dropFirst(6)))).count == 32)
  }
}
