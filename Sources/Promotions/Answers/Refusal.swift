import Forms
import JSON
import Ledger
import Scrip

/// Why a command was refused: an expected business answer with a stable code.
public struct Refusal: Error, Hashable, Sendable {
  /// The stable codes of refusals, besides those of single codes.
  public enum Code: Hashable, Sendable {
    /// At least one code can't be locked; the most important reason of them.
    case codeRefused(RefusalReason)
    /// The tenant has no such coupon.
    case couponNotFound
    /// The tenant has no such application.
    case applicationNotFound
    /// The tenant has no such key.
    case keyNotFound
    /// The tenant has no words of its own for such mails.
    case mailTemplateNotFound
    /// The tenant has nothing of the kind with that identifier.
    case notFound(StreamKind)
    /// The coupon's life cycle does not allow this step.
    case invalidTransition
    /// The coupon's window is over, so that nobody could use it.
    case windowOver
    /// No code opens the coupon, so that nobody could use it.
    case couponWithoutCode
    /// The coupon is archived and can't be changed.
    case couponArchived
    /// The coupon's terms hold what only a newer version of this program knows, so that an edit would lose it.
    case newerTerms
    /// The coupon, or the settings, were changed since they were read.
    case versionConflict
    /// A code is in use by a coupon that is not archived.
    case codeTaken
    /// Half of the pattern's codes are given out.
    case patternExhausted
    /// The order has a live application with other codes.
    case orderHasApplication
    /// The order is kept here, so that what is asked of its application is asked of the order.
    case orderKeptHere
    /// An order of that name is kept here already.
    case orderExists
    /// An order that is kept here can't take this step from where it stands.
    case forbiddenStep(ForbiddenStep.Reason)
    /// A code of the order takes off what shipping costs, and the order has no shipping charge.
    case shippingNotKnown
    /// The provider takes no such fraction of the currency.
    case amountNotPayable
    /// A payment has ended, or has no intent that could have been paid.
    case paymentNotSettleable
    /// What is to be given back is not there, or was given back before.
    case notRefundable
    /// The tenant has no such payment.
    case paymentNotFound
    /// A provider takes the order's money, and says itself whether it has come.
    case paymentByProvider
    /// The provider lacks what it needs to take money.
    case providerNotSetUp
    /// A subscription of that name is there, of another customer or in another currency.
    case subscriptionExists
    /// The subscription has no such line item.
    case lineItemNotFound
    /// The subscription has no such phase.
    case phaseNotFound
    /// The subscription has no such association.
    case associationNotFound
    /// Invoices have a discount of the association, so that its use can't go back.
    case associationUsed
    /// The subscription has as many coupons as one may have.
    case tooManyCoupons
    /// An invoice of that name is there, of another subscription.
    case invoiceExists
    /// The invoice is frozen.
    case invoiceFinalized
    /// The invoice was called off.
    case invoiceVoided
    /// The lock's time ran out and its place was taken.
    case lockExpired
    /// The coupon was disabled together with its locks.
    case lockRevoked
    /// The application was redeemed.
    case alreadyRedeemed
    /// The application was given back.
    case alreadyReleased
    /// The application was not redeemed, so there is nothing to restore.
    case notRedeemed
    /// The discount is not what the caller expected.
    case discountChanged
    /// The total is not what the caller expected.
    case totalChanged
    /// The cart's goods and shipping come to more than an order may cost.
    case amountOverflow
    /// The idempotency key was used for another request.
    case idempotencyKeyReused
    /// The last admin key of a tenant can't be revoked.
    case lastAdminKey
    /// There is no task of this name.
    case taskNotFound
    /// The task has to be done.
    case taskNotCancellable
    /// The tenant has no such webhook.
    case webhookNotFound
    /// The tenant has as many webhooks as it may have.
    case webhookLimitReached
    /// Nothing is sent to the webhook.
    case webhookNotActive
    /// As many replays to the webhook wait as may.
    case webhookReplaysWaiting
    /// The tenant has no such message.
    case messageNotFound
    /// There is nothing to be done about the message any more.
    case messageSettled
    /// The tenant suspects nobody and nothing of that name.
    case fraudCaseNotFound
    /// A list of traits holds as many as it may.
    case fraudListFull
    /// A coupon stands on no list.
    case suspectNotListable
  }

  /// One thing that stands in the way, pointing into the request.
  public struct Item: Hashable, Sendable {
    /// A JSON pointer into the request, such as `/codes/0`.
    @Exact public var pointer: String
    /// A stable code.
    @Exact public var code: String
    /// One sentence for people.
    @Exact public var message: String
    /// What explains it.
    public var facts: Details

    /// Makes an item.
    public init(pointer: String, code: String, message: String, facts: Details = [:]) {
      self.pointer = pointer
      self.code = code
      self.message = message
      self.facts = facts
    }
  }

  /// The stable code.
  public var code: Code
  /// One sentence for people, about this very case.
  @Exact public var detail: String
  /// The parts of the request that stand in the way.
  public var items: [Item]
  /// Whether it is kept under the idempotency key that it answers. What can't be decided because something that is
  /// stored can't be read may be decided once that is healed.
  public private(set) var isKept = true

  /// Makes a refusal.
  public init(_ code: Code, _ detail: String, items: [Item] = []) {
    self.code = code
    self.detail = detail
    self.items = items
  }
}

extension Refusal {
  /// The same, not kept under an idempotency key: a little later the answer may be another one.
  var forNow: Refusal {
    var refusal = self
    refusal.isKept = false
    return refusal
  }

  /// There is no deciding: something that is stored can't be understood.
  static func unreadable(_ what: String) -> Refusal {
    var refusal = Refusal(
      .codeRefused(.couponUnreadable),
      "This can't be decided, because something that is stored can't be read: \(what).")
    refusal.isKept = false
    return refusal
  }

  /// The same, for what a store has told.
  public static func unreadable(_ failure: StoreFailure) -> Refusal { unreadable(failure.subject) }
}

extension Refusal.Code: RawRepresentable, CaseIterable {
  private static let ownCodes: [Refusal.Code] = [
    .couponNotFound, .applicationNotFound, .keyNotFound, .mailTemplateNotFound, .invalidTransition,
    .windowOver, .couponWithoutCode,
    .couponArchived, .newerTerms, .versionConflict, .codeTaken, .patternExhausted, .orderHasApplication,
    .lockExpired,
    .lockRevoked, .alreadyRedeemed,
    .alreadyReleased, .notRedeemed, .discountChanged, .totalChanged, .amountOverflow, .idempotencyKeyReused,
    .lastAdminKey, .taskNotFound, .taskNotCancellable, .webhookNotFound, .webhookLimitReached,
    .webhookNotActive,
    .webhookReplaysWaiting, .messageNotFound, .messageSettled,
    .fraudCaseNotFound, .fraudListFull, .suspectNotListable,
  ]

  private static let orderCodes: [Refusal.Code] =
    [
      .orderKeptHere, .orderExists, .shippingNotKnown, .amountNotPayable, .paymentNotSettleable,
      .notRefundable, .paymentNotFound, .paymentByProvider,
      .providerNotSetUp,
    ]
    + ForbiddenStep.Reason.allCases.map(Refusal.Code.forbiddenStep)

  private static let billingCodes: [Refusal.Code] = [
    .subscriptionExists, .lineItemNotFound, .phaseNotFound, .associationNotFound, .associationUsed,
    .tooManyCoupons, .invoiceExists, .invoiceFinalized, .invoiceVoided,
  ]

  private static let notFoundCodes =
    Catalogue.tables.compactMap { $0.shape.streams.map(Refusal.Code.notFound) } + [.notFound(.order)]

  private static let byText = Dictionary(
    uniqueKeysWithValues: (ownCodes + orderCodes + billingCodes + notFoundCodes).map { ($0.rawValue, $0) })

  /// Every code.
  public static var allCases: [Refusal.Code] {
    RefusalReason.allCases.map(Refusal.Code.codeRefused) + ownCodes + orderCodes + billingCodes
      + notFoundCodes
  }

  // Codes are compared by this text, because the type is raw representable: it must not compare codes itself.
  /// The code as callers see it.
  public var rawValue: String {
    switch self {
    case .codeRefused(let reason): reason.rawValue
    case .couponNotFound: "coupon_not_found"
    case .applicationNotFound: "application_not_found"
    case .keyNotFound: "key_not_found"
    case .mailTemplateNotFound: "mail_template_not_found"
    case .notFound(let kind): "\(kind.name)_not_found"
    case .invalidTransition: "invalid_transition"
    case .windowOver: "window_over"
    case .couponWithoutCode: "coupon_without_code"
    case .couponArchived: "coupon_archived"
    case .newerTerms: "newer_terms"
    case .versionConflict: "version_conflict"
    case .codeTaken: "code_taken"
    case .patternExhausted: "pattern_exhausted"
    case .orderHasApplication: "order_has_application"
    case .orderKeptHere: "order_kept_here"
    case .paymentNotFound: "payment_not_found"
    case .paymentByProvider: "payment_by_provider"
    case .providerNotSetUp: "provider_not_set_up"
    case .orderExists: "order_exists"
    case .forbiddenStep(let reason): reason.rawValue
    case .shippingNotKnown: "shipping_not_known"
    case .amountNotPayable: "amount_not_payable"
    case .paymentNotSettleable: "payment_not_settleable"
    case .notRefundable: "not_refundable"
    case .subscriptionExists: "subscription_exists"
    case .lineItemNotFound: "line_item_not_found"
    case .phaseNotFound: "phase_not_found"
    case .associationNotFound: "association_not_found"
    case .associationUsed: "association_used"
    case .tooManyCoupons: "too_many_coupons"
    case .invoiceExists: "invoice_exists"
    case .invoiceFinalized: "invoice_finalized"
    case .invoiceVoided: "invoice_voided"
    case .lockExpired: "lock_expired"
    case .lockRevoked: "lock_revoked"
    case .alreadyRedeemed: "already_redeemed"
    case .alreadyReleased: "already_released"
    case .notRedeemed: "not_redeemed"
    case .discountChanged: "discount_changed"
    case .totalChanged: "total_changed"
    case .amountOverflow: "amount_overflow"
    case .idempotencyKeyReused: "idempotency_key_reused"
    case .lastAdminKey: "last_admin_key"
    case .taskNotFound: "task_not_found"
    case .taskNotCancellable: "task_not_cancellable"
    case .webhookNotFound: "webhook_not_found"
    case .webhookLimitReached: "webhook_limit_reached"
    case .webhookNotActive: "webhook_not_active"
    case .webhookReplaysWaiting: "webhook_replays_waiting"
    case .messageNotFound: "message_not_found"
    case .messageSettled: "message_settled"
    case .fraudCaseNotFound: "fraud_case_not_found"
    case .fraudListFull: "fraud_list_full"
    case .suspectNotListable: "suspect_not_listable"
    }
  }

  /// The code with that text; nil if there is none.
  public init?(rawValue: String) {
    if let reason = RefusalReason(rawValue: rawValue) {
      self = .codeRefused(reason)
    } else if let code = Refusal.Code.byText[rawValue] {
      self = code
    } else {
      return nil
    }
  }
}
