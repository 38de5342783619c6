import Forms
import Ledger
import Scrip

/// An order was paid, or costs nothing: its codes' coupons are used.
public struct OrderPaid: PromotionFact {
  /// `OrderPaid`
  public static let formName = "OrderPaid"

  /// What the order is called.
  public var orderID: OrderID
  /// What was paid, in minor units of the currency of the order.
  public var total: Int64
  /// What whoever has told of the payment calls it; nil if nobody has, or there was nothing to pay.
  public var reference: PaymentReference?

  /// Makes the fact.
  public init(orderID: OrderID, total: Int64, reference: PaymentReference? = nil) {
    self.orderID = orderID
    self.total = total
    self.reference = reference
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let total = walk.required("total", fact?.total, .amount())
    let reference = walk.optional("reference", fact?.reference, .name(PaymentReference.self))
    guard let orderID, let total, let reference else { return nil }
    return Self(orderID: orderID, total: total, reference: reference)
  }

  /// The mail that tells of it.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addMail(.orderPaid, of: orderID, tenant)
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.scheduleMail(.orderPaid, of: orderID, at: place)
    set.changeOrder(at: place) { order in
      order.state = .paid
      order.paidAt = place.at
      order.paymentReference = reference
    }
  }
}
