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
  private let quantities: [Int64]
  // Filled when a line is first discounted: most lines of most carts never are.
  private var unitsRemaining: [[Int64]]

  init(_ cart: Cart, rounding: Rounding) throws(MoneyOverflow) {
    var listed: [Int64] = []
    listed.reserveCapacity(cart.lines.count)
    for line in cart.lines { listed.append(try line.unitPrice.times(line.quantity, rounding: rounding)) }
    self.listed = listed
    remaining = listed
    quantities = cart.lines.map(\.quantity)
    shippingListed = cart.shipping.map(\.amount)
    shippingRemaining = shippingListed
    subtotal = try sum(listed)
    shippingTotal = try sum(shippingListed)
    quantity = try sum(quantities)
    unitsRemaining = [[Int64]](repeating: [], count: listed.count)
    // Proves that subtotal and shipping can be added later.
    _ = try sum([subtotal, shippingTotal])
  }

  func listAmount(where isIncluded: (Int) -> Bool) -> Int64 {
    var amount: Int64 = 0
    for index in listed.indices where isIncluded(index) { amount += listed[index] }
    return amount
  }

  /// What is left of each unit of a line; at first the line's amount spread evenly over its units.
  func units(of line: Int) -> [Int64] {
    if !unitsRemaining[line].isEmpty { return unitsRemaining[line] }
    return spread(listed[line], over: quantities[line])
  }

  /// What each unit of a line costs at list price.
  func listedUnits(of line: Int) -> [Int64] { spread(listed[line], over: quantities[line]) }

  /// Takes an amount off a line, allocated over its units by what is left of them.
  mutating func take(_ amount: Int64, fromLine line: Int) -> [Int64] {
    let units = units(of: line)
    let parts = allocate(amount, over: units)
    take(parts, from: units, of: line)
    return parts
  }

  /// Takes given parts off the units of a line.
  mutating func take(_ parts: [Int64], from units: [Int64], of line: Int) {
    var units = units
    var total: Int64 = 0
    for index in parts.indices {
      units[index] -= parts[index]
      total += parts[index]
    }
    unitsRemaining[line] = units
    remaining[line] -= total
    precondition(remaining[line] >= 0, "a discount never exceeds what it discounts")
  }

  mutating func take(_ amount: Int64, fromShipping charge: Int) {
    shippingRemaining[charge] -= amount
    precondition(shippingRemaining[charge] >= 0, "a discount never exceeds what it discounts")
  }

  private func spread(_ amount: Int64, over count: Int64) -> [Int64] {
    let (share, left) = amount.quotientAndRemainder(dividingBy: count)
    var units = [Int64](repeating: share, count: Int(count))
    for index in 0..<Int(left) { units[index] += 1 }
    return units
  }
}
