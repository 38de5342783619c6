extension OrderCondition {
  /// The customer has paid at least the minimum and at most the maximum of orders before this one, both inclusive.
  public static var orderCount: Kind<CountRange> {
    Kind("order_count", "How many orders the customer has paid before", asks: .orderCount) { range, order in
      order.customer.orderCount.map { range.judge($0) } ?? .unknown
    }
  }
}

extension OrderFact {
  /// How many orders the customer has paid before.
  public static let orderCount = OrderFact(rawValue: "customer.order_count")
}
