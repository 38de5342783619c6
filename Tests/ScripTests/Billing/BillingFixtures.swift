import Testing

@testable import Scrip

let usd = Currency(code: "USD")!

/// Terms for invoices.
func billed(
  _ discount: Discount, _ cadence: BillingTerms.Cadence = .forever, scope: DiscountScope = .order,
  stacking: Stacking = .open, _ change: (inout CouponTerms) -> Void = { _ in }
) -> CouponTerms {
  terms(discount, scope: scope, stacking: stacking) {
    $0.billing = BillingTerms(cadence: cadence)
    change(&$0)
  }
}

/// An amount off with more digits than the currency has.
func decimal(_ text: String, _ currency: Currency = eur) -> Discount {
  .decimal(DecimalDiscount([currency: ExactAmount(text)!]))
}

/// Lines `line-0`, `line-1` and so on at these amounts of minor units.
func billLines(_ amounts: String...) -> [Invoice.Line] {
  amounts.enumerated().map { billLine($0.offset, $0.element) }
}

func billLine(_ index: Int, _ amount: String, _ change: (inout Invoice.Line) -> Void = { _ in })
  -> Invoice.Line
{
  var line = Invoice.Line(id: LineID("line-\(index)"), amount: ExactAmount(amount)!)
  change(&line)
  return line
}

/// A coupon that the subscription has; its identifiers follow from one number.
func attached(
  _ number: Int, _ terms: CouponTerms, line: Int? = nil, _ change: (inout InvoiceCoupon) -> Void = { _ in }
) -> InvoiceCoupon {
  var coupon = InvoiceCoupon(
    source: .association(Association.ID(UInt128(number + 1))), couponID: Coupon.ID(UInt128(number + 1)),
    terms: .success((terms, 1)), lines: line.map { [$0] }, lineID: line.map { LineID("line-\($0)") },
    start: noon, priority: terms.priority)
  change(&coupon)
  return coupon
}

/// A coupon that is named for the invoice alone.
func named(
  _ number: Int, _ terms: CouponTerms, line: Int? = nil, _ change: (inout InvoiceCoupon) -> Void = { _ in }
) -> InvoiceCoupon {
  attached(number, terms, line: line) {
    $0.source = .direct(number)
    change(&$0)
  }
}

func priced(
  _ lines: [Invoice.Line], _ coupons: InvoiceCoupon..., currency: Currency = eur, rounding: Rounding = .halfUp
) throws -> InvoicePrice {
  try InvoicePricing(rounding: rounding).price(lines: lines, currency: currency, coupons)
}

extension InvoicePrice {
  var discounts: [Int64] { applied.map(\.discount) }
  var reasons: [RefusalReason] { notApplied.map(\.reason) }
  var taxable: [Int64] { lines.map(\.taxable) }
  /// The number of each coupon that applies, in the order in which they were computed.
  var winners: [Int] { applied.map { Int($0.couponID.value) - 1 } }
}

/// One coupon of a subscription with what a caller has to keep of it: on which invoices it gave how much.
struct KeptAssociation {
  let terms: CouponTerms
  let number: Int
  /// The invoices that have it, with what each got.
  private(set) var given: [Int: Int64] = [:]
  private var positions: [Int: Int64] = [:]

  init(_ terms: CouponTerms, number: Int = 0) {
    self.terms = terms
    self.number = number
  }

  var invoices: Int64 { Int64(given.count) }
  var total: Int64 { given.values.reduce(0, +) }

  /// The coupon as it takes part in an invoice.
  func coupon(on invoice: Int) -> InvoiceCoupon {
    let others = given.filter { $0.key != invoice }
    return attached(number, terms) {
      $0.otherInvoices = Int64(others.count)
      $0.otherDiscount = others.values.reduce(0, +)
      $0.position = positions[invoice]
    }
  }

  /// Keeps what an invoice got of it.
  mutating func keep(_ price: InvoicePrice, of invoice: Int) {
    let own = price.applied.first { $0.source == .association(Association.ID(UInt128(number + 1))) }
    given[invoice] = own?.discount
    positions[invoice] = own?.position
  }

  /// Prices an invoice of one line, and keeps what it got.
  mutating func bill(_ invoice: Int, _ amount: String) throws -> InvoicePrice {
    let price = try priced(billLines(amount), coupon(on: invoice))
    keep(price, of: invoice)
    return price
  }

  mutating func void(_ invoice: Int) {
    given[invoice] = nil
    positions[invoice] = nil
  }
}
