import Scrip

extension RefusedCode {
  /// One sentence for people. An amount is written plainly, `12.50 EUR`: how a shop shows it is the caller's to choose.
  public var message: String {
    switch reason {
    case .codeMalformed: "This is not a valid code."
    case .suspectedFraud: "Coupons can't be used with this order."
    case .alreadyApplied:
      word("same_as").map { "This code opens the same coupon as \($0), and one of them is enough." }
        ?? "This code is in the list already."
    case .unknownCode: "No coupon has this code."
    case .couponUnreadable: "This coupon is not available at the moment: its stored terms can't be read."
    case .couponNotActive: "This coupon is not active."
    case .couponDisabled: "This coupon is not available at the moment."
    case .billingOnly: "This coupon is for subscriptions and invoices."
    case .checkoutOnly: "This coupon is for checkouts, not for subscriptions and invoices."
    case .couponRevoked: "This coupon was taken back from everybody who had it."
    case .subscriptionCancelled: "The subscription is cancelled and takes no new coupon."
    case .alreadyAttached: "The subscription, or this line item of it, has this coupon already."
    case .budgetOfCheckouts: "This coupon's campaign has a budget, which invoices do not take from."
    case .associationNotStarted:
      "The subscription has this coupon from \(word("starts_at") ?? "a later date") on."
    case .associationEnded: "The subscription had this coupon until \(word("ends_at") ?? "an earlier date")."
    case .phaseNotCurrent: "This coupon is for another phase of the subscription."
    case .onceViolated: "This coupon is for one invoice, and another one has it."
    case .repeatedLimitReached: "The invoices that this coupon is for have it already."
    case .lineNotInvoiced: "This invoice does not bill the line item that the coupon is for."
    case .exceedsAmount: "This coupon's amount is more than there is to take it from."
    case .notStarted: "This coupon can be used from \(word("starts_at") ?? "a later date") on."
    case .expired: "This coupon has expired."
    case .ownerMismatch: "This code belongs to another customer."
    case .identityRequired where facts["needs"] == .list(["user_id"]):
      "This coupon is only for a customer who is signed in; please sign in."
    case .identityRequired:
      "This coupon counts its uses by person: please give an e-mail address, or sign in."
    case .currencyMismatch:
      word("locked_currency").map {
        "The order's lock is in \($0) and can't go over to \(word("currency") ?? "another currency"); release it first."
      } ?? "This coupon can't be used in \(word("currency") ?? "this currency")."
    case .notEligible:
      lacking ?? "This order does not meet the coupon's conditions\(list("conditions"))."
    case .noEligibleLines: lacking ?? notCovered
    case .minimumNotReached: belowMinimum
    case .usageLimitReached where isHeld: held("All uses of this coupon are taken, but some of them")
    case .usageLimitReached: "This coupon has been used up."
    case .codeLimitReached where isHeld: held("All uses of this code are taken, but some of them")
    case .codeLimitReached: "This code has been used up."
    case .userLimitReached where isHeld:
      held("You use this coupon as often as one customer may, but some of these uses are held")
    case .userLimitReached: "You have used this coupon as often as one customer may."
    case .periodLimitReached where isHeld:
      held("All uses of this coupon for this \(word("period") ?? "period") are taken, but some of them")
    case .periodLimitReached: "This coupon has been used up for this \(word("period") ?? "period")."
    case .budgetExhausted where isSomeLeft && isHeld:
      held("Not enough of this coupon's budget is left for this order, but a part of it is held")
    case .budgetExhausted where isSomeLeft: "Not enough of this coupon's budget is left for this order."
    case .budgetExhausted where isHeld: held("This coupon's budget is spent, but a part of it is held")
    case .budgetExhausted: "This coupon's budget is spent."
    case .combinationDisallowed: "This coupon can't be combined with another one."
    case .betterDiscountApplied: "Another coupon that can't be combined with this one saves more."
    case .noEffect: "This coupon would take nothing off this order."
    }
  }

  /// Whether a part of what is used is only held.
  private var isHeld: Bool { facts["held"] != nil }

  /// Whether a part of a budget is left, which is not enough.
  private var isSomeLeft: Bool {
    if case .integer(let left) = facts["left"] { return left > 0 }
    return false
  }

  private func held(_ beginning: String) -> String {
    beginning + " only by open checkouts"
      + (word("held_until").map { "; the first of these ends at \($0) at the latest." } ?? ".")
  }

  /// What the request would have to say for the coupon to be judged.
  private var lacking: String? {
    guard case .list(let missing) = facts["missing"] else { return nil }
    let hint =
      if let country = word("country") {
        "; \(country) is no country of ISO 3166" + (word("suggestion").map { ", did you mean \($0)?" } ?? ".")
      } else {
        "."
      }
    return "Whether this coupon applies depends on something that was not said: "
      + missing.joined(separator: ", ") + hint
  }

  private var notCovered: String {
    if facts["methods"] == nil {
      return "Nothing in this order is covered by this coupon\(list("conditions"))."
    }
    return "This coupon does not cover the shipping of this order\(list("methods"))."
  }

  /// How much is missing, and of which goods where not all of them count.
  private var belowMinimum: String {
    guard let missing = amount("missing"), let minimum = amount("minimum") else {
      return "The goods that count for this coupon do not reach its minimum."
    }
    let discounted = word("basis") == nil ? "" : " after other discounts"
    let some = list("lines").isEmpty ? "goods" : "the goods that count for it\(list("lines"))"
    return "This coupon needs another \(missing) of \(some)\(discounted); its minimum is \(minimum)."
  }

  /// An amount in major units with its currency.
  private func amount(_ name: String) -> String? {
    guard case .integer(let minorUnits) = facts[name], let code = word("currency"),
      let currency = Currency(code: code)
    else { return nil }
    return Money(minorUnits: minorUnits, currency: currency).description
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
    let shown = words.prefix(wordsShown).joined(separator: ", ")
    let others = words.count > wordsShown ? " and \(words.count - wordsShown) others" : ""
    return " (\(shown)\(others))"
  }
}

/// How many words of a list stand in a sentence; the facts have all of them.
private let wordsShown = 5

extension RefusedCode {
  /// The same for a coupon of an invoice.
  var invoiceMessage: String {
    switch reason {
    case .noEligibleLines: "Nothing that the invoice bills is covered by this coupon\(list("conditions"))."
    case .combinationDisallowed: "This coupon can't be combined with another one of this invoice."
    case .identityRequired: "This coupon counts its uses by customer: say who pays."
    case .noEffect: "There is nothing left to take this coupon's discount from."
    case .minimumNotReached:
      "What this coupon is for comes to less than its minimum\(amount("minimum").map { " of \($0)" } ?? "")."
    default: message
    }
  }
}

extension RefusalReason {
  /// Whether the reason tells something about a code that a stranger must not learn by trying codes; reasons about
  /// the caller's own cart do not. A quote asks who is buying of a code with an owner only.
  public var isBlurred: Bool {
    switch self {
    case .codeMalformed, .suspectedFraud, .unknownCode, .couponUnreadable, .couponNotActive, .couponDisabled,
      .billingOnly,
      .checkoutOnly, .couponRevoked, .notStarted,
      .expired, .ownerMismatch, .identityRequired,
      .usageLimitReached, .codeLimitReached, .userLimitReached, .periodLimitReached, .budgetExhausted,
      .budgetOfCheckouts:
      true
    case .alreadyApplied, .subscriptionCancelled, .alreadyAttached, .associationNotStarted, .associationEnded,
      .phaseNotCurrent, .onceViolated, .repeatedLimitReached, .lineNotInvoiced, .exceedsAmount,
      .currencyMismatch, .notEligible, .noEligibleLines,
      .minimumNotReached, .combinationDisallowed, .betterDiscountApplied, .noEffect:
      false
    }
  }
}
