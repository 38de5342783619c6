import Forms
import Ledger
import Scrip

/// The payment of an order will not come: its codes' coupons were given back, and it can be tried again.
public struct CheckoutFailed: PromotionFact {
  /// `CheckoutFailed`
  public static let formName = "CheckoutFailed"

  /// What the order is called.
  public var orderID: OrderID
  /// The words of whoever told it.
  @Exact public var reason: String?

  /// Makes the fact.
  public init(orderID: OrderID, reason: String? = nil) {
    self.orderID = orderID
    self.reason = reason
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let reason = walk.optional("reason", fact?.reason, .text())
    guard let orderID, let reason else { return nil }
    return Self(orderID: orderID, reason: reason)
  }

  /// The mail that tells of it.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addMail(.paymentFailed, of: orderID, tenant)
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.scheduleMail(.paymentFailed, of: orderID, at: place)
    set.changeOrder(at: place) { $0.state = .failed }
  }
}
