import Forms
import Promotions
import Scrip

/// What the ledger says of billing, as the engine's own values.
extension Translation {
  static func moment(_ seconds: Int, since start: Instant) -> Instant {
    start.adding(seconds: Int64(seconds))
  }

  static func billing(_ terms: Ledger.BillingTerms, start: Instant) -> BillingTerms {
    let cadence: BillingTerms.Cadence =
      switch terms.cadence {
      case .once: .once
      case .periods(let count): .periods(Int64(count))
      case .months(let count): .months(Int64(count))
      case .forever: .forever
      }
    return BillingTerms(
      cadence: cadence, redeemAfter: terms.redeemAfter.map { moment($0, since: start) },
      redeemBefore: terms.redeemBefore.map { moment($0, since: start) },
      onExcess: terms.skips ? .skip : .cap, carriesOver: terms.carries, attachesAgain: terms.again,
      isForCheckout: terms.isForCheckout)
  }

  static func exactAmount(_ parts: Int) -> ExactAmount {
    let (whole, rest) = abs(parts).quotientAndRemainder(dividingBy: Ledger.parts)
    let text = "\(parts < 0 ? "-" : "")\(whole).\(String(Ledger.parts + rest).dropFirst())"
    guard let amount = ExactAmount(text) else { preconditionFailure("an amount: \(text)") }
    return amount
  }

  static func exactAmounts(_ amounts: Ledger.Amounts) -> [Currency: ExactAmount] {
    Dictionary(uniqueKeysWithValues: amounts.map { (currency($0.key), exactAmount($0.value)) })
  }

  static func plan(_ plan: Ledger.Plan, start: Instant) -> Subscription.Content {
    guard let status = Subscription.Status(rawValue: plan.status.rawValue) else {
      preconditionFailure("a status")
    }
    return Subscription.Content(
      customer: exact(plan.customer), currency: currency(plan.currency), status: status,
      lines: plan.lines.map { Subscription.Line(id: exact($0)) },
      phases: plan.phases.compactMap { phase in
        Subscription.Phase(
          id: exact(phase.name), startsAt: moment(phase.starts, since: start),
          endsAt: phase.ends.map { moment($0, since: start) })
      },
      periodStart: plan.periodStart.map { moment($0, since: start) },
      revision: plan.revision.map(Int64.init))
  }

  static func bill(
    _ content: Ledger.BillContent, of subscription: Ledger.Name?, expected: Int?, start: Instant,
    coupons: [Coupon.ID]
  ) -> InvoiceRequest {
    let date = content.date.map { moment($0, since: start) }
    let told = Invoice.Content(
      subscriptionID: subscription.map(exact), customer: content.customer.map(exact),
      currency: currency(content.currency), date: date ?? .earliest,
      lines: content.lines.map { line in
        Invoice.Line(
          id: exact(line.id), amount: exactAmount(line.amount), subscriptionLineID: line.item.map(exact),
          productID: line.product.map(exact), categories: line.categories.map { $0.map(exact) },
          isDiscountable: line.isDiscountable)
      },
      coupons: content.named.map { named in
        Invoice.DirectCoupon(
          name(named.coupon, typed: named.typed.text, coupons: coupons), lineID: named.line.map(exact))
      },
      revision: content.revision.map(Int64.init))
    return InvoiceRequest(content: told, date: date, expectedDiscount: expected.map(Int64.init))
  }

  static func name(
    _ name: Ledger.CouponName, typed: String, coupons: [Coupon.ID]
  ) -> Invoice.DirectCoupon.Name {
    switch name {
    case .itself(let coupon): .coupon(coupons[coupon])
    case .code: .code(ExactText(typed))
    }
  }
}
