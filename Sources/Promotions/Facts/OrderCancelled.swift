import Forms
import Ledger
import Scrip

/// An order was called off. One that was paid is given back as a whole with it.
public struct OrderCancelled: PromotionFact {
  /// `OrderCancelled`
  public static let formName = "OrderCancelled"

  /// What the order is called.
  public var orderID: OrderID
  /// What is given back; nil if nothing was paid.
  public var refund: Refund?
  /// The words of whoever called it off.
  @Exact public var reason: String?

  /// Makes the fact.
  public init(orderID: OrderID, refund: Refund? = nil, reason: String? = nil) {
    self.orderID = orderID
    self.refund = refund
    self.reason = reason
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let refund = walk.optional("refund", fact?.refund, .object())
    let reason = walk.optional("reason", fact?.reason, .text())
    guard let orderID, let refund, let reason else { return nil }
    return Self(orderID: orderID, refund: refund, reason: reason)
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.changeOrder(at: place) { order in
      order.state = .cancelled
      if let refund { order.giveBack(refund) }
    }
  }
}
