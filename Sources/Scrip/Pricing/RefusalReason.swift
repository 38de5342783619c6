/// Why a code did not apply, most important first: if several reasons hold, the first listed is given.
///
/// The raw values are the stable codes of the API.
public enum RefusalReason: String, Error, CaseIterable, Sendable {
  /// What was typed can't be a code.
  case codeMalformed = "code_malformed"
  /// Who asks looks like somebody who abuses coupons. All codes are refused alike, whatever else is true of them.
  case suspectedFraud = "suspected_fraud"
  /// The same code, or another code of the same coupon, stands earlier in the list.
  case alreadyApplied = "already_applied"
  /// No coupon has this code.
  case unknownCode = "unknown_code"
  /// What is stored of the coupon can't be read: it is damaged, or was written by a newer version of the service.
  case couponUnreadable = "coupon_unreadable"
  /// The coupon is a draft.
  case couponNotActive = "coupon_not_active"
  /// The coupon was disabled.
  case couponDisabled = "coupon_disabled"
  /// The coupon is for subscriptions and invoices, and this is a checkout.
  case billingOnly = "billing_only"
  /// The coupon is for checkouts, and this is a subscription or an invoice.
  case checkoutOnly = "checkout_only"
  /// The coupon was disabled together with what has it.
  case couponRevoked = "coupon_revoked"
  /// The subscription is over and takes no new coupon.
  case subscriptionCancelled = "subscription_cancelled"
  /// The subscription, or its line, has the coupon already.
  case alreadyAttached = "already_attached"
  /// The coupon's window has not begun.
  case notStarted = "not_started"
  /// The coupon's window is over.
  case expired
  /// The code belongs to somebody else.
  case ownerMismatch = "owner_mismatch"
  /// The coupon is held against a person and nothing says who is buying.
  case identityRequired = "identity_required"
  /// The coupon, or a rule on which it depends, has no amount in the order's currency.
  case currencyMismatch = "currency_mismatch"
  /// The coupon's rule does not hold for this order, or may not: something that decides was not said.
  case notEligible = "not_eligible"
  /// Nothing in the order is what the coupon discounts, as far as the request says.
  case noEligibleLines = "no_eligible_lines"
  /// The eligible lines amount to less than the minimum.
  case minimumNotReached = "minimum_not_reached"
  /// All uses of the coupon are taken.
  case usageLimitReached = "usage_limit_reached"
  /// All uses of this code are taken.
  case codeLimitReached = "code_limit_reached"
  /// The customer has used the coupon as often as one person may.
  case userLimitReached = "user_limit_reached"
  /// All uses of the current day, week or month are taken.
  case periodLimitReached = "period_limit_reached"
  /// The coupon's money is spent.
  case budgetExhausted = "budget_exhausted"
  /// The coupon's campaign gives money away by a budget, which invoices do not take from.
  case budgetOfCheckouts = "budget_of_checkouts"
  /// The invoice is of a moment before the association's first.
  case associationNotStarted = "association_not_started"
  /// The invoice is of a moment at which the association was over.
  case associationEnded = "association_ended"
  /// The invoice is of another part of the subscription's time.
  case phaseNotCurrent = "phase_not_current"
  /// The coupon is for one invoice, and another one has it.
  case onceViolated = "once_violated"
  /// As many invoices as the coupon is for have it, or its months are over.
  case repeatedLimitReached = "repeated_limit_reached"
  /// The invoice bills nothing of the line that the coupon is for.
  case lineNotInvoiced = "line_not_invoiced"
  /// The coupon's amount is more than there is to take it from, and it is to be left out then.
  case exceedsAmount = "exceeds_amount"
  /// It does not stand beside the coupons that apply.
  case combinationDisallowed = "combination_disallowed"
  /// Another coupon that it can't stand beside saves more.
  case betterDiscountApplied = "better_discount_applied"
  /// It would take off nothing, so it is not used up.
  case noEffect = "no_effect"

  /// The code of the Universal Commerce Protocol's discount extension that says the same, more coarsely.
  public var ucpCode: String {
    switch self {
    case .expired: "discount_code_expired"
    case .alreadyApplied: "discount_code_already_applied"
    case .combinationDisallowed, .betterDiscountApplied: "discount_code_combination_disallowed"
    case .identityRequired: "discount_code_user_not_logged_in"
    case .ownerMismatch, .notEligible, .userLimitReached: "discount_code_user_ineligible"
    default: "discount_code_invalid"
    }
  }

  /// Whether it is given rather than another one that holds, too.
  public func goesBefore(_ other: RefusalReason) -> Bool {
    self != other && RefusalReason.allCases.first { $0 == self || $0 == other } == self
  }

  /// Whether the refusal is about something that is used up or held by others, rather than about the order.
  public var isConflict: Bool {
    switch self {
    case .usageLimitReached, .codeLimitReached, .userLimitReached, .periodLimitReached, .budgetExhausted: true
    default: false
    }
  }
}

/// What explains a refusal, by name.
public typealias Details = [String: Detail]  // String: names of ours

/// A number, text or moment that explains a refusal, such as the limit that was reached.
public enum Detail: Hashable, Sendable {
  /// A count, or an amount in minor units of the order's currency.
  case integer(Int64)
  /// A word.
  case text(String)  // String: shown, never looked up
  /// A moment.
  case instant(Instant)
  /// Several words.
  case list([String])  // String: shown, never looked up
}

/// One code that did not apply, and why.
public struct RefusedCode: Hashable, Sendable, Error {
  /// The code as it was typed.
  @Exact public var code: String
  /// Its place in the request's list of codes.
  public var index: Int
  /// The coupon behind it, where there is one.
  public var couponID: Coupon.ID?
  /// Why.
  public var reason: RefusalReason
  /// What explains the reason, by name, sorted by name.
  public var facts: Details
  /// Whether the code, asked for alone, is one that a stranger must learn nothing of, although the reason given beside
  /// other codes tells nothing by itself.
  public var isSecret: Bool

  /// Makes a refusal.
  public init(
    code: String, index: Int, couponID: Coupon.ID? = nil, reason: RefusalReason, facts: Details = [:],
    isSecret: Bool = false
  ) {
    self.code = code
    self.index = index
    self.couponID = couponID
    self.reason = reason
    self.facts = facts
    self.isSecret = isSecret
  }
}
