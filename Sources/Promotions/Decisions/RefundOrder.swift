import Forms
import Ledger
import Scrip

/// Gives back units and shipping of a paid order, or all that is left of it. What each unit has cost stands in the order's
/// quote, so that whatever is given back, and in whatever order, comes to what was paid, to the cent.
public struct RefundOrder: PromotionAction {
  /// What is given back.
  public enum Extent: Sendable {
    /// These units, by line, and this money of shipping charges.
    case parts(lines: [(id: LineID, units: RefundRequest.Units)], charges: [(id: LineID, amount: Int64)])
    /// All that is left.
    case rest
  }

  /// Of which order.
  public var orderID: OrderID
  /// What.
  public var extent: Extent
  /// The caller's own words, up to 200 characters.
  public var reason: String?

  /// Makes an action.
  public init(orderID: OrderID, _ extent: Extent, reason: String? = nil) {
    self.orderID = orderID
    self.extent = extent
    self.reason = reason
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the order with everything behind its application.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    StandingOrder.ask(for: orderID, request: &request, of: tenant, given: set)
    request.addPayment(ofOrder: orderID, tenant, given: set)
  }

  /// Gives it back. Once nothing is left, the coupons that restore when everything was given back are given back as well.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let order = try StandingOrder(orderID, in: set, of: context.tenant)
    _ = try order.after(step)
    var ledger = try order.ledger()
    let refund = try refund(from: &ledger)
    let isRest = ledger.isExhausted
    let restored =
      isRest
      ? try order.application?.restore(because: .fullyRefunded, reason: reason, in: set, context.tenant) ?? []
      : []
    let refunded = OrderRefunded(orderID: orderID, refund: refund, isRest: isRest, reason: reason)
    let paid = ledger.paid
    let left = paid - order.row.refunded - refund.amount
    let back = try order.refundStarted(leaving: left, in: set, context)
    let byProvider = back?.amount ?? 0
    var decision = order.decision(restored, [refunded] + (back.map { [$0] } ?? []), context)
    let key = Owned(context.tenant, Order.ID(of: orderID))
    decision.reply = .entity(isNew: false) { set in
      set.keptOrders[key].map { row in
        OrderRefund(
          orderID: row.orderID, state: row.state, version: row.head.sequence,
          currency: row.content.content.cart.currency, refund: refund, byProvider: byProvider,
          refunded: row.refunded, left: paid - row.refunded)
      }
    }
    return decision
  }

  private var step: OrderStep {
    switch extent {
    case .parts: .refundPart
    case .rest: .refundRest
    }
  }

  private func refund(from ledger: inout RefundLedger) throws(Refusal) -> Refund {
    guard case .parts(let lines, let charges) = extent else { return ledger.refundRest() }
    let request = RefundRequest(
      lines: Dictionary(lines.map { ($0.id, $0.units) }, uniquingKeysWith: { first, _ in first }),
      charges: Dictionary(charges.map { ($0.id, $0.amount) }, uniquingKeysWith: { first, _ in first }))
    do throws(RefundRefusal) { return try ledger.refund(request) } catch {
      throw Refusal(.notRefundable, error.detail, items: [error.item(lines.map(\.id), charges.map(\.id))])
    }
  }
}

extension StandingOrder {
  /// What was paid for it, unit by unit, and what of that was given back.
  func ledger() throws(Refusal) -> RefundLedger {
    let quote = try quote()
    do throws(MoneyOverflow) {
      return try RefundLedger(row.content.content.cart, quote, returned: row.returned)
    } catch {
      throw .unreadable("the cart of the order \(row.orderID)")
    }
  }
}

extension RefundRefusal {
  fileprivate var detail: String {
    switch self {
    case .unknownLine(let id): "The order has no line \(id)."
    case .unknownCharge(let id): "The order has no shipping charge \(id)."
    case .nothingAsked: "Nothing is asked for."
    case .tooManyUnits(let id, let left): "Of the line \(id) only \(left) units were not given back yet."
    case .unknownUnit(let id): "The line \(id) has not so many units."
    case .unitGone(let id): "A unit of the line \(id) was given back before."
    case .tooMuchShipping(let id, let left): "Of the shipping charge \(id) only \(left) are left."
    }
  }

  /// What stands in the way, by its place in the request.
  fileprivate func item(_ lines: [LineID], _ charges: [LineID]) -> Refusal.Item {
    func line(_ id: LineID) -> String { lines.firstIndex(of: id).map { "/lines/\($0)" } ?? "" }
    func charge(_ id: LineID) -> String { charges.firstIndex(of: id).map { "/shipping/\($0)" } ?? "" }
    func item(_ pointer: String, _ code: String, _ facts: Details = [:]) -> Refusal.Item {
      Refusal.Item(pointer: pointer, code: code, message: detail, facts: facts)
    }
    return switch self {
    case .unknownLine(let id): item(line(id), "unknown_line")
    case .unknownCharge(let id): item(charge(id), "unknown_charge")
    case .nothingAsked: item("", "nothing_asked")
    case .tooManyUnits(let id, let left): item(line(id), "too_many_units", ["left": .integer(left)])
    case .unknownUnit(let id): item(line(id), "unknown_unit")
    case .unitGone(let id): item(line(id), "unit_gone")
    case .tooMuchShipping(let id, let left): item(charge(id), "too_much_shipping", ["left": .integer(left)])
    }
  }
}
