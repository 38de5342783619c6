extension OrderCondition {
  /// Some line's categories.
  public static var category: Kind<Membership<Named.Category>> {
    Kind("category", "Some line's categories", asks: .lineCategories) { categories, order in
      categories.judge(lines: order.cart.lines) { $0.judge(any: $1.categories) }
    }
  }
}

extension LineCondition {
  /// The line's categories.
  public static var category: Kind<Membership<Named.Category>> {
    Kind("category", "The line's categories", asks: .lineCategories) { categories, line in
      categories.judge(any: line.line.categories)
    }
  }
}

extension OrderFact {
  /// The categories of each line; an empty list says that there is none.
  public static let lineCategories = OrderFact(rawValue: "cart.lines.categories")
}
