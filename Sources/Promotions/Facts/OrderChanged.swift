import Forms
import Ledger
import Scrip

/// An order that nobody has checked out yet got other items, codes or notes, and was priced again.
public struct OrderChanged: PromotionFact {
  /// `OrderChanged`
  public static let formName = "OrderChanged"

  /// What the order is called.
  public var orderID: OrderID
  /// What it is about from now on, and what it costs.
  public var content: KeptOrder
  /// The application that holds its codes' coupons from now on; nil if no code applies.
  public var applicationID: DiscountApplication.ID?

  /// Makes the fact.
  public init(orderID: OrderID, content: KeptOrder, applicationID: DiscountApplication.ID?) {
    self.orderID = orderID
    self.content = content
    self.applicationID = applicationID
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let orderID = walk.required("order_id", fact?.orderID, .name(OrderID.self))
    let content = walk.required("content", fact?.content, KeptOrderForm())
    let applicationID = walk.optional(
      "application_id", fact?.applicationID, .id(DiscountApplication.ID.self))
    guard let orderID, let content, let applicationID else { return nil }
    return Self(orderID: orderID, content: content, applicationID: applicationID)
  }

  /// With its content.
  public var lengthHint: Int { 256 + content.form.count }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.keptOrders.change(OrderRow.key(of: place.stream, place.tenant), .redefine) { row in
      row.content = content
      row.applicationID = applicationID
      row.updatedAt = place.at
    }
  }
}
