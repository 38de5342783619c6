import Forms
import JSON
import Ledger
import Promotions
import Scrip

/// What a coupon gave to subscriptions and invoices.
struct CouponBillingStatistics: ObjectForm {
  static let formName = "CouponBillingStats"

  /// How often it gives its discount; nil for a coupon for checkouts.
  var cadence: BillingTerms.Cadence?
  /// By currency.
  var perCurrency: [BillingOfCurrency]

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ statistics: Self?) -> Self? {
    let cadence = walk.optional(
      "cadence", statistics?.cadence.map { ShownCadence(cadence: $0) }, .object(),
      "How often it gives its discount; null for a coupon for checkouts.")
    let perCurrency = walk.required(
      "per_currency", statistics?.perCurrency, .objects(BillingOfCurrency.self))
    guard let cadence, let perCurrency else { return nil }
    return Self(cadence: cadence?.cadence, perCurrency: perCurrency)
  }
}

/// What a coupon gave in one currency.
struct BillingOfCurrency: ObjectForm {
  static let formName = "BillingOfCurrency"

  var currency: Currency
  var row: CouponBillingRow

  init(_ found: (key: Owned<CouponBillingKey>, row: CouponBillingRow)) {
    currency = found.key.value.currency
    row = found.row
  }

  private init(currency: Currency, row: CouponBillingRow) {
    self.currency = currency
    self.row = row
  }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let row = shown?.row
    let currency = walk.required("currency", shown?.currency, .currency())
    let attached = walk.required(
      "attached", row?.attached, .integer(0, to: .max), "How often it was attached.")
    let detached = walk.required(
      "detached", row?.detached, .integer(0, to: .max), "How often it was detached again.")
    let givenBack = walk.required(
      "given_back", row?.givenBack, .integer(0, to: .max), "How many of these uses went back.")
    let invoices = walk.required(
      "invoices", row?.invoices, .integer(0, to: .max), "The invoices that it takes something off.")
    let sum = row.map { BoundedSum($0.discount) }
    let discount = walk.required("discount", sum?.minorUnits, .amount(), "What it takes off them.")
    let isSaturated = walk.required(
      "saturated", sum?.isSaturated, .flag(),
      "Whether a sum is more than the largest amount, which it is shown as.")
    guard let currency, let attached, let detached, let givenBack, let invoices, let discount,
      isSaturated != nil
    else { return nil }
    var read = CouponBillingRow()
    read.attached = attached
    read.detached = detached
    read.givenBack = givenBack
    read.invoices = invoices
    read.discount = Int128(discount)
    return Self(currency: currency, row: read)
  }
}
