import Ledger
import Payments
import Promotions
import Scrip

/// Asks providers about payments, one step at a time: what a step is for stands in the payment before it is taken, and what
/// came of it after.
///
/// After a crash the step is simply taken again. To make an intent takes no money; whatever does is asked for only after the
/// intent has said how it stands; and a refund is looked for before it is asked for.
public struct PaymentWork: Sendable {
  /// Tells why a provider would not begin a payment: operators read it, callers get a word.
  public typealias Notice = @Sendable (_ payment: Payment.ID, _ reason: String) -> Void

  private let engine: Engine
  let providers: Providers
  private let sealer: Sealer
  private let refused: Notice

  /// The label under which a provider keeps the payment's name.
  static let paymentLabel = "scrip_payment"

  /// Works at payments.
  public init(engine: Engine, providers: Providers, sealer: Sealer, refused: @escaping Notice = { _, _ in }) {
    self.engine = engine
    self.providers = providers
    self.sealer = sealer
    self.refused = refused
  }

  /// How the kinds of work are done.
  public var handlers: [DueHandler<WorkingSet>] {
    let retries = DueRetries(firstSeconds: 2, mostSeconds: 600, attemptsMax: nil)
    let lease: Int64 = 10
    return [
      DueHandler(
        .payment, retries: retries, leaseSeconds: lease,
        .external { claim async throws(DueFailure) in try await step(claim) }),
      DueHandler(
        .refund, retries: DueRetries(firstSeconds: 2, mostSeconds: 3600, attemptsMax: nil),
        leaseSeconds: lease,
        .external { claim async throws(DueFailure) in try await refund(claim) }),
    ]
  }

  private func step(_ claim: DueClaim) async throws(DueFailure) -> DueHandler<WorkingSet>.Finding {
    let (payment, now) = try await payment(of: claim)
    // Somebody has moved the payment on meanwhile, and this claim is lost.
    guard claim.key.value == .payment(payment.id, payment.state.action) else {
      return .again(afterSeconds: 60)
    }
    if payment.state == .starting { return try await begin(payment, claim, at: now) }
    guard let name = payment.intent, let id = PaymentIntentID(name.text) else {
      throw DueFailure("the payment has no intent")
    }
    let intent = try await intent(id, payment, claim)
    guard Self.isAbout(payment, intent) else { throw DueFailure(Self.anotherAmount(intent)) }
    if let told = Self.told(of: intent, payment, at: now) {
      return .told(command(claim, payment, told), againAfterSeconds: Self.pause(payment, at: now))
    }
    return .again(afterSeconds: Self.pause(payment, at: now))
  }

  /// What is new about a payment; nil if nothing is.
  private static func told(
    of intent: PaymentIntent, _ payment: Payment, at now: Instant
  ) -> ReportPayment.Report? {
    let news = PaymentNews(intent.status)
    let problem = intent.lastDecline.flatMap { PaymentProblem(providerCode: $0.code) }
    if news == .waits, now >= payment.payBy, payment.state == .open || payment.state == .processing {
      return .news(.giveUp, problem: .timedOut)
    }
    if payment.state.after(news) != nil { return .news(news, problem: problem) }
    if news == .waits, payment.state == .open, let problem, problem != payment.problem {
      return .news(.waits, problem: problem)
    }
    return nil
  }

  /// Has an intent made.
  private func begin(
    _ payment: Payment, _ claim: DueClaim, at now: Instant
  ) async throws(DueFailure) -> DueHandler<WorkingSet>.Finding {
    if now >= payment.payBy {
      return .told(command(claim, payment, .news(.refused, problem: .timedOut)))
    }
    let new = NewPaymentIntent(
      amount: payment.amount, capture: payment.capture, labels: Self.labels(of: payment),
      description: payment.orderID.text.utf8.count <= 200 ? payment.orderID.text : nil)
    // A provider repeats under a key whatever it has answered, a breakdown of its own included. Another intent does no harm.
    let key = try Self.key("\(payment.id):create:\((claim.attempt - 1) / Self.triesOfKey)")
    do throws(PaymentFailure) {
      let intent = try await providers.ask(claim.key.tenant) { provider throws(PaymentFailure) in
        try provider.create(new, key: key)
      }
      return .told(
        command(claim, payment, try begun(intent, payment, claim)), againAfterSeconds: Self.firstPause)
    } catch {
      switch error.kind {
      case .ours, .declined, .needsAction, .movedOn:
        refused(payment.id, error.reason)
        return .told(command(claim, payment, .news(.refused, problem: .refusedByProvider)))
      case .retriable, .unknownOutcome: throw DueFailure(error.reason)
      }
    }
  }

  private func begun(
    _ intent: PaymentIntent, _ payment: Payment, _ claim: DueClaim
  ) throws(PaymentFailure) -> ReportPayment.Report {
    do throws(Sealer.Mistake) {
      var sealed: SealedText?
      if let secret = intent.clientSecret {
        sealed = try sealer.seal(secret, of: claim.key.tenant, for: .clientSecret)
      }
      return .begun(ProviderName(intent.id.description), clientSecret: sealed)
    } catch {
      throw PaymentFailure(.retriable(after: nil), error.reason)
    }
  }

  /// How the intent stands, after what is wanted of it was asked for.
  private func intent(
    _ id: PaymentIntentID, _ payment: Payment, _ claim: DueClaim
  ) async throws(DueFailure) -> PaymentIntent {
    // The provider has to tell what was captured or given up under a new key each time: the intent itself knows whether it
    // was done.
    let captureKey = try Self.key("\(payment.id):capture:\(claim.attempt)")
    let cancelKey = try Self.key("\(payment.id):cancel:\(claim.attempt)")
    do throws(PaymentFailure) {
      return try await providers.ask(claim.key.tenant) { provider throws(PaymentFailure) in
        let intent = try provider.fetch(id)
        switch payment.state {
        case .capturing where intent.status == .needsCapture:
          guard Self.isAbout(payment, intent) else { throw PaymentFailure(.ours, Self.anotherAmount(intent)) }
          return try provider.capture(id, amount: nil, key: captureKey)
        case .cancelling where !intent.status.isFinal: return try provider.cancel(id, key: cancelKey)
        case .starting, .open, .processing, .authorized, .capturing, .cancelling, .succeeded, .canceled,
          .failed:
          return intent
        }
      }
    } catch {
      throw DueFailure(error.reason)
    }
  }
}

/// What all steps share.
extension PaymentWork {
  private static let firstPause: Int64 = 5
  /// How many tries to make an intent have one key.
  private static let triesOfKey: Int64 = 3

  /// How long a payment rests until it is looked at again: the provider's messages come sooner, if they come.
  private static func pause(_ payment: Payment, at now: Instant) -> Int64 {
    let age = (now.microseconds - payment.createdAt.microseconds) / 1_000_000
    let left = (payment.payBy.microseconds - now.microseconds) / 1_000_000 + 1
    let pause = min(max(age / 2, firstPause), 3600)
    return left > 0 ? min(pause, max(left, 1)) : pause
  }

  private static func labels(of payment: Payment) -> [PaymentLabel] {
    let own = PaymentLabel(paymentLabel, payment.id.description)
    let order = payment.orderID.text
    return order.utf8.count <= 500 ? [own, PaymentLabel("scrip_order", order)] : [own]
  }

  /// Whether an intent is about the payment's sum. One that is not is never believed: nobody knows then what was paid.
  static func isAbout(_ payment: Payment, _ intent: PaymentIntent) -> Bool {
    let isWhole = intent.status != .succeeded || intent.amountReceived == payment.amount
    return intent.amount == payment.amount && isWhole
  }

  private static func anotherAmount(_ intent: PaymentIntent) -> String {
    "the intent \(intent.id) is not about the amount of the payment"
  }

  private static func key(_ text: String) throws(DueFailure) -> Payments.IdempotencyKey {
    guard let key = Payments.IdempotencyKey(text) else { throw DueFailure("there is no key for the step") }
    return key
  }

  private func command(
    _ claim: DueClaim, _ payment: Payment, _ report: ReportPayment.Report
  ) -> PromotionCommand {
    PromotionCommand(
      tenant: claim.key.tenant, actor: .system,
      action: ReportPayment(orderID: payment.orderID, paymentID: payment.id, report))
  }

  /// The payment that work is about, and its tenant's moment.
  func payment(of claim: DueClaim) async throws(DueFailure) -> (payment: Payment, now: Instant) {
    guard let id = claim.key.value.paymentID else { throw DueFailure("the work names no payment") }
    do throws(StoreFailure) {
      guard let payment = try await engine.row(PaymentRow.self, Owned(claim.key.tenant, id))?.payment else {
        throw StoreFailure.corrupt("a payment that work is about")
      }
      return (payment, try await engine.now(of: claim.key.tenant))
    } catch {
      throw DueFailure(error.words)
    }
  }
}

extension PaymentProblem {
  /// A provider's code, as far as it is a word; nil for none.
  fileprivate init?(providerCode code: String) {
    if code.isEmpty { return nil }
    self.init(String(String.UnicodeScalarView(code.unicodeScalars.prefix(200))))
  }
}

extension PaymentNews {
  /// What the state of an intent says.
  init(_ status: PaymentIntent.Status) {
    switch status {
    case .needsPaymentMethod, .needsConfirmation, .needsAction: self = .waits
    case .processing: self = .works
    case .needsCapture: self = .setAside
    case .succeeded: self = .taken
    case .canceled: self = .letGo
    }
  }
}
