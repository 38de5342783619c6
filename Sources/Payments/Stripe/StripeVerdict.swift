import JSON
import Outgoing

/// What an answer of Stripe's means, or that there was none.
enum StripeVerdict {
  /// The document that was asked for.
  case document(JSONNode)
  /// Why there is none.
  case setback(Repetition.Setback)

  /// Judges an answer. <https://docs.stripe.com/error-low-level>
  init(_ answer: HTTPAnswer, to request: StripeRequest) {
    let document = try? JSONDocument(parsing: answer.body)
    if (200..<300).contains(answer.status) {
      if let root = document?.root {
        self = .document(root)
      } else {
        self = .setback(request.unclear("Stripe's answer can't be read.", answer))
      }
      return
    }
    self = .setback(StripeError(document?.root["error"], answer).setback(to: request))
  }

  /// Judges a call that brought no answer.
  init(_ failure: OutgoingFailure, to request: StripeRequest) {
    let reason = "No answer from Stripe: \(failure.reason)"
    let isRetriable = failure.isRetriable
    if failure.mayHaveArrived && !request.isLook {
      // What came back too large or garbled has been done, and the same key brings the same answer.
      self = .setback(.init(failure: PaymentFailure(.unknownOutcome, reason), mayBeRepeated: isRetriable))
    } else {
      let kind: PaymentFailure.Kind = isRetriable ? .retriable(after: nil) : .ours
      self = .setback(.init(failure: PaymentFailure(kind, reason), mayBeRepeated: isRetriable))
    }
  }
}

extension StripeRequest {
  /// A setback of which nobody knows what was done; for what only looks, nothing can have been.
  func unclear(_ reason: String, _ answer: HTTPAnswer) -> Repetition.Setback {
    let asked = answer.retryAfter
    let kind: PaymentFailure.Kind = isLook ? .retriable(after: asked) : .unknownOutcome
    let failure = PaymentFailure(kind, reason, requestID: answer.header("Request-Id"))
    return Repetition.Setback(failure: failure, mayBeRepeated: answer.mayBeRepeated ?? true, asked: asked)
  }
}

extension HTTPAnswer {
  /// How long to wait; only seconds are understood, as nothing else is sent.
  var retryAfter: Duration? {
    guard let seconds = header("Retry-After").flatMap({ Int64($0) }), (0...86_400).contains(seconds) else {
      return nil
    }
    return .seconds(seconds)
  }

  /// What Stripe itself says about another try.
  var mayBeRepeated: Bool? {
    switch header("Stripe-Should-Retry") {
    case "true": true
    case "false": false
    default: nil
    }
  }
}
