extension OrderCondition {
  /// The order has at least the minimum and at most the maximum of units of goods, both inclusive.
  public static var quantity: Kind<CountRange> {
    Kind("quantity", "How many units of goods") { range, order in range.judge(order.goods.quantity) }
  }
}
