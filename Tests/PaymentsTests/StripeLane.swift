import Digest
import JSON
import Outgoing
import OutsideSupport
import Scrip
import Synchronization
import Testing

@testable import Payments

/// A provider of one test's own at the servers of others.
struct StripeLane {
  let outside: Outside
  let name = "lane\(SecureRandom.integer(below: .max))"
  let address: String
  let secretKey = SecretText("sk_test_12345")
  let provider: StripeProvider
  private let euro: Currency

  init() throws {
    outside = try #require(Outside.servers)
    euro = try #require(Currency(code: "EUR"))
    address = "\(outside["control"])/stripe/\(name)"
    provider = try Self.provider(RetryPolicy(firstPause: .milliseconds(5)), .seconds(30), address, secretKey)
  }

  /// One that keeps to another policy, or does not wait as long.
  func provider(_ retries: RetryPolicy, timeout: Duration = .seconds(30)) throws -> StripeProvider {
    try Self.provider(retries, timeout, address, secretKey)
  }

  private static func provider(
    _ retries: RetryPolicy, _ timeout: Duration, _ address: String, _ key: SecretText
  ) throws -> StripeProvider {
    StripeProvider(
      try StripeSettings(
        secretKey: key, address: address, retries: retries, outgoing: OutgoingSettings(totalTimeout: timeout))
    )
  }

  func euros(_ cents: Int64) -> Money { Money(minorUnits: cents, currency: euro) }

  /// A key that no other request has.
  func key() -> IdempotencyKey {
    guard let key = IdempotencyKey("key-\(SecureRandom.integer(below: .max))") else {
      preconditionFailure("The text is visible ASCII.")
    }
    return key
  }

  func intent(_ cents: Int64 = 1250, capture: PaymentCapture = .automatic) throws -> PaymentIntent {
    try provider.create(NewPaymentIntent(amount: euros(cents), capture: capture), key: key())
  }

  func paidIntent(_ cents: Int64 = 1250) throws -> PaymentIntent {
    try provider.confirm(intent(cents).id, with: card("4242424242424242"), key: key())
  }

  /// A payment method with one of the numbers that providers keep for tests.
  func card(_ number: String) throws -> PaymentConfirmation {
    let form = "type=card&card[number]=\(number)&card[exp_month]=12&card[exp_year]=2039&card[cvc]=123"
    let call = HTTPCall(
      .post, address + "/v1/payment_methods", authorization: SecretText("Bearer \(secretKey.revealed)"),
      body: .init(contentType: "application/x-www-form-urlencoded", bytes: Array(form.utf8)),
      isRepeatable: false)
    let document = try JSONDocument(parsing: HTTPCaller().send(call).body)
    return PaymentConfirmation(paymentMethod: try #require(document.root["id"]?.string()))
  }

  /// Lets the next requests of a kind go wrong.
  func fault(_ fault: String, on kind: String, times: Int = 1) throws {
    try outside.tell(
      "/stripe/\(name)/fault", #"{"fault": "\#(fault)", "on": "\#(kind)", "times": \#(times)}"#)
  }

  /// What arrived, in order.
  func seen() throws -> [(path: String, key: String?, body: String, version: String?)] {
    var seen: [(path: String, key: String?, body: String, version: String?)] = []
    try outside.ask("/stripe/\(name)/seen").forEachElement { node in
      seen.append(
        (
          node["path"]?.string() ?? "", node["key"]?.string(), node["body"]?.string() ?? "",
          node["version"]?.string()
        ))
    }
    return seen
  }
}
