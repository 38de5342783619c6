import Scrip

extension RefusedCode {
  /// One sentence for people. Amounts stay in the facts, since only the caller knows how to show them.
  public var message: String {
    switch reason {
    case .codeMalformed: "This is not a valid code."
    case .alreadyApplied: "This coupon is in the list already."
    case .unknownCode: "No coupon has this code."
    case .couponNotActive: "This coupon is not active yet."
    case .couponDisabled: "This coupon is not available at the moment."
    case .notStarted: "This coupon can be used from \(word("starts_at") ?? "a later date") on."
    case .expired: "This coupon has expired."
    case .ownerMismatch: "This code belongs to another customer."
    case .identityRequired: "This coupon is only for known customers; please sign in."
    case .currencyMismatch: "This coupon can't be used in \(word("currency") ?? "this currency")."
    case .notEligible: "This order does not meet the coupon's conditions\(list("conditions"))."
    case .noEligibleLines: "Nothing in this order is covered by this coupon."
    case .minimumNotReached: "This order does not reach the coupon's minimum amount."
    case .usageLimitReached: "This coupon has been used up."
    case .codeLimitReached: "This code has been used up."
    case .userLimitReached: "You have used this coupon as often as one customer may."
    case .periodLimitReached: "This coupon has been used up for this \(word("period") ?? "period")."
    case .budgetExhausted: "This coupon's budget is spent."
    case .combinationDisallowed: "This coupon can't be combined with another one in this order."
    case .betterDiscountApplied: "Another coupon that can't be combined with this one saves more."
    case .noEffect: "This coupon would take nothing off this order."
    }
  }

  private func word(_ name: String) -> String? {
    switch facts[name] {
    case .text(let text): text
    case .instant(let moment): moment.description
    default: nil
    }
  }

  private func list(_ name: String) -> String {
    guard case .list(let words) = facts[name], !words.isEmpty else { return "" }
    return " (\(words.joined(separator: ", ")))"
  }
}

extension RefusalReason {
  /// Whether the reason tells something about a code that a stranger must not learn by trying codes; reasons about
  /// the caller's own cart do not.
  public var isBlurred: Bool {
    switch self {
    case .codeMalformed, .unknownCode, .couponNotActive, .couponDisabled, .notStarted, .expired,
      .ownerMismatch,
      .usageLimitReached, .codeLimitReached, .userLimitReached, .periodLimitReached, .budgetExhausted:
      true
    case .alreadyApplied, .identityRequired, .currencyMismatch, .notEligible, .noEligibleLines,
      .minimumNotReached, .combinationDisallowed, .betterDiscountApplied, .noEffect:
      false
    }
  }
}
