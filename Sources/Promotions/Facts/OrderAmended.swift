import Forms
import Ledger
import Scrip

/// The items of a paid order were changed, and it was priced again.
public struct OrderAmended: PromotionFact {
  /// `OrderAmended`
  public static let formName = "OrderAmended"

  /// What the order is called.
  public var orderID: OrderID
  /// What it is about from now on, and what it costs.
  public var content: KeptOrder
  /// What is to be charged, or to be given back if it is negative, in minor units of the order's currency.
  public var difference: Int64
  /// The words of whoever amended it.
  @Exact public var reason: String?

  /// Makes the fact.
  public init(orderID: OrderID, content: KeptOrder, difference: Int64, reason: String? = nil) {
    self.orderID = orderID
    self.content = content
    self.difference = difference
    self.reason = reason
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let content = walk.required("content", fact?.content, KeptOrderForm())
    let difference = walk.required("difference", fact?.difference, .integer())
    let reason = walk.optional("reason", fact?.reason, .text())
    guard let orderID, let content, let difference, let reason else { return nil }
    return Self(orderID: orderID, content: content, difference: difference, reason: reason)
  }

  /// With its content.
  public var lengthHint: Int { 256 + content.form.count }

  /// The mail that still has to tell what was paid.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.addMail(.orderPaid, of: orderID, tenant)
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.keepMail(.orderPaid, of: orderID, at: place)
    set.keptOrders.change(OrderRow.key(of: place.stream, place.tenant), .redefine) { row in
      row.content = content
      row.updatedAt = place.at
    }
  }
}
