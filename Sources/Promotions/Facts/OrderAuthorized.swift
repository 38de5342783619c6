import Forms
import Ledger
import Scrip

/// The money of an order is set aside, and is the shop's once it is captured.
public struct OrderAuthorized: PromotionFact {
  /// `OrderAuthorized`
  public static let formName = "OrderAuthorized"

  /// What the order is called.
  public var orderID: OrderID

  /// Makes the fact.
  public init(orderID: OrderID) { self.orderID = orderID }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("order_id", fact?.orderID, .name(OrderID.self)).map { Self(orderID: $0) }
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.changeOrder(at: place) { $0.state = .authorized }
  }
}
