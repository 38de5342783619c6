/// What discounts have left of a cart so far.
struct Remainder {
  /// What is left of one line.
  struct Line {
    /// Of all its units together.
    var amount: Int64
    /// Of each of them.
    var units: UnitRuns
  }

  /// What is left of each line.
  private(set) var lines: [Line] = []
  /// What is left of each shipping charge.
  private(set) var charges: [Int64] = []

  /// All of the cart.
  init(of goods: Goods, _ cart: Cart) {
    lines.reserveCapacity(goods.listed.count)
    for line in goods.listed.indices {
      lines.append(
        Line(
          amount: goods.listed[line], units: UnitRuns(goods.listed[line], over: cart.lines[line].quantity)))
    }
    charges.reserveCapacity(cart.shipping.count)
    for charge in cart.shipping.indices { charges.append(cart.shipping[charge].amount) }
  }

  /// Takes an amount off the units of a line.
  mutating func take(_ parts: UnitRuns, ofLine line: Int) {
    var units = UnitRuns()
    lines[line].units.together(with: parts) { count, left, part in
      precondition(part <= left, "a discount never exceeds what it discounts")
      units.append(UnitRuns.Run(count: count, amount: left - part))
    }
    lines[line].units = units
    lines[line].amount -= parts.total
  }

  /// Takes an amount off a shipping charge.
  mutating func take(_ amount: Int64, ofCharge charge: Int) {
    charges[charge] -= amount
    precondition(charges[charge] >= 0, "a discount never exceeds what it discounts")
  }
}
