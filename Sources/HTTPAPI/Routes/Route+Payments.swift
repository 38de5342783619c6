import CheckoutWork
import Digest
import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension PathParameters {
  static let payment = PathParameter<Payment.ID>.id("payment_id", notFound: .paymentNotFound)

  static let webhookTenant = PathParameter<Tenant.ID>(
    "tenant_id", { Tenant.ID($0) },
    else: Problem(.signatureRefused, "The message is not signed with a secret of this tenant's."),
    { _ in ["type": "string", "examples": ["tenant_1"]] })
}

extension Route {
  static let payments: [Route] = [
    Route(
      .get, "/v1/payments/{payment_id}", .servers,
      Operation(
        id: "getPayment", tag: "Payments",
        summary: "A payment through a provider, with what the customer's browser pays with.",
        query: PaymentQuery.self, successes: [.ok(.output(ShownPayment.self))]),
      .asking(getPayment)),
    Route(
      .post, "/v1/payments/{payment_id}/check", .servers,
      Operation(
        id: "checkPayment", tag: "Payments",
        summary: "Have the provider asked now how the payment stands: when the customer's browser is back.",
        successes: [.ok(.output(ShownPayment.self))], problems: [502]),
      .deciding(checkPayment)),
    Route(
      .post, "/v1/payments/{payment_id}/settle", .admin,
      Operation(
        id: "settlePayment", tag: "Payments",
        summary:
          "Say how a payment has ended which the provider tells nothing usable of: it was changed there by hand.",
        body: .required(.input(SettlePaymentRequest.self)),
        successes: [.ok(.output(Order.self), headers: ["ETag"])], problems: [409, 502]),
      .deciding(settlePayment)),
    Route(
      .get, "/v1/payment-settings", .admin,
      Operation(
        id: "getPaymentSettings", tag: "Payments", summary: "How orders are paid.",
        successes: [.ok(.output(ShownPaymentSettings.self), headers: ["ETag"])]),
      .asking(getSettings)),
    Route(
      .patch, "/v1/payment-settings", .admin,
      Operation(
        id: "changePaymentSettings", tag: "Payments",
        summary:
          "Change how orders are paid from now on; what is left out stays. Secrets are sealed at once.",
        body: .required(.input(PaymentSettingsRequest.self)),
        successes: [.ok(.output(ShownPaymentSettings.self), headers: ["ETag"])], problems: [409, 412]),
      .deciding(changeSettings)),
    Route(
      .post, "/v1/payment-settings/check", .admin,
      Operation(
        id: "checkPaymentProvider", tag: "Payments",
        summary: "Ask the provider whether it can be reached and takes the key.",
        successes: [.ok(.output(ShownPaymentSettings.self))], problems: [409, 502]),
      .deciding(checkProvider)),
    Route(
      .post, "/v1/payment-settings/seal-again", .admin,
      Operation(
        id: "sealPaymentSecretsAgain", tag: "Payments",
        summary:
          "Seal the provider's and the webhooks' secrets under the key that seals now, so that an older one can be taken out.",
        successes: [.ok(.output(ShownPaymentSettings.self), headers: ["ETag"])], problems: [409]),
      .deciding(sealAgain)),
    Route(
      .post, "/v1/webhooks/stripe/{tenant_id}", nil,
      Operation(
        id: "receiveStripeEvent", tag: "Payments",
        summary:
          "Where Stripe sends its messages: a hint to look at a payment. Proven by the signature, not by a key.",
        body: .required(.input(StripeEvent.self)), successes: [.ok(.output(EmptyAnswer.self))],
        problems: [400]),
      .deciding(receiveStripeEvent)),
  ]

  @Sendable private static func getPayment(_ exchange: Exchange) async throws(Problem) -> Reply {
    let query = try exchange.query(as: PaymentQuery.self)
    let end = ContinuousClock.now + .seconds(query.waitSeconds)
    var payment = try await exchange.payment()
    // A sleep that is canceled ends the request.
    while payment.isAtProvider, ContinuousClock.now < end,
      (try? await Task.sleep(for: .milliseconds(50))) != nil
    {
      payment = try await exchange.payment()
    }
    return .json(form: try await exchange.shown(payment))
  }

  @Sendable private static func checkPayment(_ exchange: Exchange) async throws(Problem) -> Reply {
    try exchange.noBody()
    let payment = try await exchange.payment()
    let desk = try exchange.desk()
    if payment.refunded > 0 {
      do throws(DueFailure) {
        try await desk.lookAtRefunds(of: payment, tenant: exchange.tenant)
      } catch {
        throw Problem(.providerUnavailable, "The provider does not do what is asked: \(error.reason)")
      }
    }
    if !payment.state.isFinal || payment.refundDue > payment.refunded {
      _ = try await exchange.ask { (_) async throws(StoreFailure) in
        try await desk.hasten(payment, tenant: exchange.tenant)
      }
    }
    return .json(form: try await exchange.shown(payment))
  }

  @Sendable private static func settlePayment(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(SettlePaymentRequest.self)
    let payment = try await exchange.payment()
    let desk = try exchange.desk()
    if !request.isUnasked {
      do throws(PaymentDesk.Unsettled) {
        try await desk.prepareSettlement(
          of: payment, isPaid: request.outcome == .paid, tenant: exchange.tenant)
      } catch {
        throw Problem(error)
      }
    }
    return Reply(
      try await exchange.submit(
        SettlePayment(
          orderID: payment.orderID, paymentID: payment.id, isPaid: request.outcome == .paid,
          seen: payment.state, reason: request.reason)))
  }

  @Sendable private static func getSettings(_ exchange: Exchange) async throws(Problem) -> Reply {
    let shown = ShownPaymentSettings(try await exchange.paymentSettings())
    return .json(form: shown, headers: [("ETag", "\"v\(shown.version)\"")])
  }

  @Sendable private static func changeSettings(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(PaymentSettingsRequest.self)
    var change = PaymentSettingsChange()
    change.service = request.service
    change.capture = request.capture
    change.paySeconds = request.paySeconds
    change.withoutRoom = request.withoutRoom
    change.publishableKey = request.publishableKey
    change.secretKey = try request.secretKey.map { secret throws(Problem) in
      try exchange.sealed(secret, for: .stripeKey)
    }
    change.webhookSecrets = try request.webhookSecrets.map { secrets throws(Problem) in
      try secrets.map { secret throws(Problem) in try exchange.sealed(secret, for: .stripeWebhook) }
    }
    let expected = try exchange.expectedVersion()
    return Reply(try await exchange.submit(ChangePaymentSettings(change, expectedVersion: expected)))
  }

  @Sendable private static func checkProvider(_ exchange: Exchange) async throws(Problem) -> Reply {
    try exchange.noBody()
    let row = try await exchange.paymentSettings()
    if row?.settings.service == .stripe {
      let desk = try exchange.desk()
      do throws(DueFailure) {
        try await desk.check(exchange.tenant)
      } catch {
        throw Problem(.providerUnavailable, "The provider does not do what is asked: \(error.reason)")
      }
    }
    return .json(form: ShownPaymentSettings(row))
  }

  @Sendable private static func sealAgain(_ exchange: Exchange) async throws(Problem) -> Reply {
    try exchange.noBody()
    try await exchange.sealWebhooksAgain()
    let row = try await exchange.paymentSettings()
    let desk = try exchange.desk()
    let change: PaymentSettingsChange?
    do throws(Sealer.Mistake) {
      change = try row.flatMap { row throws(Sealer.Mistake) in
        try desk.sealedAgain(row.settings, of: exchange.tenant)
      }
    } catch {
      throw Problem(error)
    }
    guard let change, let row else { return .json(form: ShownPaymentSettings(row)) }
    return Reply(try await exchange.submit(ChangePaymentSettings(change, expectedVersion: row.version)))
  }

  @Sendable private static func receiveStripeEvent(_ exchange: Exchange) async throws(Problem) -> Reply {
    let tenant = try exchange.path(PathParameters.webhookTenant)
    let signatures = exchange.request.header("Stripe-Signature")
    let desk = try exchange.desk()
    do throws(PaymentDesk.Refusal) {
      try await desk.receive(signature: signatures ?? "", body: exchange.request.body, tenant: tenant)
      return .json(form: EmptyAnswer())
    } catch {
      switch error {
      case .unbelievable: throw PathParameters.webhookTenant.problem()
      case .busy:
        throw Problem(.overloaded, "Somebody is just looking at the payment; send the message again.")
      case .store(let failure): throw Problem(failure)
      }
    }
  }
}

/// What is described of a message of Stripe's. It is read by whoever has proven its signature.
private struct StripeEvent: ObjectForm {
  static let formName = "StripeEvent"

  var type: String?  // String: a provider's word

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ event: Self?) -> Self? {
    walk.optional("type", event.flatMap(\.type), .text()).map { Self(type: $0) }
  }
}

/// Nothing to say.
private struct EmptyAnswer: ObjectForm {
  static let formName = "Received"

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ answer: Self?) -> Self? { Self() }
}

/// How a payment is asked for.
private struct PaymentQuery: QueryForm {
  static let formName = "PaymentQuery"
  static let declaration = QueryDeclaration(of: Self.self)

  var waitSeconds: Int64

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ query: Self?) -> Self? {
    walk.member(
      "wait_seconds", query?.waitSeconds, else: 0, .integer(0, to: 20),
      "How long the answer may wait for the provider, while one is asked to begin, to take or to let go."
    ).map { PaymentQuery(waitSeconds: $0) }
  }
}

extension Payment {
  /// Whether a provider is asked for something now that will have an answer soon.
  fileprivate var isAtProvider: Bool { state == .starting || state == .capturing || state == .cancelling }
}

extension Exchange {
  /// Where payments through providers are seen to.
  fileprivate func desk() throws(Problem) -> PaymentDesk {
    guard let desk = services.payments else {
      throw Problem(.notImplemented, "This service takes no payments through providers.")
    }
    return desk
  }

  /// The payment in the path.
  fileprivate func payment() async throws(Problem) -> Payment {
    let id = try path(PathParameters.payment)
    let row = try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(PaymentRow.self, Owned(tenant, id))
    }
    guard let row else { throw PathParameters.payment.problem() }
    return row.payment
  }

  fileprivate func paymentSettings() async throws(Problem) -> PaymentSettingsRow? {
    try await askOfStored { (engine) async throws(StoreFailure) in
      try await engine.row(PaymentSettingsRow.self, tenant)
    }
  }

  /// A payment with what its customer's browser needs.
  fileprivate func shown(_ payment: Payment) async throws(Problem) -> ShownPayment {
    if payment.state != .open { return ShownPayment(payment, clientSecret: nil, publishableKey: nil) }
    let desk = try desk()
    let key = try await paymentSettings()?.settings.publishableKey
    do throws(Sealer.Mistake) {
      let secret = try desk.clientSecret(of: payment, tenant: tenant)
      return ShownPayment(payment, clientSecret: secret?.revealed, publishableKey: key)
    } catch {
      return ShownPayment(payment, clientSecret: nil, secretProblem: error.reason, publishableKey: key)
    }
  }

  fileprivate func sealed(_ secret: String, for purpose: Sealer.Purpose) throws(Problem) -> SealedText {
    let desk = try desk()
    do throws(Sealer.Mistake) {
      return try desk.seal(SecretText(secret), of: tenant, for: purpose)
    } catch {
      throw Problem(error)
    }
  }
}

extension Problem {
  fileprivate init(_ unsettled: PaymentDesk.Unsettled) {
    switch unsettled {
    case .provider(let reason):
      self.init(.providerUnavailable, "The provider does not do what is asked: \(reason)")
    case .saysItself(let status):
      self.init(
        .paymentNotSettleable,
        "The provider says itself how the payment stands (\(status)): look at it, or give it up.")
    case .noMoney(let status):
      self.init(.paymentNotSettleable, "The provider has taken no money for the payment (\(status)).")
    }
  }

  init(_ mistake: Sealer.Mistake) {
    self.init(
      .sealingFailed,
      "A secret can't be sealed or opened: \(mistake.reason). See the page on payments of the operating manual."
    )
  }
}
