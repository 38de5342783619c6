import JSON
import Scrip

/// What came of amending a paid order: what it costs now, and the difference.
public struct OrderAmendment: Hashable, Sendable {
  /// What the order is called.
  public var orderID: OrderID
  /// How many things have happened to it.
  public var version: Int64
  /// The currency of its amounts.
  public var currency: Currency
  /// What it costs now, in minor units.
  public var total: Int64
  /// What is to be charged, or to be given back if it is negative, in minor units.
  public var difference: Int64
  /// What a provider is asked to give back, in minor units.
  public var byProvider: Int64

  /// Tells of an amendment.
  public init(
    orderID: OrderID, version: Int64, currency: Currency, total: Int64, difference: Int64,
    byProvider: Int64
  ) {
    self.orderID = orderID
    self.version = version
    self.currency = currency
    self.total = total
    self.difference = difference
    self.byProvider = byProvider
  }
}

extension OrderAmendment: ObjectForm, JSONWritable {
  /// `OrderAmendment`
  public static let formName = "OrderAmendment"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ told: OrderAmendment?
  ) -> OrderAmendment? {
    let orderID = walk.required("order_id", told?.orderID, .name(OrderID.self))
    let version = walk.required("version", told?.version, .integer(1, to: .max))
    let currency = walk.required("currency", told?.currency, .currency())
    let total = walk.required("total", told?.total, .amount())
    let difference = walk.required(
      "difference", told?.difference, .integer(),
      "What is to be charged, or to be given back if it is negative.")
    let byProvider = walk.required(
      "by_provider", told?.byProvider, .amount(),
      "What of it a provider is asked to give back, in minor units; the rest is yours to charge or to give.")
    guard let orderID, let version, let currency, let total, let difference, let byProvider
    else { return nil }
    return OrderAmendment(
      orderID: orderID, version: version, currency: currency, total: total, difference: difference,
      byProvider: byProvider)
  }
}
