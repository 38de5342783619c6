import Forms
import Ledger
import Scrip

/// Gives a paid order other items, and prices it again with the versions and places that it holds. The difference to what
/// it cost is to be charged or given back; each coupon's use stays one use.
public struct AmendOrder: PromotionAction {
  /// Which order.
  public var orderID: OrderID
  /// What is bought from now on. No product stands in it twice.
  public var cart: Cart
  /// What the caller believes the order to cost from now on, in minor units; anything else is refused.
  public var expectedTotal: Int64?
  /// The caller's own words, up to 200 characters.
  public var reason: String?

  /// Makes an action.
  public init(orderID: OrderID, cart: Cart, expectedTotal: Int64? = nil, reason: String? = nil) {
    self.orderID = orderID
    self.cart = cart
    self.expectedTotal = expectedTotal
    self.reason = reason
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order with everything behind its application, and for its payment.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    request.addPayment(ofOrder: orderID, tenant, given: set)
  }

  /// Prices it again. A code that no longer applies takes off nothing; its use stays.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    _ = try order.after(.amend)
    try order.checkWhole()
    let old = order.row.content.content
    try order.check(currencyOf: cart)
    let (quote, coupons) = try price(order, set, context)
    try Refusal.check(expectedTotal: expectedTotal, quote.total)
    let content = KeptOrder(
      OrderContent(
        cart: cart, customer: old.customer, locale: old.locale, metadata: old.metadata,
        subtotal: quote.subtotal, shipping: quote.shipping, discount: quote.discount, total: quote.total,
        quote: quote.json(disclosing: .exact), isMailed: old.isMailed))
    let difference = quote.total - old.total
    var facts: [any Fact<WorkingSet>] = []
    let back = try order.refundStarted(leaving: quote.total, in: set, context)
    if content != order.row.content {
      facts = [OrderAmended(orderID: orderID, content: content, difference: difference, reason: reason)]
      if let back { facts.append(back) }
    }
    let byProvider = facts.isEmpty ? 0 : back?.amount ?? 0
    var decision = order.decision(facts.isEmpty ? [] : coupons, facts, context)
    let key = Owned(context.tenant, Order.ID(of: orderID))
    decision.reply = .entity(isNew: false) { set in
      set.keptOrders[key].map { row in
        OrderAmendment(
          orderID: row.orderID, version: row.head.sequence, currency: row.content.content.cart.currency,
          total: row.content.content.total, difference: difference, byProvider: byProvider)
      }
    }
    return decision
  }

  /// What the order costs with the coupons that it has used, and what becomes of them.
  private func price(
    _ order: StandingOrder, _ set: WorkingSet, _ context: DecisionContext
  ) throws(Refusal) -> (Quote, [(stream: StreamID, fact: any Fact<WorkingSet>)]) {
    let customer = order.row.content.content.customer
    guard let application = order.application, !application.liveUsages.isEmpty else {
      let plain = try OrderPrice([], customer: customer, cart: cart, in: set, context)
      return (plain.quote, [])
    }
    let usages = application.liveUsages
    let repricing = try Repricing(
      of: application, usages: usages, cart: cart, customer: customer, set: set, context: context)
    let applied = Set(repricing.quote.applied.map(\.couponID))
    var facts = repricing.facts
    for index in facts.indices {
      guard var repriced = facts[index].fact as? UsageRepriced, let id = facts[index].stream.couponID,
        !applied.contains(id)
      else { continue }
      repriced.amount = 0
      facts[index].fact = repriced
    }
    let told = Set(facts.compactMap(\.stream.couponID))
    for usage in usages where !told.contains(usage.couponID) {
      let nothing = UsageRepriced(
        application.reference(to: usage), before: application.standing(of: usage), amount: 0, agreement: nil)
      facts.append((.coupon(usage.couponID), nothing))
    }
    return (repricing.quote, facts)
  }
}

extension StandingOrder {
  /// Refuses to write an order again that has members which only a newer version of this program knows.
  func checkWhole() throws(Refusal) {
    if row.content.isWhole { return }
    throw Refusal(
      .newerTerms,
      "The order was written by a newer version of this program, and a change by this one would lose a part of it; change it through a node of the newer version."
    )
  }

  /// Refuses another currency than that which was paid in.
  fileprivate func check(currencyOf cart: Cart) throws(Refusal) {
    let paid = row.content.content.cart.currency
    if cart.currency == paid { return }
    let detail = "The order was paid in \(paid.code), and keeps that currency."
    throw Refusal(
      .codeRefused(.currencyMismatch), detail,
      items: [
        Refusal.Item(
          pointer: "/cart/currency", code: RefusalReason.currencyMismatch.rawValue, message: detail,
          facts: ["currency": .text(cart.currency.code), "paid_currency": .text(paid.code)])
      ])
  }
}
