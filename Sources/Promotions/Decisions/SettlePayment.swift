import Forms
import Ledger
import Scrip

/// Somebody who has looked at the provider's own books says how a payment has ended. It is for payments that were changed there
/// by hand, such as an amount of which only a part was captured: what the provider says of them is never believed.
public struct SettlePayment: PromotionAction {
  /// Of which order.
  public var orderID: OrderID
  /// Which payment.
  public var paymentID: Payment.ID
  /// Whether the shop has the money.
  public var isPaid: Bool
  /// Where the payment stood when its provider was asked: of one that has moved on since, that said nothing.
  public var seen: PaymentState
  /// The caller's own words, up to 200 characters.
  @Exact public var reason: String?

  /// Makes an action.
  public init(
    orderID: OrderID, paymentID: Payment.ID, isPaid: Bool, seen: PaymentState, reason: String? = nil
  ) {
    self.orderID = orderID
    self.paymentID = paymentID
    self.isPaid = isPaid
    self.seen = seen
    self.reason = reason
  }

  private var report: ReportPayment {
    ReportPayment(orderID: orderID, paymentID: paymentID, .news(isPaid ? .taken : .letGo, problem: .settled))
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for what the provider's own word would ask for.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    report.ask(for: &request, of: tenant, given: set, now: now)
  }

  /// Ends it as if the provider had said so. One of which the provider has not even begun an intent can only be unpaid.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let payment = try set.payment(paymentID, of: context.tenant)
    let news: PaymentNews = isPaid ? .taken : payment.state == .starting ? .refused : .letGo
    if payment.state != seen || payment.state.after(news) == nil { throw .notSettleable(payment) }
    var report = report
    report.report = .news(news, problem: .settled)
    report.settlement = ReportPayment.Settlement(reason: reason.flatMap { $0.isEmpty ? nil : $0 })
    return try report.decide(set, context)
  }
}

extension PaymentProblem {
  /// Somebody has said how it ended.
  public static let settled: PaymentProblem = "settled_by_hand"
}

extension Refusal {
  fileprivate static func notSettleable(_ payment: Payment) -> Refusal {
    let detail = "The payment is \(payment.state.rawValue) by now, and can't be settled like that."
    return Refusal(
      .paymentNotSettleable, detail,
      items: [
        Item(
          pointer: "", code: Code.paymentNotSettleable.rawValue, message: detail,
          facts: ["state": .text(payment.state.rawValue)])
      ])
  }
}
