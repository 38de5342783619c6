import JSON
import Scrip

/// What was given back of an order by one request, and what is left of it.
public struct OrderRefund: Hashable, Sendable {
  /// What the order is called.
  public var orderID: OrderID
  /// Where it stands now.
  public var state: OrderState
  /// How many things have happened to it.
  public var version: Int64
  /// The currency of its amounts.
  public var currency: Currency
  /// What is to be given back.
  public var refund: Refund
  /// What of that a provider is asked to give back now, in minor units; the rest is the shop's to give.
  public var byProvider: Int64
  /// What was given back by now, in minor units.
  public var refunded: Int64
  /// What of the money that was paid is left, in minor units.
  public var left: Int64

  /// Tells of a refund.
  public init(
    orderID: OrderID, state: OrderState, version: Int64, currency: Currency, refund: Refund,
    byProvider: Int64, refunded: Int64, left: Int64
  ) {
    self.orderID = orderID
    self.state = state
    self.version = version
    self.currency = currency
    self.refund = refund
    self.byProvider = byProvider
    self.refunded = refunded
    self.left = left
  }
}

extension OrderRefund: ObjectForm, JSONWritable {
  /// `OrderRefund`
  public static let formName = "OrderRefund"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ told: OrderRefund?
  ) -> OrderRefund? {
    let orderID = walk.required("order_id", told?.orderID, .name(OrderID.self))
    let state = walk.required("state", told?.state, .choice(named: "OrderState"))
    let version = walk.required("version", told?.version, .integer(1, to: .max))
    let currency = walk.required("currency", told?.currency, .currency())
    let refund = Refund.walk(&walk, told?.refund)
    let byProvider = walk.required(
      "by_provider", told?.byProvider, .amount(),
      "What a provider is asked to give back now, in minor units. The rest is yours to give, or waits for the next refund where the provider takes no such fraction."
    )
    let refunded = walk.required(
      "refunded", told?.refunded, .amount(), "What was given back by now, in minor units.")
    let left = walk.required(
      "left", told?.left, .amount(), "What of the money that was paid is left, in minor units.")
    guard let orderID, let state, let version, let currency, let refund, let byProvider, let refunded,
      let left
    else {
      return nil
    }
    return OrderRefund(
      orderID: orderID, state: state, version: version, currency: currency, refund: refund,
      byProvider: byProvider, refunded: refunded, left: left)
  }
}
