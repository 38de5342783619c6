import Digest
import Outgoing

/// One request to Stripe: what is asked, and whether it changes anything.
struct StripeRequest: Sendable {
  /// Behind the address, such as `/v1/payment_intents`.
  var path: String
  /// What a request that changes something says; nil for one that only looks.
  var form: StripeForm?
  /// Under which name it has one effect.
  var key: IdempotencyKey?

  static func look(_ path: String) -> StripeRequest { StripeRequest(path: path) }

  static func change(_ path: String, _ form: StripeForm, _ key: IdempotencyKey) -> StripeRequest {
    StripeRequest(path: path, form: form, key: key)
  }

  /// Whether it only looks.
  var isLook: Bool { form == nil }

  func call(_ settings: StripeSettings) -> HTTPCall {
    var headers = [(name: "Stripe-Version", value: StripeSettings.version)]
    if let key { headers.append(("Idempotency-Key", key.description)) }
    // Repeatable, since the key makes one of two.
    return HTTPCall(
      isLook ? .get : .post, settings.address + path, headers: headers,
      authorization: SecretText("Bearer \(settings.secretKey.revealed)"),
      body: form.map {
        HTTPCall.Body(contentType: "application/x-www-form-urlencoded", bytes: Array($0.encoded.utf8))
      },
      isRepeatable: true)
  }
}
