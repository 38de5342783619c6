import Digest
import Scrip
import Testing

@testable import Payments

/// Documents in the shapes that Stripe sends, members that we don't know included.
@Suite struct StripeRecordedTests {
  private func intent(
    status: String = "requires_payment_method", currency: String = "usd", amount: String = "1099",
    more: String = #""last_payment_error": null"#
  ) -> String {
    """
    {"id": "pi_3MtwBwLkdIwHu7ix28a3tqPa", "object": "payment_intent", "amount": \(amount), "amount_capturable": 0,
     "amount_details": {"tip": {}}, "amount_received": 0, "application": null, "automatic_payment_methods": {"enabled": true},
     "canceled_at": null, "capture_method": "automatic", "client_secret": "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH",
     "confirmation_method": "automatic", "created": 1680800504, "currency": "\(currency)", "customer": null,
     "latest_charge": null, "livemode": false, "metadata": {"order": "order_1", "try": "2"}, "next_action": null,
     "payment_method_types": ["card", "link"], "status": "\(status)", \(more)}
    """
  }

  private func fetch(_ document: String) throws -> PaymentIntent {
    let id = try #require(PaymentIntentID("pi_3MtwBwLkdIwHu7ix28a3tqPa"))
    return try StripeDouble([.answer(200, document)]).provider(RetryPolicy(triesMax: 1)).fetch(id)
  }

  @Test func `an intent is read with amounts in our units, labels in order and its secret sheltered`() throws
  {
    let usd = try #require(Currency(code: "USD"))
    let intent = try fetch(intent())
    #expect(
      intent
        == PaymentIntent(
          id: try #require(PaymentIntentID("pi_3MtwBwLkdIwHu7ix28a3tqPa")), status: .needsPaymentMethod,
          amount: Money(minorUnits: 1099, currency: usd), amountReceived: Money(minorUnits: 0, currency: usd),
          clientSecret: SecretText("pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH"),
          labels: [PaymentLabel("order", "order_1"), PaymentLabel("try", "2")]))
    #expect(!"\(intent)".contains("YrKJUKribcBjcG8HVhfZluoGH"))
  }

  @Test func `every state of an intent is known, and an unknown one is not guessed`() throws {
    for status in PaymentIntent.Status.allCases {
      #expect(try fetch(intent(status: status.rawValue)).status == status)
    }
    #expect(throws: PaymentFailure.self) { try fetch(intent(status: "partially_funded")) }
  }

  @Test(
    arguments: [
      ("zzz", "1099"), ("isk", "1050"), ("usd", "10.99"), ("usd", "-1"), ("usd", "null"),
    ])
  func `an amount that can't be read makes the whole unreadable`(currency: String, amount: String) {
    #expect(throws: PaymentFailure.self) { try fetch(intent(currency: currency, amount: amount)) }
  }

  @Test func `amounts of currencies that Stripe counts its own way come back in ours`() throws {
    #expect(try fetch(intent(currency: "isk", amount: "500")).amount.minorUnits == 5)
    #expect(try fetch(intent(currency: "mga", amount: "3")).amount.minorUnits == 300)
  }

  @Test func `why the last try was refused is told`() throws {
    let error = #"""
      "last_payment_error": {"charge": "ch_1", "code": "card_declined", "decline_code": "stolen_card",
       "doc_url": "https://stripe.com/docs/error-codes/card-declined", "message": "Your card was declined.",
       "payment_method": {"id": "pm_1", "object": "payment_method"}, "type": "card_error"}
      """#
    let decline = try fetch(intent(more: error)).lastDecline
    #expect(
      decline
        == PaymentDecline(code: "card_declined", bankCode: "stolen_card", message: "Your card was declined."))
  }

  @Test func `an error brings along how the intent stands`() throws {
    let document = #"""
      {"error": {"code": "payment_intent_unexpected_state", "doc_url": "https://stripe.com/docs/error-codes",
       "message": "You cannot cancel this PaymentIntent because it has a status of succeeded.",
       "payment_intent": \#(intent(status: "succeeded")), "type": "invalid_request_error"}}
      """#
    let id = try #require(PaymentIntentID("pi_3MtwBwLkdIwHu7ix28a3tqPa"))
    let key = try #require(IdempotencyKey("cancel"))
    let failure = try #require(throws: PaymentFailure.self) {
      try StripeDouble([.answer(400, document, [("Request-Id", "req_1")])]).provider().cancel(id, key: key)
    }
    #expect(failure.kind == .movedOn)
    #expect(failure.intent?.status == .succeeded)
    #expect(failure.requestID == "req_1")
  }

  @Test func `every state of a refund is known, and one that can't be read is not passed over`() throws {
    let id = try #require(PaymentIntentID("pi_1"))
    func refund(_ status: String, _ name: String) -> String {
      #"""
      {"id": "\#(name)", "object": "refund", "amount": 1000, "balance_transaction": "txn_1", "charge": "ch_1",
       "created": 1692942318, "currency": "usd", "metadata": {}, "payment_intent": "pi_1", "reason": null,
       "receipt_number": null, "source_transfer_reversal": null, "status": "\#(status)", "transfer_reversal": null}
      """#
    }
    func page(_ refunds: [String], more: Bool = false) -> StripeDouble.Reply {
      .answer(
        200,
        #"{"object": "list", "url": "/v1/refunds", "has_more": \#(more), "data": [\#(refunds.joined(separator: ","))]}"#
      )
    }
    let all = PaymentRefund.Status.allCases
    let stripe = StripeDouble([
      page(all.prefix(3).map { refund($0.rawValue, "re_\($0)") }, more: true),
      page(all.dropFirst(3).map { refund($0.rawValue, "re_\($0)") }),
    ])
    #expect(try stripe.provider().refunds(of: id).map(\.status) == all)
    #expect(stripe.calls.last?.url.hasSuffix("&starting_after=re_\(all[2])") == true)
    #expect(throws: PaymentFailure.self) {
      try StripeDouble([page([refund("succeeded", "re_1"), refund("lost", "re_2")])]).provider().refunds(
        of: id)
    }
  }
}
