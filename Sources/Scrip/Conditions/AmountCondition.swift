extension OrderCondition {
  /// The order's goods cost at least the minimum and at most the maximum at list price, both inclusive. A bound that
  /// has no entry for the order's currency leaves it unknown.
  public static var amount: Kind<AmountRange> {
    Kind("amount", "What all goods cost at list price") { range, order in
      range.judge(order.goods.subtotal, in: order.cart.currency)
    }
  }
}
