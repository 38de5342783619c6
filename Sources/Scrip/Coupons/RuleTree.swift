/// Conditions joined by all, any and not.
public indirect enum RuleTree<Condition: Hashable & Sendable>: Hashable, Sendable {
  /// Every part holds; true when empty.
  case all([RuleTree])
  /// At least one part holds; false when empty.
  case any([RuleTree])
  /// The part does not hold.
  case not(RuleTree)
  /// One condition.
  case condition(Condition)

  /// Whether the tree holds when each condition is judged by `test`.
  public func holds(_ test: (Condition) -> Bool) -> Bool {
    switch self {
    case .all(let parts): parts.allSatisfy { $0.holds(test) }
    case .any(let parts): parts.contains { $0.holds(test) }
    case .not(let part): !part.holds(test)
    case .condition(let condition): test(condition)
    }
  }

  /// The conditions that stand in the way, in the order written: what to tell somebody whom the rule turned away.
  /// A condition under `not` stands in the way when it holds. Empty when the tree holds.
  public func obstacles(_ test: (Condition) -> Bool) -> [Condition] {
    switch self {
    case .all(let parts): return parts.flatMap { $0.obstacles(test) }
    case .any(let parts): return holds(test) ? [] : parts.flatMap { $0.obstacles(test) }
    case .not(let part): return part.grounds(test)
    case .condition(let condition): return test(condition) ? [] : [condition]
    }
  }

  /// The conditions by which the tree holds, in the order written; empty when it does not.
  private func grounds(_ test: (Condition) -> Bool) -> [Condition] {
    switch self {
    case .all(let parts): return holds(test) ? parts.flatMap { $0.grounds(test) } : []
    case .any(let parts): return parts.flatMap { $0.grounds(test) }
    case .not(let part): return part.obstacles(test)
    case .condition(let condition): return test(condition) ? [condition] : []
    }
  }

  /// Every condition in the tree, in the order written.
  public var conditions: [Condition] {
    switch self {
    case .all(let parts), .any(let parts): parts.flatMap(\.conditions)
    case .not(let part): part.conditions
    case .condition(let condition): [condition]
    }
  }

  /// How deep the tree is: 1 for a single condition.
  public var depth: Int {
    switch self {
    case .all(let parts), .any(let parts): 1 + (parts.map(\.depth).max() ?? 0)
    case .not(let part): 1 + part.depth
    case .condition: 1
    }
  }
}

/// Membership in a set of names, or absence from it.
public enum Membership<Subject>: Hashable, Sendable {
  /// The value, or one of the values, is in the list.
  case isIn([ExactText<Subject>])
  /// No value is in the list; true if there is no value at all.
  case isNotIn([ExactText<Subject>])

  func contains(_ value: ExactText<Subject>?) -> Bool {
    switch self {
    case .isIn(let list): if let value { list.contains(value) } else { false }
    case .isNotIn(let list): if let value { !list.contains(value) } else { true }
    }
  }

  func containsAny(of values: some Sequence<ExactText<Subject>>) -> Bool {
    switch self {
    case .isIn(let list): values.contains { list.contains($0) }
    case .isNotIn(let list): !values.contains { list.contains($0) }
    }
  }
}

/// One condition on a whole order.
public enum OrderCondition: Hashable, Sendable {
  /// The order's goods cost at least this much at list price in the order's currency; a currency without an entry fails.
  case amount(minimum: AmountsByCurrency)
  /// The order has at least so many units of goods.
  case quantity(minimum: Int64)
  /// The customer's user id.
  case user(Membership<Named.User>)
  /// Some line's seller.
  case seller(Membership<Named.Seller>)
  /// Some line's product.
  case product(Membership<Named.Product>)
  /// Some line's categories.
  case category(Membership<Named.Category>)
  /// The customer's country.
  case country(Membership<Named.Country>)
  /// The sales channel.
  case channel(Membership<Named.Channel>)
  /// The customer's segments.
  case segment(Membership<Named.Segment>)
  /// Whether it is the customer's first order; unknown counts as not the first.
  case firstOrder(Bool)

  /// The condition's name in JSON, also used to explain a refusal.
  public var name: String {
    switch self {
    case .amount: "amount"
    case .quantity: "quantity"
    case .user: "user"
    case .seller: "seller"
    case .product: "product"
    case .category: "category"
    case .country: "country"
    case .channel: "channel"
    case .segment: "segment"
    case .firstOrder: "first_order"
    }
  }
}

/// One condition on a line, which decides whether a coupon may discount it.
public enum LineCondition: Hashable, Sendable {
  /// The line's product.
  case product(Membership<Named.Product>)
  /// The line's categories.
  case category(Membership<Named.Category>)
  /// The line's seller.
  case seller(Membership<Named.Seller>)

  /// The condition's name in JSON.
  public var name: String {
    switch self {
    case .product: "product"
    case .category: "category"
    case .seller: "seller"
    }
  }
}

/// Which orders may use a coupon.
public typealias Rule = RuleTree<OrderCondition>
/// Which lines a coupon may discount.
public typealias LineRule = RuleTree<LineCondition>
