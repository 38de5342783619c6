import Testing

@testable import Payments

@Suite struct StripeFormTests {
  @Test func `what lies inside of something stands in brackets, and all else is escaped`() throws {
    var form = StripeForm()
    form.set("amount", 1250)
    form.set("description", "a&b=c d+é/ä[1]")
    form.set("absent", String?.none)
    try form.set(labels: [PaymentLabel("order id", "o_1"), PaymentLabel("näme", "x")])
    #expect(
      form.encoded
        == "amount=1250&description=a%26b%3Dc%20d%2B%C3%A9%2F%C3%A4%5B1%5D&metadata[order%20id]=o_1&metadata[n%C3%A4me]=x"
    )
  }

  @Test(
    arguments: [
      [PaymentLabel("", "x")], [PaymentLabel("a[b]", "x")],
      [PaymentLabel(String(repeating: "n", count: 41), "x")],
      [PaymentLabel("a", "")], [PaymentLabel("a", String(repeating: "v", count: 501))],
      (0...50).map { PaymentLabel("n\($0)", "x") },
    ])
  func `labels that Stripe would not keep are refused as ours`(labels: [PaymentLabel]) {
    var form = StripeForm()
    let failure = #expect(throws: PaymentFailure.self) { try form.set(labels: labels) }
    #expect(failure?.kind == .ours)
  }

  @Test(arguments: ["", "a b", "é", "a\nb", String(repeating: "k", count: 256)])
  func `what can't stand in a header is no key`(text: String) {
    #expect(IdempotencyKey(text) == nil)
  }

  @Test(arguments: ["", "../v1/charges", "pi_1?x=1", "pi 1", "pi_ä", String(repeating: "p", count: 256)])
  func `what would lead elsewhere in a path is no name of an intent`(text: String) {
    #expect(PaymentIntentID(text) == nil)
  }
}
