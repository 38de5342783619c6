extension OrderCondition {
  /// The customer's segments.
  public static var segment: Kind<Membership<Named.Segment>> {
    Kind("segment", "The customer's segments", asks: .segments) { segments, order in
      segments.judge(any: order.customer.segments)
    }
  }
}

extension OrderFact {
  /// Which segments the customer is in; an empty list says that there is none.
  public static let segments = OrderFact(rawValue: "customer.segments")
}
