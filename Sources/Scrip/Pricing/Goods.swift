/// A cart's amounts, computed once, and what discounts have left of them so far.
struct Goods {
  /// What each line costs at list price.
  let listed: [Int64]
  /// What discounts have left of each line.
  private(set) var remaining: [Int64]
  /// What discounts have left of each shipping charge.
  private(set) var shippingRemaining: [Int64]
  /// What each shipping charge was.
  let shippingListed: [Int64]
  /// The sum of the lines.
  let subtotal: Int64
  /// The sum of the shipping charges.
  let shippingTotal: Int64
  /// The number of units.
  let quantity: Int64
  // Where each line's units begin in `unitsRemaining`, and behind the last line the end.
  private let unitBounds: [Int]
  // What is left of every unit of every line; empty until a line is first discounted, which most carts never are.
  private var unitsRemaining: [Int64] = []

  init(_ cart: Cart) throws(MoneyOverflow) {
    var listed: [Int64] = []
    listed.reserveCapacity(cart.lines.count)
    var unitBounds: [Int] = []
    unitBounds.reserveCapacity(cart.lines.count + 1)
    unitBounds.append(0)
    var quantity: Int64 = 0
    for index in cart.lines.indices {
      // Fields one by one: a copy of a whole line would count up every reference in it.
      let units = cart.lines[index].quantity
      precondition(units > 0, "a line has at least one unit")
      listed.append(try cart.lines[index].unitPrice.times(units))
      let (unitsSoFar, overflow) = quantity.addingReportingOverflow(units)
      if overflow { throw MoneyOverflow() }
      quantity = unitsSoFar
      unitBounds.append(Int(quantity))
    }
    shippingListed = cart.shipping.map(\.amount)
    precondition(shippingListed.allSatisfy { $0 >= 0 }, "a shipping charge is not negative")
    self.listed = listed
    self.quantity = quantity
    self.unitBounds = unitBounds
    remaining = listed
    shippingRemaining = shippingListed
    subtotal = try sum(listed)
    shippingTotal = try sum(shippingListed)
    // Every other amount of a quote is a part of these.
    if try sum([subtotal, shippingTotal]) > Money.minorUnitsMax { throw MoneyOverflow() }
  }

  /// How many units a line has.
  func unitCount(of line: Int) -> Int { unitBounds[line + 1] - unitBounds[line] }

  /// What a unit of a line costs at list price: the line's amount spread evenly, the odd minor units on the first.
  func listed(unit: Int, of line: Int) -> Int64 {
    let (share, odd) = listed[line].quotientAndRemainder(dividingBy: Int64(unitCount(of: line)))
    return Int64(unit) < odd ? share + 1 : share
  }

  /// What is left of a unit of a line.
  func remaining(unit: Int, of line: Int) -> Int64 {
    unitsRemaining.isEmpty ? listed(unit: unit, of: line) : unitsRemaining[unitBounds[line] + unit]
  }

  /// Takes an amount off a line, allocated over its units by what is left of them.
  mutating func take(_ amount: Int64, fromLine line: Int) -> [Int64] {
    spreadOverUnits()
    let parts = allocate(amount, over: unitsRemaining[unitBounds[line]..<unitBounds[line + 1]])
    take(amount, asUnits: parts, ofLine: line)
    return parts
  }

  /// Takes an amount off a line of which the parts of its units are known.
  mutating func take(_ amount: Int64, asUnits parts: [Int64], ofLine line: Int) {
    spreadOverUnits()
    for index in parts.indices {
      unitsRemaining[unitBounds[line] + index] -= parts[index]
      precondition(
        unitsRemaining[unitBounds[line] + index] >= 0, "a discount never exceeds what it discounts")
    }
    remaining[line] -= amount
  }

  mutating func take(_ amount: Int64, fromShipping charge: Int) {
    shippingRemaining[charge] -= amount
    precondition(shippingRemaining[charge] >= 0, "a discount never exceeds what it discounts")
  }

  private mutating func spreadOverUnits() {
    guard unitsRemaining.isEmpty else { return }
    unitsRemaining.reserveCapacity(Int(quantity))
    for line in listed.indices {
      let count = unitCount(of: line)
      let (share, odd) = listed[line].quotientAndRemainder(dividingBy: Int64(count))
      for unit in 0..<count { unitsRemaining.append(Int64(unit) < odd ? share + 1 : share) }
    }
  }
}
