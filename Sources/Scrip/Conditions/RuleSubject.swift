/// What rules judge: whole orders or single lines.
public protocol RuleSubject: ~Copyable, Sendable {
  /// Every kind of condition on it. A kind that is not listed can't be used.
  static var kinds: [Condition<Self>.AnyKind] { get }
  /// What there are rules for, in the plural.
  static var plural: String { get }
}

/// An order as rules look at it.
public struct RuledOrder: ~Copyable, RuleSubject {
  let context: EligibilityContext
  let goods: Goods

  var cart: Cart { _read { yield context.cart } }
  var customer: Customer { _read { yield context.customer } }

  /// Orders.
  public static var plural: String { "orders" }

  /// Every kind of condition on an order.
  public static let kinds: [OrderCondition.AnyKind] = [
    OrderCondition.amount.kind,
    OrderCondition.quantity.kind,
    OrderCondition.user.kind,
    OrderCondition.seller.kind,
    OrderCondition.product.kind,
    OrderCondition.category.kind,
    OrderCondition.country.kind,
    OrderCondition.channel.kind,
    OrderCondition.segment.kind,
    OrderCondition.firstOrder.kind,
    OrderCondition.paymentMethod.kind,
    OrderCondition.orderCount.kind,
    OrderCondition.accountAge.kind,
  ]
}

/// One line of a cart as rules look at it.
public struct RuledLine: RuleSubject {
  let lines: [Cart.Line]
  let index: Int
  /// Whether anybody said which product it is of: carts say so of every line, invoices need not.
  var isOfKnownProduct = true

  var line: Cart.Line { _read { yield lines[index] } }

  /// Lines.
  public static var plural: String { "lines" }

  /// Every kind of condition on a line.
  public static let kinds: [LineCondition.AnyKind] = [
    LineCondition.product.kind,
    LineCondition.category.kind,
    LineCondition.seller.kind,
  ]
}

/// What a request may leave unsaid although a rule asks for it.
public struct OrderFact: RawRepresentable, Hashable, Sendable {
  /// The stable name in refusals, which says where in a request it belongs.
  public let rawValue: String  // String: names of ours

  /// Makes a fact by its name.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Every fact for which some kind of condition asks.
  public static var all: [OrderFact] {
    let asked = RuledOrder.kinds.compactMap(\.asks) + RuledLine.kinds.compactMap(\.asks)
    return asked.indices.filter { asked.firstIndex(of: asked[$0]) == $0 }.map { asked[$0] }
  }
}
