import Digest
import Payments
import Scrip
import Synchronization

/// A provider that answers at once and from memory, and fails where a test wants it. What it does is held against a real
/// server's doings elsewhere.
final class ProviderDouble: PaymentProvider {
  /// What is asked of it.
  enum Call: String, CaseIterable, Sendable { case create, fetch, cancel, capture, refund, refunds }

  /// How a call goes wrong.
  enum Fault: Sendable {
    /// Nothing was done, and this is why.
    case refused(PaymentFailure.Kind)
    /// It was done, and nobody hears of it.
    case lost
  }

  private struct Books {
    var intents: [PaymentIntentID: PaymentIntent] = [:]
    var refunds: [PaymentIntentID: [PaymentRefund]] = [:]
    var kept: [Payments.IdempotencyKey: PaymentIntentID] = [:]
    var keptRefunds: [Payments.IdempotencyKey: PaymentRefund] = [:]
    var faults: [Call: [Fault]] = [:]
    var calls: [Call] = []
    var keys: [String] = []
    var refundStatus = PaymentRefund.Status.succeeded
  }

  private let books = Mutex(Books())

  /// What was asked, in order.
  var calls: [Call] { books.withLock { $0.calls } }
  /// The keys that came, in order.
  var keys: [String] { books.withLock { $0.keys } }
  /// Every intent.
  var intents: [PaymentIntent] { books.withLock { Array($0.intents.values) } }
  /// What was given back of all intents.
  var refunds: [PaymentRefund] { books.withLock { $0.refunds.values.flatMap { $0 } } }

  /// Has the next calls of a kind go wrong.
  func fail(_ call: Call, _ faults: Fault...) { books.withLock { $0.faults[call, default: []] += faults } }

  /// What becomes of refunds from now on.
  func setRefunds(_ status: PaymentRefund.Status) { books.withLock { $0.refundStatus = status } }

  /// What becomes of refunds that were made.
  func moveRefunds(to status: PaymentRefund.Status) {
    books.withLock { books in
      books.refunds = books.refunds.mapValues { refunds in
        refunds.map { PaymentRefund(id: $0.id, status: status, amount: $0.amount, labels: $0.labels) }
      }
    }
  }

  /// Somebody gives money back by hand.
  func giveBack(_ amount: Int64, of id: ProviderName?) throws(PaymentFailure) {
    guard let id = id.flatMap({ PaymentIntentID($0.text) }),
      let key = Payments.IdempotencyKey("by-hand-\(amount)"), let currency = intents.first?.amount.currency
    else { throw PaymentFailure(.ours, "no such intent") }
    _ = try refund(NewRefund(of: id, amount: Money(minorUnits: amount, currency: currency)), key: key)
  }

  /// Somebody changes what an intent is about.
  func change(_ id: ProviderName?, to amount: Int64) {
    guard let id = id.flatMap({ PaymentIntentID($0.text) }) else { return }
    books.withLock { books in
      guard let old = books.intents[id] else { return }
      books.intents[id] = PaymentIntent(
        id: id, status: old.status, amount: Money(minorUnits: amount, currency: old.amount.currency),
        amountReceived: old.amountReceived, capture: old.capture, clientSecret: old.clientSecret,
        labels: old.labels)
    }
  }

  /// The customer, or the bank, has done something.
  func move(
    _ id: ProviderName?, to status: PaymentIntent.Status, amount: Int64? = nil, decline: String? = nil
  ) {
    guard let id = id.flatMap({ PaymentIntentID($0.text) }) else { return }
    books.withLock { books in
      guard let old = books.intents[id] else { return }
      books.intents[id] = old.moved(
        to: status, received: amount,
        decline: decline.map { PaymentDecline(code: $0, message: "The card was refused.") })
    }
  }

  private func doing<Value>(
    _ call: Call, key: Payments.IdempotencyKey? = nil, _ body: (inout Books) throws(PaymentFailure) -> Value
  ) throws(PaymentFailure) -> Value {
    let result: Result<Value, PaymentFailure> = books.withLock { books in
      books.calls.append(call)
      if let key { books.keys.append(key.description) }
      let fault = books.faults[call]?.isEmpty == false ? books.faults[call]?.removeFirst() : nil
      if case .refused(let kind) = fault { return .failure(PaymentFailure(kind, "as the test wants it")) }
      let result: Result<Value, PaymentFailure>
      do throws(PaymentFailure) { result = .success(try body(&books)) } catch { result = .failure(error) }
      if case .lost = fault { return .failure(PaymentFailure(.unknownOutcome, "the answer was lost")) }
      return result
    }
    return try result.get()
  }

  func create(_ intent: NewPaymentIntent, key: Payments.IdempotencyKey) throws(PaymentFailure)
    -> PaymentIntent
  {
    try doing(.create, key: key) { books throws(PaymentFailure) in
      if let id = books.kept[key], let known = books.intents[id] { return known }
      guard let id = PaymentIntentID("pi_\(books.intents.count + 1)") else {
        throw PaymentFailure(.ours, "no name")
      }
      let new = PaymentIntent(
        id: id, status: .needsPaymentMethod, amount: intent.amount,
        amountReceived: Money(minorUnits: 0, currency: intent.amount.currency), capture: intent.capture,
        clientSecret: SecretText("\(id)_secret"), labels: intent.labels)
      books.intents[id] = new
      books.kept[key] = id
      return new
    }
  }

  func confirm(
    _ id: PaymentIntentID, with confirmation: PaymentConfirmation, key: Payments.IdempotencyKey
  ) throws(PaymentFailure) -> PaymentIntent {
    throw PaymentFailure(.ours, "customers confirm in their browsers")
  }

  func cancel(_ id: PaymentIntentID, key: Payments.IdempotencyKey) throws(PaymentFailure) -> PaymentIntent {
    try change(.cancel, id, key, to: .canceled) { !$0.isFinal && $0 != .processing }
  }

  func capture(
    _ id: PaymentIntentID, amount: Money?, key: Payments.IdempotencyKey
  ) throws(PaymentFailure) -> PaymentIntent {
    try change(.capture, id, key, to: .succeeded) { $0 == .needsCapture }
  }

  private func change(
    _ call: Call, _ id: PaymentIntentID, _ key: Payments.IdempotencyKey, to status: PaymentIntent.Status,
    if mayBe: (PaymentIntent.Status) -> Bool
  ) throws(PaymentFailure) -> PaymentIntent {
    try doing(call, key: key) { books throws(PaymentFailure) in
      guard let old = books.intents[id] else { throw PaymentFailure(.ours, "no such intent") }
      guard mayBe(old.status) else { throw PaymentFailure(.movedOn, "it has moved on", intent: old) }
      let new = old.moved(to: status, received: nil, decline: nil)
      books.intents[id] = new
      return new
    }
  }

  func refund(_ refund: NewRefund, key: Payments.IdempotencyKey) throws(PaymentFailure) -> PaymentRefund {
    try doing(.refund, key: key) { books throws(PaymentFailure) in
      if let known = books.keptRefunds[key] { return known }
      guard let intent = books.intents[refund.intent],
        let id = PaymentRefundID("re_\(books.keptRefunds.count + 1)")
      else { throw PaymentFailure(.ours, "no such intent") }
      let given = (books.refunds[refund.intent] ?? []).filter {
        $0.status != .failed && $0.status != .canceled
      }
      .reduce(0) { $0 + $1.amount.minorUnits }
      let amount = refund.amount ?? intent.amount
      guard given + amount.minorUnits <= intent.amountReceived.minorUnits else {
        throw PaymentFailure(.movedOn, "nothing is left")
      }
      let new = PaymentRefund(id: id, status: books.refundStatus, amount: amount, labels: refund.labels)
      books.keptRefunds[key] = new
      books.refunds[refund.intent, default: []].insert(new, at: 0)
      return new
    }
  }

  func fetch(_ id: PaymentIntentID) throws(PaymentFailure) -> PaymentIntent {
    try doing(.fetch) { books throws(PaymentFailure) in
      guard let intent = books.intents[id] else { throw PaymentFailure(.ours, "no such intent") }
      return intent
    }
  }

  func refunds(of id: PaymentIntentID) throws(PaymentFailure) -> [PaymentRefund] {
    try doing(.refunds) { $0.refunds[id] ?? [] }
  }

  func check() throws(PaymentFailure) {}
}

extension PaymentIntent {
  fileprivate func moved(to status: Status, received: Int64?, decline: PaymentDecline?) -> PaymentIntent {
    let all = status == .succeeded ? received ?? amount.minorUnits : 0
    return PaymentIntent(
      id: id, status: status, amount: amount,
      amountReceived: Money(minorUnits: all, currency: amount.currency), capture: capture,
      clientSecret: clientSecret, lastDecline: decline, labels: labels)
  }
}
