import Forms
import Ledger
import Scrip

/// The customer wants to pay for an order, which holds its codes' coupons until the payment has come or failed.
public struct CheckoutStarted: PromotionFact {
  /// `CheckoutStarted`
  public static let formName = "CheckoutStarted"

  /// What the order is called.
  public var orderID: OrderID
  /// What is to be paid, in minor units of the currency of the order.
  public var total: Int64

  /// Makes the fact.
  public init(orderID: OrderID, total: Int64) {
    self.orderID = orderID
    self.total = total
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let total = walk.required("total", fact?.total, .amount())
    guard let orderID, let total else { return nil }
    return Self(orderID: orderID, total: total)
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.changeOrder(at: place) { $0.state = .processing }
  }
}
