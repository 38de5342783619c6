extension OrderCondition {
  /// How the order is to be paid.
  public static var paymentMethod: Kind<Membership<Named.PaymentMethod>> {
    Kind("payment_method", "How the order is to be paid", asks: .paymentMethod) { methods, order in
      methods.judge(order.cart.paymentMethod)
    }
  }
}

extension OrderFact {
  /// How the order is to be paid.
  public static let paymentMethod = OrderFact(rawValue: "cart.payment_method")
}

extension Named {
  /// Marks ways to pay.
  public enum PaymentMethod {}
}

/// A way to pay, such as `card`.
public typealias PaymentMethod = ExactText<Named.PaymentMethod>
