import Forms
import Ledger
import Scrip

/// A part of a paid order, or all that was left of it, was given back.
public struct OrderRefunded: PromotionFact {
  /// `OrderRefunded`
  public static let formName = "OrderRefunded"

  /// What the order is called.
  public var orderID: OrderID
  /// What is given back.
  public var refund: Refund
  /// Whether nothing is left after it.
  public var isRest: Bool
  /// The words of whoever gave it back.
  @Exact public var reason: String?

  /// Makes the fact.
  public init(orderID: OrderID, refund: Refund, isRest: Bool, reason: String? = nil) {
    self.orderID = orderID
    self.refund = refund
    self.isRest = isRest
    self.reason = reason
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let refund = walk.required("refund", fact?.refund, .object())
    let isRest = walk.required("nothing_left", fact?.isRest, .flag())
    let reason = walk.optional("reason", fact?.reason, .text())
    guard let orderID, let refund, let isRest, let reason else { return nil }
    return Self(orderID: orderID, refund: refund, isRest: isRest, reason: reason)
  }

  /// With its units.
  public var lengthHint: Int { 256 + 96 * (refund.lines.count + refund.charges.count) }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.changeOrder(at: place) { order in
      order.state = isRest ? .refunded : .partlyRefunded
      order.giveBack(refund)
    }
  }
}
