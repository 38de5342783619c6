import Testing

@testable import Payments

@Suite struct StripeNoticeTests {
  private func notice(_ type: String, _ object: String) -> StripeNotice? {
    let body = #"""
      {"id": "evt_1", "object": "event", "api_version": "2019-02-19", "created": 1686089970, "data": {"object": \#(object)},
       "livemode": false, "pending_webhooks": 0, "request": {"id": null, "idempotency_key": null}, "type": "\#(type)"}
      """#
    return StripeNotice(body: Array(body.utf8), label: "scrip_payment")
  }

  @Test func `a notice names the intent that it is about, wherever it stands`() {
    let rows: [(type: String, object: String)] = [
      ("payment_intent.succeeded", #"{"id": "pi_1", "object": "payment_intent", "status": "succeeded"}"#),
      ("charge.refunded", #"{"id": "ch_1", "object": "charge", "payment_intent": "pi_1"}"#),
      ("refund.updated", #"{"id": "re_1", "object": "refund", "payment_intent": "pi_1"}"#),
      ("charge.dispute.created", #"{"id": "dp_1", "object": "dispute", "payment_intent": {"id": "pi_1"}}"#),
    ]
    for row in rows {
      #expect(notice(row.type, row.object)?.intent?.description == "pi_1", "\(row.type)")
      #expect(notice(row.type, row.object)?.type == row.type)
    }
  }

  @Test func `a notice about something else names none`() {
    #expect(notice("payout.paid", #"{"id": "po_1", "object": "payout"}"#)?.intent == nil)
    #expect(
      notice("charge.succeeded", #"{"id": "ch_1", "object": "charge", "payment_intent": null}"#)?.intent
        == nil)
    #expect(
      notice("charge.succeeded", #"{"id": "ch_1", "object": "charge", "payment_intent": "../x"}"#)?.intent
        == nil)
  }

  @Test(arguments: [
    "", "{}", "[]", "nonsense", #"{"object": "event", "type": "x"}"#, #"{"object": "list", "data": []}"#,
  ])
  func `what is no event is no notice`(body: String) {
    #expect(StripeNotice(body: Array(body.utf8), label: "scrip_payment") == nil)
  }
}
