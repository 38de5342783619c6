extension OrderCondition {
  /// Some line's seller.
  public static var seller: Kind<Membership<Named.Seller>> {
    Kind("seller", "Some line's seller", asks: .lineSellers) { sellers, order in
      sellers.judge(lines: order.cart.lines) { $0.judge($1.sellerID) }
    }
  }
}

extension LineCondition {
  /// The line's seller.
  public static var seller: Kind<Membership<Named.Seller>> {
    Kind("seller", "The line's seller", asks: .lineSellers) { sellers, line in
      sellers.judge(line.line.sellerID)
    }
  }
}

extension OrderFact {
  /// The seller of each line.
  public static let lineSellers = OrderFact(rawValue: "cart.lines.seller_id")
}
