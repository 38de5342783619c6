import Digest
import JSON
import Outgoing
import OutsideSupport
import Scrip
import Testing

@testable import Payments

/// The adapter against localstripe, with faults on the way there and back.
@Suite(.needsOutside) struct StripeProviderTests {
  let shop: StripeLane

  init() throws { shop = try StripeLane() }

  @Test func `an intent is made, confirmed and paid`() throws {
    let made = try shop.provider.create(
      NewPaymentIntent(
        amount: shop.euros(1250), labels: [PaymentLabel("order", "order_1"), PaymentLabel("näme", "a&b=c")],
        description: "Order 1"),
      key: shop.key())
    #expect(made.status == .needsPaymentMethod)
    #expect(made.amount == shop.euros(1250))
    #expect(made.clientSecret != nil)
    #expect(
      made.labels
        == [PaymentLabel("näme", "a&b=c"), PaymentLabel("order", "order_1")].sorted { $0.name < $1.name })
    let paid = try shop.provider.confirm(made.id, with: shop.card("4242424242424242"), key: shop.key())
    #expect(paid.status == .succeeded)
    #expect(paid.amountReceived == shop.euros(1250))
    #expect(try shop.provider.fetch(made.id) == paid)
    let seen = try shop.seen().filter { $0.path.hasPrefix("POST /v1/payment_intents") }
    #expect(seen.allSatisfy { $0.version == StripeSettings.version && $0.key != nil })
  }

  @Test func `a card that is declined is told as that, and another one may do`() throws {
    let made = try shop.intent()
    let failure = try #require(throws: PaymentFailure.self) {
      try shop.provider.confirm(made.id, with: shop.card("4000000000000341"), key: shop.key())
    }
    guard case .declined(let decline) = failure.kind else { Issue.record("\(failure)"); return }
    #expect(decline.code == "card_declined")
    #expect(failure.intent?.status == .needsPaymentMethod)
    #expect(try shop.provider.fetch(made.id).lastDecline?.code == "card_declined")
    let paid = try shop.provider.confirm(made.id, with: shop.card("4242424242424242"), key: shop.key())
    #expect(paid.status == .succeeded)
  }

  @Test func `a bank that wants to see the customer leaves the intent waiting for that`() throws {
    let made = try shop.intent()
    let waiting = try shop.provider.confirm(made.id, with: shop.card("4000002500003155"), key: shop.key())
    #expect(waiting.status == .needsAction)
    try shop.fault("needs_action", on: "confirm")
    let other = try shop.intent()
    let failure = try #require(throws: PaymentFailure.self) {
      try shop.provider.confirm(other.id, with: shop.card("4242424242424242"), key: shop.key())
    }
    #expect(failure.kind == .needsAction)
  }

  @Test func `what was authorized is taken in part, once`() throws {
    let made = try shop.intent(1000, capture: .manual)
    #expect(made.capture == .manual)
    let held = try shop.provider.confirm(made.id, with: shop.card("4242424242424242"), key: shop.key())
    #expect(held.status == .needsCapture)
    #expect(held.amountReceived == shop.euros(0))
    let taken = try shop.provider.capture(made.id, amount: shop.euros(600), key: shop.key())
    #expect(taken.status == .succeeded)
    #expect(taken.amountReceived == shop.euros(600))
    let failure = try #require(throws: PaymentFailure.self) {
      try shop.provider.capture(made.id, amount: nil, key: shop.key())
    }
    #expect(failure.kind == .movedOn)
    #expect(failure.intent?.status == .succeeded)
  }

  @Test func `an intent is given up unless it is paid`() throws {
    let waiting = try shop.intent(capture: .manual)
    _ = try shop.provider.confirm(waiting.id, with: shop.card("4242424242424242"), key: shop.key())
    #expect(try shop.provider.cancel(waiting.id, key: shop.key()).status == .canceled)
    let paid = try shop.paidIntent()
    let failure = try #require(throws: PaymentFailure.self) {
      try shop.provider.cancel(paid.id, key: shop.key())
    }
    #expect(failure.kind == .movedOn)
    #expect(failure.intent?.status == .succeeded)
  }

  @Test func `money is given back in parts up to what was paid, and all of it is found again`() throws {
    let paid = try shop.paidIntent(1000)
    for cents in [100, 200, 300] as [Int64] {
      let refund = try shop.provider.refund(
        NewRefund(of: paid.id, amount: shop.euros(cents), labels: [PaymentLabel("part", "\(cents)")]),
        key: shop.key())
      #expect(refund.status == .succeeded)
      #expect(refund.amount == shop.euros(cents))
    }
    let tooMuch = #expect(throws: PaymentFailure.self) {
      try shop.provider.refund(NewRefund(of: paid.id, amount: shop.euros(401)), key: shop.key())
    }
    #expect(tooMuch?.kind == .ours)
    #expect(try shop.provider.refund(NewRefund(of: paid.id), key: shop.key()).amount == shop.euros(400))
    let nothingLeft = #expect(throws: PaymentFailure.self) {
      try shop.provider.refund(NewRefund(of: paid.id), key: shop.key())
    }
    #expect(nothingLeft?.kind == .movedOn)
    let all = try shop.provider.refunds(of: paid.id)
    #expect(all.map(\.amount.minorUnits).sorted() == [100, 200, 300, 400])
    #expect(all.flatMap(\.labels).map(\.value).sorted() == ["100", "200", "300"])
  }

  @Test
  func
    `an intent that nobody knows, and a wrong key, are mistakes of ours, and a right key is told from a wrong one`()
    throws
  {
    let unknown = try #require(PaymentIntentID("pi_unknown"))
    let failure = #expect(throws: PaymentFailure.self) { try shop.provider.fetch(unknown) }
    #expect(failure?.kind == .ours)
    let stranger = StripeProvider(try StripeSettings(secretKey: SecretText("wrong"), address: shop.address))
    for refused in [
      #expect(throws: PaymentFailure.self) { try stranger.fetch(unknown) },
      #expect(throws: PaymentFailure.self) { try stranger.check() },
    ] { #expect(refused?.kind == .ours) }
    try shop.provider.check()
  }
}
