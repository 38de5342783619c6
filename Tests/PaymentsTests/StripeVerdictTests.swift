import Outgoing
import Scrip
import Testing

@testable import Payments

/// How Stripe's errors are kept apart: the shapes that its documentation shows.
@Suite struct StripeVerdictTests {
  private let key = IdempotencyKey("key")
  private let once = RetryPolicy(triesMax: 1)

  private func failure(_ reply: StripeDouble.Reply) throws -> PaymentFailure {
    let intent = try #require(PaymentIntentID("pi_1"))
    let key = try #require(key)
    return try #require(throws: PaymentFailure.self) {
      try StripeDouble([reply]).provider(once).confirm(intent, with: PaymentConfirmation(), key: key)
    }
  }

  private func failureOfLook(_ reply: StripeDouble.Reply) throws -> PaymentFailure {
    let intent = try #require(PaymentIntentID("pi_1"))
    return try #require(throws: PaymentFailure.self) {
      try StripeDouble([reply]).provider(once).fetch(intent)
    }
  }

  @Test
  func `each error of Stripe's has one meaning for what changes something, and one for what only looks`()
    throws
  {
    let asked: [(name: String, value: String)] = [("Retry-After", "3")]
    let declined = PaymentFailure.Kind.declined(
      PaymentDecline(
        code: "card_declined", bankCode: "insufficient_funds", message: "A sentence of Stripe's."))
    let rows: [(reply: StripeDouble.Reply, change: PaymentFailure.Kind, look: PaymentFailure.Kind)] = [
      (
        .error(402, type: "card_error", code: "card_declined", decline: "insufficient_funds"), declined,
        declined
      ),
      (.error(402, type: "card_error", code: "authentication_required"), .needsAction, .needsAction),
      (
        .error(402, type: "card_error", code: "card_declined", decline: "authentication_required"),
        .needsAction,
        .needsAction
      ),
      (
        .error(400, type: "invalid_request_error", code: "payment_intent_unexpected_state"), .movedOn,
        .movedOn
      ),
      (.error(400, type: "invalid_request_error", code: "charge_already_refunded"), .movedOn, .movedOn),
      (.error(400, type: "invalid_request_error", code: "amount_too_small"), .ours, .ours),
      (.error(400, type: "idempotency_error"), .ours, .ours),
      (.error(401, type: "invalid_request_error"), .ours, .ours),
      (.error(403), .ours, .ours),
      (.error(404, type: "invalid_request_error", code: "resource_missing"), .ours, .ours),
      (.answer(302), .ours, .ours),
      (.error(409, type: "invalid_request_error"), .retriable(after: nil), .retriable(after: nil)),
      (
        .error(409, type: "idempotency_error", code: "idempotency_key_in_use"), .unknownOutcome,
        .retriable(after: nil)
      ),
      (
        .error(429, code: "rate_limit", asked), .retriable(after: .seconds(3)), .retriable(after: .seconds(3))
      ),
      (.error(429, code: "lock_timeout"), .retriable(after: nil), .retriable(after: nil)),
      (.error(424, type: "api_error"), .unknownOutcome, .retriable(after: nil)),
      (.error(500, type: "api_error"), .unknownOutcome, .retriable(after: nil)),
      (.answer(502, "<html>"), .unknownOutcome, .retriable(after: nil)),
      (.answer(200, "{"), .unknownOutcome, .retriable(after: nil)),
      (.answer(200, #"{"object": "payment_intent"}"#), .unknownOutcome, .ours),
    ]
    for row in rows {
      #expect(try failure(row.reply).kind == row.change, "\(row.reply)")
      #expect(try failureOfLook(row.reply).kind == row.look, "\(row.reply)")
    }
  }

  @Test func `a call without an answer is unknown exactly if it may have arrived and changes something`()
    throws
  {
    let rows: [(failure: OutgoingFailure, change: PaymentFailure.Kind, look: PaymentFailure.Kind)] = [
      (
        OutgoingFailure(.unreachable, mayHaveArrived: false, reason: ""), .retriable(after: nil),
        .retriable(after: nil)
      ),
      (
        OutgoingFailure(.timedOut, mayHaveArrived: false, reason: ""), .retriable(after: nil),
        .retriable(after: nil)
      ),
      (OutgoingFailure(.timedOut, mayHaveArrived: true, reason: ""), .unknownOutcome, .retriable(after: nil)),
      (OutgoingFailure(.cut, mayHaveArrived: true, reason: ""), .unknownOutcome, .retriable(after: nil)),
      (OutgoingFailure(.tooLarge, mayHaveArrived: true, reason: ""), .unknownOutcome, .ours),
      (OutgoingFailure(.refusedTLS, mayHaveArrived: false, reason: ""), .ours, .ours),
      (OutgoingFailure(.invalid, mayHaveArrived: false, reason: ""), .ours, .ours),
    ]
    for row in rows {
      #expect(try failure(.failure(row.failure)).kind == row.change, "\(row.failure)")
      #expect(try failureOfLook(.failure(row.failure)).kind == row.look, "\(row.failure)")
    }
  }

  @Test func `what Stripe says of another try is obeyed`() throws {
    let intent = try #require(PaymentIntentID("pi_1"))
    for (status, word, calls) in [
      (500, "false", 1), (500, "true", 3), (409, "false", 1), (400, "true", 1), (503, "", 3),
    ] {
      let stripe = StripeDouble([.error(status, word.isEmpty ? [] : [("Stripe-Should-Retry", word)])])
      #expect(throws: PaymentFailure.self) { try stripe.provider().fetch(intent) }
      #expect(stripe.calls.count == calls, "\(status) \(word)")
    }
  }

  @Test func `Stripe's own words, which may name the key, are not repeated`() throws {
    let failure = try failure(.error(401, type: "invalid_request_error"))
    #expect(failure.reason == "Stripe answered 401: invalid_request_error.")
    #expect(!"\(failure)".contains("A sentence"))
  }
}
