import JSON
import Scrip

private enum CadenceName: String, CaseIterable { case once, repeated, forever }

extension BillingTerms: ObjectForm {
  /// `BillingTerms`
  public static let formName = "BillingTerms"
  /// For the API's description.
  public static let formNote: StaticString? =
    "How a coupon acts on subscriptions and invoices. A coupon without it is for checkouts."
  /// In JSON.
  public static let formExamples = [#"{"cadence": "repeated", "periods": 3}"#]

  private static let countRange: ClosedRange<Int64> = 1...1200

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ terms: Self?) -> Self? {
    let cadence = walk.cadence(terms?.cadence)
    let after = walk.optional(
      "redeem_after", terms?.redeemAfter, .instant(), "The first moment at which it can be attached.")
    let before = walk.optional(
      "redeem_before", terms?.redeemBefore, .instant(),
      "The first moment at which it can be attached no more. Whoever has it keeps it.")
    let onExcess = walk.member(
      "on_excess", terms?.onExcess, else: .cap, .choice(),
      "What becomes of an amount that is more than there is to take it from: cap takes what there is, skip leaves the coupon out."
    )
    let carries = walk.member(
      "carry_over", terms?.carriesOver, else: false, .flag(),
      "Take what a fixed amount exceeds one invoice by off later ones.")
    let again = walk.member(
      "attach_again", terms?.attachesAgain, else: false, .flag(),
      "Whether what has the coupon can be given it once more.")
    let checkout = walk.member(
      "at_checkout", terms?.isForCheckout, else: false, .flag(), "Whether checkouts may use it, too.")
    guard let cadence, let after, let before, let onExcess, let carries, let again, let checkout else {
      return nil
    }
    if let after, let before, after >= before {
      walk.refuse("redeem_before", .invalidValue, "must be after redeem_after")
      return nil
    }
    if carries, cadence != .once {
      walk.refuse("carry_over", .invalidValue, "must be false unless the cadence is \"once\"")
      return nil
    }
    if carries, onExcess == .skip {
      walk.refuse("on_excess", .invalidValue, "must be \"cap\" beside carry_over")
      return nil
    }
    return Self(
      cadence: cadence, redeemAfter: after, redeemBefore: before, onExcess: onExcess, carriesOver: carries,
      attachesAgain: again, isForCheckout: checkout)
  }

  fileprivate static var counts: ClosedRange<Int64> { countRange }
}

extension FormWalk where Self: ~Copyable {
  /// The members `cadence`, `periods` and `months`.
  mutating func cadence(_ cadence: BillingTerms.Cadence?) -> BillingTerms.Cadence? {
    let name = required("cadence", cadence?.name, .choice())
    let periods = optional(
      "periods", cadence.flatMap(\.periods), .integer(BillingTerms.counts),
      "On how many invoices that get something off it repeats.")
    let months = optional(
      "months", cadence.flatMap(\.months), .integer(BillingTerms.counts),
      "For how many calendar months from its start on it repeats.")
    guard let name, let periods, let months else { return nil }
    switch (name, periods, months) {
    case (.once, nil, nil): return .once
    case (.forever, nil, nil): return .forever
    case (.repeated, .some(let count), nil): return .periods(count)
    case (.repeated, nil, .some(let count)): return .months(count)
    case (.repeated, _, _):
      refuse(
        "periods", .required, "exactly one of periods and months is required for the cadence \"repeated\"")
    case (_, .some, _): refuse("periods", .invalidValue, "must be null unless the cadence is \"repeated\"")
    case (.once, nil, .some), (.forever, nil, .some):
      refuse("months", .invalidValue, "must be null unless the cadence is \"repeated\"")
    }
    return nil
  }
}

extension BillingTerms.Cadence {
  fileprivate var name: CadenceName {
    switch self {
    case .once: .once
    case .periods, .months: .repeated
    case .forever: .forever
    }
  }

  fileprivate var periods: Int64? { if case .periods(let count) = self { count } else { nil } }
  fileprivate var months: Int64? { if case .months(let count) = self { count } else { nil } }
}

extension CouponTerms {
  /// What of the terms invoices have no place for, as the member's name and what is wrong with it; nil if nothing.
  func faultForBilling() -> (member: StaticString, message: StaticString)? {
    guard let billing else { return nil }
    if case .shipping = discount { return ("discount", "must not be for shipping: invoices have none") }
    if scope == .unit { return ("scope", "must be order or line: what invoices bill has no units") }
    if rules != nil { return ("rules", "must be null: they look at carts; use eligible_lines and minimum") }
    if sellerID != nil { return ("seller_id", "must be null: what invoices bill has no sellers") }
    if eligibleLines?.contains(where: { $0.kind == LineCondition.seller.kind }) == true {
      return ("eligible_lines", "must name no sellers: what invoices bill has none")
    }
    if !limits.budget.isEmpty { return ("limits", "must have no budget: invoices take from none") }
    guard billing.carriesOver else { return nil }
    switch discount {
    case .fixed, .decimal:
      return scope == .order ? nil : ("billing", "can carry over amounts with the scope order alone")
    case .percent, .shipping: return ("billing", "can carry over amounts alone")
    }
  }
}

/// How often a coupon gives its discount, by itself.
public struct ShownCadence: ObjectForm {
  /// `Cadence`
  public static let formName = "Cadence"

  /// How often.
  public var cadence: BillingTerms.Cadence

  /// Takes a cadence.
  public init(cadence: BillingTerms.Cadence) { self.cadence = cadence }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    walk.cadence(shown?.cadence).map { Self(cadence: $0) }
  }
}
