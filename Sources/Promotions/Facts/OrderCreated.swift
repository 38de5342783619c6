import Forms
import Ledger
import Scrip

/// An order was made: it is kept here from now on.
public struct OrderCreated: PromotionFact {
  /// `OrderCreated`
  public static let formName = "OrderCreated"

  /// What the order is called.
  public var orderID: OrderID
  /// What it is about, and what it costs.
  public var content: KeptOrder
  /// The application that holds its codes' coupons; nil if no code applies.
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

  /// Makes its row.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let row = OrderRow(orderID: orderID, content: content, applicationID: applicationID, createdAt: place.at)
    set.keptOrders.insert(row, for: OrderRow.key(of: place.stream, place.tenant))
  }
}
