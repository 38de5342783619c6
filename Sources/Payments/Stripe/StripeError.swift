import JSON
import Outgoing

/// The object in which Stripe says why it did not do what was asked. <https://docs.stripe.com/api/errors>
struct StripeError {
  private let answer: HTTPAnswer
  private let type: String
  private let code: String
  private let intent: PaymentIntent?
  private let decline: PaymentDecline?
  private let bankCode: String?

  init(_ node: JSONNode?, _ answer: HTTPAnswer) {
    self.answer = answer
    type = node?["type"]?.string() ?? ""
    code = node?["code"]?.string() ?? ""
    intent = node?["payment_intent"].flatMap(PaymentIntent.init(stripe:))
    decline = node.flatMap(PaymentDecline.init(stripe:))
    bankCode = node?["decline_code"]?.string()
  }

  /// Stripe's own sentence may name the key, so operators get its codes.
  private var reason: String {
    let words = [type, code, bankCode ?? ""].filter { !$0.isEmpty }.joined(separator: ", ")
    return "Stripe answered \(answer.status)" + (words.isEmpty ? "." : ": \(words).")
  }

  func setback(to request: StripeRequest) -> Repetition.Setback {
    let asked = answer.retryAfter
    switch meaning {
    case .unclear: return request.unclear(reason, answer)
    case .verdict(let kind):
      let failure = PaymentFailure(kind, reason, intent: intent, requestID: answer.header("Request-Id"))
      return Repetition.Setback(failure: failure, mayBeRepeated: false)
    case .later:
      let failure = PaymentFailure(.retriable(after: asked), reason, requestID: answer.header("Request-Id"))
      return Repetition.Setback(failure: failure, mayBeRepeated: answer.mayBeRepeated ?? true, asked: asked)
    }
  }

  private enum Meaning {
    case verdict(PaymentFailure.Kind)
    /// Nothing was done, and it may be asked again.
    case later
    /// Nobody knows what was done.
    case unclear
  }

  private var meaning: Meaning {
    switch code {
    case "authentication_required": return .verdict(.needsAction)
    // The first request under this key is still at work.
    case "idempotency_key_in_use": return .unclear
    case "lock_timeout", "rate_limit": return .later
    case "payment_intent_unexpected_state", "charge_already_refunded", "charge_already_captured",
      "charge_expired_for_capture":
      return .verdict(.movedOn)
    // The customer could not prove to be the one whose card it is.
    case "payment_intent_authentication_failure": return .verdict(.declined(refusal))
    default: break
    }
    if bankCode == "authentication_required" { return .verdict(.needsAction) }
    if type == "card_error" { return .verdict(.declined(refusal)) }
    switch answer.status {
    case 409, 429: return .later
    case 424, 500...: return .unclear
    default: return .verdict(.ours)
    }
  }

  private var refusal: PaymentDecline {
    decline ?? PaymentDecline(code: "card_declined", message: "The payment was refused.")
  }
}
