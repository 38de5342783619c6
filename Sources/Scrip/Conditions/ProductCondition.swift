extension OrderCondition {
  /// Some line's product.
  public static var product: Kind<Membership<Named.Product>> {
    Kind("product", "Some line's product") { products, order in
      products.judge(lines: order.cart.lines) { $0.judge($1.productID) }
    }
  }
}

extension LineCondition {
  /// The line's product.
  public static var product: Kind<Membership<Named.Product>> {
    Kind("product", "The line's product") { products, line in
      products.judge(line.isOfKnownProduct ? line.line.productID : nil)
    }
  }
}
