import Forms
import Ledger
import Scrip

/// Changes how a tenant's orders are paid. Payments that are under way go on as they were begun.
public struct ChangePaymentSettings: PromotionAction {
  /// What changes; secrets are sealed already.
  public var change: PaymentSettingsChange
  /// The version that the caller has seen; nil if it does not care.
  public var expectedVersion: Int64?

  /// Makes an action.
  public init(_ change: PaymentSettingsChange, expectedVersion: Int64? = nil) {
    self.change = change
    self.expectedVersion = expectedVersion
  }

  /// Asks for the settings.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.shelf[PaymentSettingsRow.self].insert(tenant)
  }

  /// Changes them; what is the same already is no change.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let tenant = context.tenant
    let before = try set.paymentSettings(tenant)
    let row = set.shelf[PaymentSettingsRow.self][tenant]
    if let expectedVersion, expectedVersion != row?.version ?? 0 {
      throw Refusal(
        .versionConflict, "The settings are at version \(row?.version ?? 0), not at \(expectedVersion).")
    }
    let after = change.applied(to: before)
    let reply = ReplySubject.entity(isNew: false) {
      ShownPaymentSettings($0.shelf[PaymentSettingsRow.self][tenant])
    }
    if after == before, row != nil { return Decision(reply: reply) }
    if row?.isWhole == false {
      throw Refusal(
        .newerTerms,
        "The settings were written by a newer version of this program, and an edit by this one would lose a part of them; edit them through a node of the newer version."
      )
    }
    if after.service == .stripe, after.secretKey == nil {
      throw Refusal(
        .providerNotSetUp, "Stripe takes no money without a secret key.",
        items: [
          Refusal.Item(
            pointer: "/secret_key", code: Refusal.Code.providerNotSetUp.rawValue,
            message: "must be told together with the provider, or before")
        ])
    }
    return Decision([(.tenant, PaymentSettingsChanged(after))], reply: reply)
  }
}

/// What changes in how orders are paid; nil for what stays.
public struct PaymentSettingsChange: Hashable, Sendable {
  /// Who takes the money.
  public var service: PaymentService?
  /// When an authorized amount is taken.
  public var capture: PaymentCapture?
  /// How long a customer may take to pay, in seconds.
  public var paySeconds: Int64?
  /// What becomes of an order that was paid without room for its coupons.
  public var withoutRoom: PaidWithoutRoom?
  /// What browsers show to the provider.
  public var publishableKey: PublishableKey?
  /// What the service shows to the provider, sealed.
  public var secretKey: SealedText?
  /// What the provider signs with, sealed.
  public var webhookSecrets: [SealedText]?

  /// Changes nothing.
  public init() {}

  func applied(to before: PaymentSettings) -> PaymentSettings {
    PaymentSettings(
      service: service ?? before.service, capture: capture ?? before.capture,
      paySeconds: paySeconds ?? before.paySeconds, withoutRoom: withoutRoom ?? before.withoutRoom,
      publishableKey: publishableKey ?? before.publishableKey, secretKey: secretKey ?? before.secretKey,
      webhookSecrets: webhookSecrets ?? before.webhookSecrets)
  }
}

/// How a tenant's orders are paid, as the API shows it: without any secret.
public struct ShownPaymentSettings: Hashable, Sendable {
  /// How often they were set.
  public let version: Int64
  let service: PaymentService
  let capture: PaymentCapture
  let paySeconds: Int64
  let withoutRoom: PaidWithoutRoom
  let publishableKey: PublishableKey?
  let hasSecretKey: Bool
  let webhookSecretCount: Int64

  /// Shows a row; the defaults if there is none.
  public init(_ row: PaymentSettingsRow?) {
    let settings = row?.settings ?? PaymentSettings()
    self.init(
      version: row?.version ?? 0, settings, hasSecretKey: settings.secretKey != nil,
      webhookSecretCount: Int64(settings.webhookSecrets.count))
  }

  private init(
    version: Int64, _ settings: PaymentSettings, hasSecretKey: Bool, webhookSecretCount: Int64
  ) {
    self.version = version
    service = settings.service
    capture = settings.capture
    paySeconds = settings.paySeconds
    withoutRoom = settings.withoutRoom
    publishableKey = settings.publishableKey
    self.hasSecretKey = hasSecretKey
    self.webhookSecretCount = webhookSecretCount
  }
}

extension ShownPaymentSettings: ObjectForm, JSONWritable, Entity {
  /// `PaymentSettings`
  public static let formName = "PaymentSettings"
  /// For the API's description.
  public static let formNote: StaticString? =
    "How orders are paid. Secrets are kept sealed and never shown: only whether they are there."
  /// `payment_settings`
  public static let topic = "payment_settings"
  /// Where they are found.
  public var path: String { "/v1/payment-settings" }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let version = walk.required("version", shown?.version, .integer(0, to: .max))
    let service = walk.required("provider", shown?.service, .choice(named: "PaymentProvider"))
    let capture = walk.required("capture", shown?.capture, .choice(named: "PaymentCapture"))
    let paySeconds = walk.required(
      "pay_seconds", shown?.paySeconds, .integer(PaymentSettings.paySecondsRange),
      "How long a customer may take to pay.")
    let withoutRoom = walk.required(
      "without_room", shown?.withoutRoom, .choice(named: "PaidWithoutRoom"),
      "What becomes of an order that is paid after its lock was lost, when there is no room for its coupons.")
    let publishableKey = walk.optional(
      "publishable_key", shown?.publishableKey, .name(PublishableKey.self))
    let hasSecretKey = walk.required("has_secret_key", shown?.hasSecretKey, .flag())
    let count = walk.required(
      "webhook_secrets", shown?.webhookSecretCount, .integer(0, to: .max), "How many are in use.")
    guard let version, let service, let capture, let paySeconds, let withoutRoom, let publishableKey,
      let hasSecretKey, let count
    else { return nil }
    return Self(
      version: version,
      PaymentSettings(
        service: service, capture: capture, paySeconds: paySeconds, withoutRoom: withoutRoom,
        publishableKey: publishableKey), hasSecretKey: hasSecretKey, webhookSecretCount: count)
  }
}
