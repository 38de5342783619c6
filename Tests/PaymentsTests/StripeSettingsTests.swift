import Digest
import Testing

@testable import Payments

@Suite struct StripeSettingsTests {
  @Test(
    arguments: [
      "http://api.stripe.com", "api.stripe.com", "", "ftp://api.stripe.com", "http://127.0.0.1.evil.example",
      "http://localhost@evil.example", "http://localhosts",
    ])
  func `the key is not sent in clear to another computer`(address: String) {
    let failure = #expect(throws: PaymentFailure.self) {
      try StripeSettings(secretKey: SecretText("sk_test_1"), address: address)
    }
    #expect(failure?.kind == .ours)
  }

  @Test(arguments: [
    "https://api.stripe.com", "http://127.0.0.1:1234/stripe/x", "http://localhost", "http://[::1]:80/",
  ])
  func `other addresses are fine`(address: String) throws {
    #expect(try !StripeSettings(secretKey: SecretText("sk_test_1"), address: address).address.hasSuffix("/"))
  }

  @Test(arguments: ["", "sk_test\r\nX-Evil: 1", "sk test", "sk_tést"])
  func `what can be no key is refused`(key: String) {
    #expect(throws: PaymentFailure.self) { try StripeSettings(secretKey: SecretText(key)) }
  }

  @Test func `neither settings nor provider nor request print the key`() throws {
    let settings = try StripeSettings(secretKey: SecretText("sk_live_tell_nobody"))
    var dumped = ""
    dump(StripeProvider(settings), to: &dumped)
    let request = StripeRequest.look("/v1/payment_intents/pi_1").call(settings)
    for text in [
      dumped, "\(settings)", String(reflecting: settings), "\(request)", String(reflecting: request),
    ] {
      #expect(!text.contains("tell_nobody"), "\(text)")
    }
    #expect(request.authorization?.revealed == "Bearer sk_live_tell_nobody")
  }

  @Test func `the longest call is all tries and all pauses`() throws {
    var settings = try StripeSettings(secretKey: SecretText("sk_test_1"))
    settings.retries = RetryPolicy(triesMax: 3, longestPause: .seconds(5), longestAskedPause: .seconds(10))
    settings.outgoing.totalTimeout = .seconds(30)
    #expect(settings.longestCall == .seconds(110))
  }
}

@Suite struct StripeAddressTests {
  @Test(arguments: [
    "https://api.stripe.com", "HTTPS://API.STRIPE.COM/", "http://127.0.0.1:8080/stripe/shop",
    "http://LOCALHOST:1",
    "http://[::1]:65535/", "https://stripe.internal:8443/a/b-c_d.e~f", "https://[2001:db8::1]",
  ])
  func `an address with a host of its own, or of this computer, is taken`(address: String) throws {
    try StripeSettings.check(address: address)
  }

  @Test(arguments: [
    "", "api.stripe.com", "ftp://127.0.0.1", "http://example.com", "http://127.0.0.3:1", "http://0.0.0.0:1",
    "http://localhost:8080@127.0.0.3:1", "http://localhost:x@127.0.0.3:1", "http://localhost@127.0.0.3",
    "https://api stripe.com", "https://127.0.0.1:99999", "https://127.0.0.1:0", "http://localhost:abc",
    "https://?x",
    "https://api.stripe.com ", "https://api.stripe.com\n", "https://@", "https://[", "https://#", "https://",
    "https:///v1", "http://localhost.example.com", "http://localhost#@example.com",
    "https://api.stripe.com?x=1",
    "http://127.0.0.1\\@example.com",
  ])
  func `an address that goes elsewhere in clear, or is none, is refused`(address: String) {
    #expect(throws: PaymentFailure.self) { try StripeSettings.check(address: address) }
  }
}
