import Forms
import Ledger
import Scrip

/// What a provider has said of a payment, or what time has made of it. The order and its coupons follow in the same
/// transaction.
public struct ReportPayment: PromotionAction {
  /// What is told.
  public enum Report: Hashable, Sendable {
    /// The provider has made an intent; with what browsers pay, sealed.
    case begun(ProviderName, clientSecret: SealedText?)
    /// Something else, and why money was refused, or why it is given up.
    case news(PaymentNews, problem: PaymentProblem?)
  }

  /// Of which order.
  public var orderID: OrderID
  /// Of which payment.
  public var paymentID: Payment.ID
  /// What is told.
  public var report: Report
  /// What somebody says of it who is no provider; nil if the provider does.
  var settlement: Settlement?

  /// What somebody says of a payment who has looked at the provider's books.
  struct Settlement: Hashable, Sendable {
    /// In whose words.
    @Exact var reason: String?
  }

  /// Makes an action.
  public init(orderID: OrderID, paymentID: Payment.ID, _ report: Report) {
    self.orderID = orderID
    self.paymentID = paymentID
    self.report = report
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order with everything behind its application, and for the payment.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    request.addPayment(paymentID, of: tenant)
    request.shelf[PaymentSettingsRow.self].insert(tenant)
    if let payment = set.shelf[PaymentRow.self][Owned(tenant, paymentID)]?.payment {
      request.dueWork.insert(Owned(tenant, .refund(payment.refundCount + 1, of: paymentID)))
    }
  }

  /// Notes it. What changes nothing, because it comes late or twice, is no mistake.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    let payment = try set.payment(paymentID, of: context.tenant)
    switch report {
    case .begun(let intent, let clientSecret):
      guard payment.state.after(.begun) != nil else { return order.decision([], [], context) }
      return order.decision(
        [],
        [
          PaymentIntentCreated(
            orderID: orderID, paymentID: paymentID, intent: intent, clientSecret: clientSecret)
        ], context)
    case .news(let news, let problem):
      guard let state = payment.state.after(news) else {
        // A card was refused again, for another reason.
        guard news == .waits, payment.state == .open, let problem, problem != payment.problem else {
          return order.decision([], [], context)
        }
        return order.decision([], [changed(payment, to: .open, problem)], context)
      }
      return try follow(payment, to: state, problem, order, set, context)
    }
  }

  /// Where the payment stands now, and what that means for the order and its coupons.
  private func follow(
    _ payment: Payment, to state: PaymentState, _ problem: PaymentProblem?, _ order: StandingOrder,
    _ set: WorkingSet, _ context: DecisionContext
  ) throws(Refusal) -> Decision<WorkingSet> {
    let end = state == .cancelling || state == .failed ? payment.end ?? .failed : payment.end
    // Who has given it up has the say why.
    let isHeard = settlement != nil || payment.state != .cancelling || payment.problem == nil
    let problem = isHeard ? problem ?? payment.problem : payment.problem
    let changed = changed(payment, to: state, problem, end)
    let reason = settlement?.reason ?? payment.endReason?.text ?? problem?.text
    guard let step = state.orderStep(given: end, order: order.row.state) else {
      return order.decision([], [changed], context)
    }
    _ = try order.after(step)
    switch step {
    case .authorize: return order.decision([], [changed, OrderAuthorized(orderID: orderID)], context)
    case .pay, .capture: return try pay(payment, changed, order, set, context)
    case .cancel:
      return order.decision(
        order.application?.release(because: .requested, reason: reason) ?? [],
        [changed, OrderCancelled(orderID: orderID, reason: reason)], context)
    case .fail, .change, .checkOut, .checkOutFree, .retry, .refundPart, .refundRest, .amend:
      return order.decision(
        order.application?.release(because: .requested, reason: reason) ?? [],
        [changed, CheckoutFailed(orderID: orderID, reason: reason)], context)
    }
  }

  /// The money is there: the coupons are used. Where their lock was lost and nothing is left of them, the tenant has said
  /// what happens.
  private func pay(
    _ payment: Payment, _ changed: PaymentStateChanged, _ order: StandingOrder, _ set: WorkingSet,
    _ context: DecisionContext
  ) throws(Refusal) -> Decision<WorkingSet> {
    let paid = OrderPaid(
      orderID: orderID, total: order.row.content.content.total,
      reference: payment.reference)
    do throws(Refusal) {
      let policy = try set.paymentSettings(context.tenant).withoutRoom
      let coupons = try order.application?.redeemed(
        set, context, withoutRoom: policy == .honour ? .honour : .refuse)
      return order.decision(coupons ?? [], [changed, paid], context)
    } catch {
      // Whoever says by hand that it was paid is told instead that there are no coupons for it.
      guard settlement == nil, error.code == .lockExpired || error.code == .lockRevoked else { throw error }
      return giveBack(payment, changed, order, context)
    }
  }

  /// The order is not paid with coupons that it does not have: the money goes back, and so do those that are still held
  /// beside one that revoked its locks.
  private func giveBack(
    _ payment: Payment, _ changed: PaymentStateChanged, _ order: StandingOrder, _ context: DecisionContext
  ) -> Decision<WorkingSet> {
    let back = RefundStarted(
      orderID: orderID, paymentID: paymentID, number: payment.refundCount + 1,
      amount: payment.amount.minorUnits - payment.refundDue)
    let reason = PaymentProblem.noRoom.text
    var decision = order.decision(
      order.application?.release(because: .requested, reason: reason) ?? [],
      [changed, CheckoutFailed(orderID: orderID, reason: reason), back], context)
    decision.isShort = true
    return decision
  }

  private func changed(
    _ payment: Payment, to state: PaymentState, _ problem: PaymentProblem?, _ end: PaymentEnd? = nil
  ) -> PaymentStateChanged {
    PaymentStateChanged(
      orderID: orderID, paymentID: paymentID, state: state, problem: problem, end: end,
      reason: settlement?.reason.map { PaymentEndReason($0) } ?? payment.endReason)
  }
}

extension Payment {
  /// What the order calls its payment: the provider's name of it, or ours where that is longer than a reference may be.
  fileprivate var reference: PaymentReference {
    let name = intent?.text ?? ""
    return (1...200).contains(name.unicodeScalars.count)
      ? PaymentReference(name) : PaymentReference(id.description)
  }
}

extension PaymentProblem {
  /// The money came after the coupons' lock was lost, and there was no room for them any more.
  public static let noRoom: PaymentProblem = "no_room"
  /// The customer has not paid in time.
  public static let timedOut: PaymentProblem = "timed_out"
  /// The provider would not make an intent.
  public static let refusedByProvider: PaymentProblem = "refused_by_provider"
  /// The shop has called it off.
  public static let requested: PaymentProblem = "requested"
}

extension WorkingSet {
  /// A payment of the tenant.
  func payment(_ id: Payment.ID, of tenant: Tenant.ID) throws(Refusal) -> Payment {
    let rows = shelf[PaymentRow.self]
    if let failure = rows.unreadable[Owned(tenant, id)] { throw .unreadable(failure) }
    if let row = rows[Owned(tenant, id)] { return row.payment }
    throw Refusal(.paymentNotFound, "There is no payment \(id).")
  }
}
