extension OrderCondition {
  /// The customer is known for at least the minimum and at most the maximum of whole days, both inclusive: from the moment
  /// on at which a day is over it counts. 36 hours are one day.
  public static var accountAge: Kind<CountRange> {
    Kind("account_age", "For how many days the customer is known", asks: .accountAge) { range, order in
      guard let createdAt = order.customer.createdAt else { return .unknown }
      let microseconds = order.context.now.microseconds - createdAt.microseconds
      return range.judge(max(0, microseconds / 86_400_000_000))
    }
  }
}

extension OrderFact {
  /// Since when the customer is known.
  public static let accountAge = OrderFact(rawValue: "customer.created_at")
}
