/// Who says what is known of a customer's history: whether it is the first order, how many were paid before, and since when
/// the customer is known.
public enum CustomerFacts: String, CaseIterable, Sendable {
  /// Whoever asks.
  case caller
  /// The orders that are kept here. What the caller says of it counts for nothing.
  case orders
}

extension Customer {
  /// How many paid orders are told apart: more of them count as so many.
  public static let orderCountMax: Int64 = 1000

  /// The same customer with what the orders that are kept here tell; nil for somebody of whom they can't tell anything.
  public func withFacts(ofOrders count: Int64?, since: Instant?) -> Customer {
    var customer = self
    customer.factsFrom = .orders
    customer.firstOrder = count.map { $0 == 0 }
    customer.orderCount = count
    customer.createdAt = since
    return customer
  }

  /// The same customer without what orders have told: as whoever asks has named them.
  public var asNamed: Customer {
    if factsFrom == .caller { return self }
    var customer = withFacts(ofOrders: nil, since: nil)
    customer.factsFrom = .caller
    return customer
  }

  /// Whether both are the same, as far as whoever asks has said it: what orders tell changes by itself.
  public func isSame(as other: Customer) -> Bool {
    var (own, others) = (self, other)
    if factsFrom != .caller || other.factsFrom != .caller {
      own = withFacts(ofOrders: nil, since: nil)
      others = other.withFacts(ofOrders: nil, since: nil)
    }
    // Where somebody comes from this time makes nobody else of them.
    (own.traits, others.traits) = ([], [])
    return own == others
  }
}
