extension OrderCondition {
  /// The customer's user id.
  public static var user: Kind<Membership<Named.User>> {
    Kind("user", "The customer's user id", asks: .userID) { users, order in users.judge(order.customer.userID)
    }
  }
}

extension OrderFact {
  /// Who buys.
  public static let userID = OrderFact(rawValue: "customer.user_id")
}
