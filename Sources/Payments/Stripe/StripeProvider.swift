import Digest
import JSON
import Outgoing

import class Foundation.Thread
import struct Scrip.Money

/// Stripe's PaymentIntents API.
///
/// Payment methods are chosen, and banks are signed in to, in the customer's browser, with the client secret that
/// ``create(_:key:)`` brings. What has no answer is asked again under the same key, a few times and within a budget that
/// all calls share; see ``RetryPolicy``.
public struct StripeProvider: PaymentProvider {
  private let settings: StripeSettings
  private let surroundings: Surroundings
  private let budget = SharedRetryBudget()

  /// What a provider needs from around it.
  struct Surroundings: Sendable {
    var send: @Sendable (HTTPCall) throws(OutgoingFailure) -> HTTPAnswer
    var wait: @Sendable (Duration) -> Void
    var random: @Sendable () -> UInt64
  }

  /// Reaches Stripe over the network.
  public init(_ settings: StripeSettings) {
    let caller = HTTPCaller(settings.outgoing)
    self.init(
      settings,
      Surroundings(
        send: { call throws(OutgoingFailure) in try caller.send(call) },
        wait: { Thread.sleep(forTimeInterval: $0 / .seconds(1)) },
        random: { SecureRandom.integer(below: .max) }))
  }

  init(_ settings: StripeSettings, _ surroundings: Surroundings) {
    self.settings = settings
    self.surroundings = surroundings
  }

  /// Makes an intent that offers the payment methods which the account has switched on.
  public func create(_ intent: NewPaymentIntent, key: IdempotencyKey) throws(PaymentFailure) -> PaymentIntent
  {
    var form = StripeForm()
    form.set("amount", try StripeAmount.units(of: intent.amount))
    form.set("currency", intent.amount.currency.code.lowercased())
    form.set("capture_method", intent.capture.rawValue)
    form.set("automatic_payment_methods[enabled]", "true")
    form.set("description", intent.description)
    try form.set(labels: intent.labels)
    return try readIntent(.change("/v1/payment_intents", form, key))
  }

  /// Confirms from here, which customers who are not there need. A bank that wants to see them leaves the intent in
  /// `needsAction`.
  public func confirm(
    _ id: PaymentIntentID, with confirmation: PaymentConfirmation, key: IdempotencyKey
  ) throws(PaymentFailure) -> PaymentIntent {
    var form = StripeForm()
    form.set("payment_method", confirmation.paymentMethod)
    form.set("return_url", confirmation.returnURL)
    return try readIntent(.change("/v1/payment_intents/\(id)/confirm", form, key))
  }

  /// Gives an intent up.
  public func cancel(_ id: PaymentIntentID, key: IdempotencyKey) throws(PaymentFailure) -> PaymentIntent {
    try readIntent(.change("/v1/payment_intents/\(id)/cancel", StripeForm(), key))
  }

  /// Takes what was authorized, or a part of it.
  public func capture(
    _ id: PaymentIntentID, amount: Money?, key: IdempotencyKey
  ) throws(PaymentFailure) -> PaymentIntent {
    var form = StripeForm()
    if let amount { form.set("amount_to_capture", try StripeAmount.units(of: amount)) }
    return try readIntent(.change("/v1/payment_intents/\(id)/capture", form, key))
  }

  /// Gives money back.
  public func refund(_ refund: NewRefund, key: IdempotencyKey) throws(PaymentFailure) -> PaymentRefund {
    var form = StripeForm()
    form.set("payment_intent", refund.intent.description)
    if let amount = refund.amount { form.set("amount", try StripeAmount.units(of: amount)) }
    try form.set(labels: refund.labels)
    return try read(.change("/v1/refunds", form, key), PaymentRefund.init(stripe:))
  }

  /// How an intent stands now.
  public func fetch(_ id: PaymentIntentID) throws(PaymentFailure) -> PaymentIntent {
    try readIntent(.look("/v1/payment_intents/\(id)"))
  }

  /// All refunds of an intent, newest first.
  public func refunds(of id: PaymentIntentID) throws(PaymentFailure) -> [PaymentRefund] {
    var refunds: [PaymentRefund] = []
    var hasMore = true
    while hasMore {
      let after = refunds.last.map { "&starting_after=\($0.id)" } ?? ""
      let page = try read(.look("/v1/refunds?payment_intent=\(id)&limit=100\(after)"), RefundPage.init)
      refunds += page.refunds
      hasMore = page.hasMore && !page.refunds.isEmpty
    }
    return refunds
  }

  /// Asks for the list of intents, which the key has to be allowed to see anyway, and looks at nothing in it.
  public func check() throws(PaymentFailure) {
    try read(.look("/v1/payment_intents?limit=1")) { $0["object"]?.string() == "list" ? () : nil }
  }

  private func readIntent(_ request: StripeRequest) throws(PaymentFailure) -> PaymentIntent {
    try read(request, PaymentIntent.init(stripe:))
  }

  private func read<Value>(
    _ request: StripeRequest, _ read: (JSONNode) -> Value?
  ) throws(PaymentFailure) -> Value {
    let document = try perform(request)
    if let value = read(document) { return value }
    // It was done, but not even how it stands is understood: asking again would bring the same.
    throw PaymentFailure(request.isLook ? .ours : .unknownOutcome, "Stripe's answer has an unknown form.")
  }

  private func perform(_ request: StripeRequest) throws(PaymentFailure) -> JSONNode {
    var repetition = Repetition(settings.retries)
    budget.deposit()
    while true {
      switch verdict(on: request) {
      case .document(let node): return node
      case .setback(let setback):
        switch repetition.step(after: setback, random: surroundings.random(), mayRepeat: budget.withdraw) {
        case .wait(let pause): surroundings.wait(pause)
        case .giveUp(let failure): throw failure
        }
      }
    }
  }

  private func verdict(on request: StripeRequest) -> StripeVerdict {
    do { return StripeVerdict(try surroundings.send(request.call(settings)), to: request) } catch {
      return StripeVerdict(error, to: request)
    }
  }
}

/// A part of a list of refunds.
private struct RefundPage {
  let refunds: [PaymentRefund]
  let hasMore: Bool

  init?(_ node: JSONNode) {
    guard node["object"]?.string() == "list", let hasMore = node["has_more"]?.bool(), let data = node["data"]
    else {
      return nil
    }
    var refunds: [PaymentRefund] = []
    data.forEachElement { if let refund = PaymentRefund(stripe: $0) { refunds.append(refund) } }
    // A refund that can't be read must not look like one that was never made.
    guard refunds.count == data.count else { return nil }
    self.refunds = refunds
    self.hasMore = hasMore
  }
}
