/// A cart's amounts at list price, computed once.
struct Goods {
  /// What each line costs.
  let listed: [Int64]
  /// The sum of the lines.
  let subtotal: Int64
  /// The sum of the shipping charges.
  let shippingTotal: Int64
  /// The number of units.
  let quantity: Int64

  init(_ cart: Cart) throws(MoneyOverflow) {
    var listed: [Int64] = []
    listed.reserveCapacity(cart.lines.count)
    var subtotal: Int64 = 0
    var quantity: Int64 = 0
    for index in cart.lines.indices {
      // Fields one by one: a copy of a whole line would count up every reference in it.
      let units = cart.lines[index].quantity
      precondition(units > 0, "a line has at least one unit")
      let amount = try cart.lines[index].unitPrice.times(units)
      listed.append(amount)
      subtotal = try sum(subtotal, amount)
      quantity = try sum(quantity, units)
    }
    var shippingTotal: Int64 = 0
    for index in cart.shipping.indices {
      let charge = cart.shipping[index].amount
      precondition(charge >= 0, "a shipping charge is not negative")
      shippingTotal = try sum(shippingTotal, charge)
    }
    self.listed = listed
    self.subtotal = subtotal
    self.shippingTotal = shippingTotal
    self.quantity = quantity
    // Every other amount of a quote is a part of these.
    if try sum(subtotal, shippingTotal) > Money.minorUnitsMax { throw MoneyOverflow() }
  }

  /// What some lines cost together.
  func listed(_ lines: [Int]) -> Int64 {
    var amount: Int64 = 0
    for line in lines { amount += listed[line] }
    return amount
  }
}

private func sum(_ one: Int64, _ other: Int64) throws(MoneyOverflow) -> Int64 {
  let (sum, overflow) = one.addingReportingOverflow(other)
  if overflow { throw MoneyOverflow() }
  return sum
}
