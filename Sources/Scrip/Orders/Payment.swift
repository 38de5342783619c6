/// Marks payments through a provider.
public enum PaymentSubject: Identified {
  /// `payment`
  public static var prefix: String { "payment" }
}

/// Who takes the money of orders.
public enum PaymentService: String, CaseIterable, Hashable, Sendable {
  /// The shop itself, which tells of it.
  case manual
  /// Stripe, through its payment intents.
  case stripe
}

/// When an authorized amount is taken.
public enum PaymentCapture: String, CaseIterable, Hashable, Sendable {
  /// At once.
  case automatic
  /// When the shop says so.
  case manual
}

/// What becomes of an order that was paid after its coupons' lock was lost, and there is no room for them any more.
public enum PaidWithoutRoom: String, CaseIterable, Hashable, Sendable {
  /// The order is paid at the price that was shown; the uses are marked, stand beside the limits and raise an alert.
  case honour
  /// The money is given back, and the order's payment counts as failed.
  case refund
}

/// What is sealed under a key that is not in the database, as text.
public typealias SealedText = ExactText<Named.Sealed>

/// The provider's name of an intent or a refund.
public typealias ProviderName = ExactText<Named.ProviderObject>

/// One try to have an order paid through a provider: the saga of a checkout, each of whose steps stands here before and
/// after it is taken.
public struct Payment: Hashable, Sendable {
  /// `payment_…`
  public typealias ID = Identifier<PaymentSubject>

  /// What it is called.
  public let id: ID
  /// Of which order.
  public let orderID: OrderID
  /// Who takes the money.
  public let service: PaymentService
  /// When an authorized amount is taken.
  public let capture: PaymentCapture
  /// What is to be paid.
  public let amount: Money
  /// Until when the customer may pay; it is given up then, unless a bank is at work.
  public let payBy: Instant
  /// When it was begun.
  public let createdAt: Instant
  /// Where it stands.
  public var state: PaymentState
  /// What the provider calls it; nil before it has an intent.
  public var intent: ProviderName?
  /// What the customer's browser pays with, sealed.
  public var clientSecret: SealedText?
  /// What its order becomes if it is given up; nil while nobody wants that.
  public var end: PaymentEnd?
  /// The words of whoever has given it up.
  public var endReason: PaymentEndReason?
  /// Why money was refused last, or no intent was made, in the provider's code or ours.
  public var problem: PaymentProblem?
  /// How many refunds were asked for.
  public var refundCount: Int64
  /// What is to be given back, or was, in minor units.
  public var refundDue: Int64
  /// What the provider has given back, in minor units.
  public var refunded: Int64
  /// When something last happened to it.
  public var updatedAt: Instant

  /// Begins a payment.
  public init(
    id: ID, orderID: OrderID, service: PaymentService, capture: PaymentCapture, amount: Money, payBy: Instant,
    createdAt: Instant
  ) {
    self.id = id
    self.orderID = orderID
    self.service = service
    self.capture = capture
    self.amount = amount
    self.payBy = payBy
    self.createdAt = createdAt
    state = .starting
    refundCount = 0
    refundDue = 0
    refunded = 0
    updatedAt = createdAt
  }
}

/// The words of whoever has given a payment up, for the order's history.
public typealias PaymentEndReason = ExactText<Named.PaymentEndReason>

/// Why a payment has not come, in a word.
public typealias PaymentProblem = ExactText<Named.PaymentProblem>

/// How a tenant's orders are paid.
public struct PaymentSettings: Hashable, Sendable {
  /// Who takes the money of orders that are checked out from now on.
  public var service: PaymentService
  /// When an authorized amount is taken.
  public var capture: PaymentCapture
  /// How long a customer may take to pay, in seconds.
  public var paySeconds: Int64
  /// What becomes of an order that was paid without room for its coupons.
  public var withoutRoom: PaidWithoutRoom
  /// What browsers show to the provider; no secret.
  public var publishableKey: PublishableKey?
  /// What the service shows to the provider, sealed.
  public var secretKey: SealedText?
  /// What the provider signs its messages with, sealed, the newest first.
  public var webhookSecrets: [SealedText]

  /// How long a customer may take to pay: between a minute and a week.
  public static let paySecondsRange: ClosedRange<Int64> = 60...604_800
  /// How many secrets may be in use at once.
  public static let webhookSecretsMax = 4

  /// Describes how orders are paid; if nothing is said, outside, which callers tell of.
  public init(
    service: PaymentService = .manual, capture: PaymentCapture = .automatic, paySeconds: Int64 = 3600,
    withoutRoom: PaidWithoutRoom = .honour, publishableKey: PublishableKey? = nil,
    secretKey: SealedText? = nil,
    webhookSecrets: [SealedText] = []
  ) {
    self.service = service
    self.capture = capture
    self.paySeconds = paySeconds
    self.withoutRoom = withoutRoom
    self.publishableKey = publishableKey
    self.secretKey = secretKey
    self.webhookSecrets = webhookSecrets
  }
}

/// What browsers show to a provider.
public typealias PublishableKey = ExactText<Named.PublishableKey>
