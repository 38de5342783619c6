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

  /// What can be said of the tree when `test` judges each condition.
  ///
  /// A part that is unknown leaves `all` and `any` open unless another part decides; `not` of something unknown is
  /// unknown. So whatever becomes known later, a tree that holds still holds, and one that fails still fails.
  public func judged(by test: (Condition) -> Truth) -> Truth {
    switch self {
    case .all(let parts): parts.everyOne { $0.judged(by: test) }
    case .any(let parts): parts.someOne { $0.judged(by: test) }
    case .not(let part): !part.judged(by: test)
    case .condition(let condition): test(condition)
    }
  }

  /// The conditions that stand in the way, in the order written: what to tell somebody whom the rule turned away.
  /// A condition under `not` stands in the way when it holds. Empty unless the tree fails.
  public func obstacles(_ test: (Condition) -> Truth) -> [Condition] {
    reasons(for: .fails, test)
  }

  /// The conditions by which the tree comes out as it does; empty if it does not come out so.
  private func reasons(for outcome: Truth, _ test: (Condition) -> Truth) -> [Condition] {
    if judged(by: test) != outcome { return [] }
    switch self {
    case .all(let parts), .any(let parts): return parts.flatMap { $0.reasons(for: outcome, test) }
    case .not(let part): return part.reasons(for: !outcome, test)
    case .condition(let condition): return [condition]
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

extension RuleTree {
  /// Whether the tree would hold if whoever asks could say the best of every unknown condition that can be told.
  ///
  /// Other unknown conditions stay unknown: nothing that could be said makes an amount in another currency.
  public func couldHold(_ test: (Condition) -> Truth, ifTold isTellable: (Condition) -> Bool) -> Bool {
    could(.holds, test, isTellable)
  }

  /// The unknown conditions that can be told and of which it depends whether the tree holds, in the order written:
  /// once all of them are known, no other unknown condition that can be told keeps it from holding. Empty unless the
  /// tree is unknown and could hold.
  public func openQuestions(
    _ test: (Condition) -> Truth, ifTold isTellable: (Condition) -> Bool
  ) -> [Condition] {
    questions(about: .holds, test, isTellable)
  }

  private func could(
    _ wish: Truth, _ test: (Condition) -> Truth, _ isTellable: (Condition) -> Bool
  ) -> Bool {
    switch self {
    case .all(let parts):
      wish == .holds
        ? parts.allSatisfy { $0.could(wish, test, isTellable) }
        : parts.contains { $0.could(wish, test, isTellable) }
    case .any(let parts):
      wish == .holds
        ? parts.contains { $0.could(wish, test, isTellable) }
        : parts.allSatisfy { $0.could(wish, test, isTellable) }
    case .not(let part): part.could(!wish, test, isTellable)
    case .condition(let condition):
      switch test(condition) {
      case .unknown: isTellable(condition)
      case let truth: truth == wish
      }
    }
  }

  private func questions(
    about wish: Truth, _ test: (Condition) -> Truth, _ isTellable: (Condition) -> Bool
  ) -> [Condition] {
    if judged(by: test) != .unknown || !could(wish, test, isTellable) { return [] }
    switch self {
    case .all(let parts), .any(let parts):
      return parts.flatMap { $0.questions(about: wish, test, isTellable) }
    case .not(let part): return part.questions(about: !wish, test, isTellable)
    case .condition(let condition): return [condition]
    }
  }
}

/// Membership in a set of names, or absence from it. Of a value that nobody said nothing is known, unless the set is
/// empty.
public enum Membership<Subject>: Hashable, Sendable {
  /// The value, or one of the values, is in the list.
  case isIn([ExactText<Subject>])
  /// No value is in the list.
  case isNotIn([ExactText<Subject>])

  /// Judges one value; nil is one that nobody said.
  func judge(_ value: ExactText<Subject>?) -> Truth {
    judge(one: value) { value, list in list.contains(value) }
  }

  /// Judges several values together, of which none may be said to be there; nil where nobody said which there are.
  func judge(any values: [ExactText<Subject>]?) -> Truth {
    judge(one: values) { values, list in values.contains { list.contains($0) } }
  }

  /// Judges many things together, such as a cart's lines: that some are in the list, or that none is.
  func judge<Thing>(_ things: [Thing], _ judgeOne: (Membership, Thing) -> Truth) -> Truth {
    switch self {
    case .isIn: things.someOne { judgeOne(self, $0) }
    case .isNotIn: things.everyOne { judgeOne(self, $0) }
    }
  }

  private func judge<Value>(one value: Value?, _ isIn: (Value, [ExactText<Subject>]) -> Bool) -> Truth {
    switch self {
    case .isIn(let list): list.isEmpty ? .fails : value.map { Truth(isIn($0, list)) } ?? .unknown
    case .isNotIn(let list): list.isEmpty ? .holds : value.map { Truth(!isIn($0, list)) } ?? .unknown
    }
  }
}

/// One condition on a whole order.
public enum OrderCondition: Hashable, Sendable {
  /// The order's goods cost at least the minimum and at most the maximum at list price, both inclusive. A bound that
  /// has no entry for the order's currency leaves it unknown.
  case amount(minimum: AmountsByCurrency? = nil, maximum: AmountsByCurrency? = nil)
  /// The order has at least the minimum and at most the maximum of units of goods, both inclusive.
  case quantity(minimum: Int64? = nil, maximum: Int64? = nil)
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
  /// Whether it is the customer's first order.
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

  /// What a request has to say for the condition to be judged; nil where a cart says enough by itself, or where, as of
  /// amounts in another currency, nothing can be said.
  public var restsOn: OrderFact? {
    switch self {
    case .amount, .quantity, .product: nil
    case .user: .userID
    case .seller: .lineSellers
    case .category: .lineCategories
    case .country: .country
    case .channel: .channel
    case .segment: .segments
    case .firstOrder: .firstOrder
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

  /// What a request has to say for the condition to be judged; nil where a line says enough by itself.
  public var restsOn: OrderFact? {
    switch self {
    case .product: nil
    case .category: .lineCategories
    case .seller: .lineSellers
    }
  }
}

/// What a request may leave unsaid although a rule asks for it. The raw values are the stable names in refusals, and
/// say where in a request it belongs.
public enum OrderFact: String, CaseIterable, Sendable {
  /// Who buys.
  case userID = "customer.user_id"
  /// Which segments the customer is in; an empty list says that there is none.
  case segments = "customer.segments"
  /// Whether it is the customer's first order.
  case firstOrder = "customer.first_order"
  /// The customer's country.
  case country = "customer.country"
  /// The sales channel.
  case channel = "cart.channel"
  /// The seller of each line.
  case lineSellers = "cart.lines.seller_id"
  /// The categories of each line; an empty list says that there is none.
  case lineCategories = "cart.lines.categories"
  /// The seller of each shipping charge.
  case chargeSellers = "cart.shipping.seller_id"
}

/// Which orders may use a coupon.
public typealias Rule = RuleTree<OrderCondition>
/// Which lines a coupon may discount.
public typealias LineRule = RuleTree<LineCondition>
