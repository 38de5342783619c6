extension OrderCondition {
  /// Whether it is the customer's first order.
  public static var firstOrder: Kind<Bool> {
    Kind("first_order", "Whether it is the customer's first order", asks: .firstOrder) { expected, order in
      order.customer.firstOrder.map { Truth($0 == expected) } ?? .unknown
    }
  }
}

extension OrderFact {
  /// Whether it is the customer's first order.
  public static let firstOrder = OrderFact(rawValue: "customer.first_order")
}
