/// What discounts have left of a cart so far.
struct Remainder {
  private struct Line {
    /// What is left of all its units together.
    var amount: Int64
    /// What is left of each of them.
    var units: UnitRuns

    /// Takes an amount if all units have the same left, which most lines have, and tells what falls on each.
    mutating func takeEvenly(_ amount: Int64) -> UnitRuns? {
      guard let left = units.ofEachUnit else { return nil }
      precondition(amount <= self.amount, "a discount never exceeds what it discounts")
      let taken = EvenUnits(amount, over: units.unitCount)
      self.amount -= amount
      units = UnitRuns(taken, takenOff: left)
      return UnitRuns(taken)
    }

    /// Takes from the units what a split says of each, in their order, and tells what that is.
    mutating func take(_ parts: ArraySlice<Split.Part>) -> UnitRuns {
      var taken = UnitRuns()
      units = UnitRuns()
      for part in parts {
        let most = part.favoured > 0 ? part.share + 1 : part.share
        precondition(most <= part.available, "a discount never exceeds what it discounts")
        taken.append(UnitRuns.Run(count: part.favoured, amount: part.share + 1))
        taken.append(UnitRuns.Run(count: part.count - part.favoured, amount: part.share))
        units.append(UnitRuns.Run(count: part.favoured, amount: part.available - part.share - 1))
        units.append(UnitRuns.Run(count: part.count - part.favoured, amount: part.available - part.share))
        amount -= part.amount
      }
      return taken
    }
  }

  private var lines: [Line] = []
  /// What is left of each shipping charge.
  private(set) var charges: [Int64] = []
  // An amount at hand, split over the units of a line.
  private var split = Split(capacity: 8)

  /// All of the cart.
  init(of goods: Goods, _ cart: Cart) {
    lines.reserveCapacity(goods.listed.count)
    for line in goods.listed.indices {
      let listed = goods.listed[line]
      lines.append(Line(amount: listed, units: UnitRuns(listed, over: cart.lines[line].quantity)))
    }
    charges.reserveCapacity(cart.shipping.count)
    for charge in cart.shipping.indices { charges.append(cart.shipping[charge].amount) }
  }

  /// What is left of a line.
  func amount(ofLine line: Int) -> Int64 { lines[line].amount }

  /// What is left of some lines together.
  func amount(ofLines lines: [Int]) -> Int64 {
    var amount: Int64 = 0
    for line in lines { amount += self.lines[line].amount }
    return amount
  }

  /// What is left of each unit of a line.
  func units(ofLine line: Int) -> UnitRuns { lines[line].units }

  /// Takes an amount off a line, split over its units by what is left of them, and tells what falls on each.
  mutating func take(_ amount: Int64, ofLine line: Int) -> UnitRuns {
    if let even = lines[line].takeEvenly(amount) { return even }
    split.clear()
    for run in lines[line].units { split.add(run.amount, times: run.count) }
    split.divide(amount)
    return lines[line].take(split.parts[...])
  }

  /// Takes from the units of a line what a split says of each, in their order, and tells what that is.
  mutating func take(_ parts: ArraySlice<Split.Part>, ofLine line: Int) -> UnitRuns {
    lines[line].take(parts)
  }

  /// Takes an amount off a shipping charge.
  mutating func take(_ amount: Int64, ofCharge charge: Int) {
    charges[charge] -= amount
    precondition(charges[charge] >= 0, "a discount never exceeds what it discounts")
  }
}
