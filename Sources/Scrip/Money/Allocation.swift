/// Splits an amount over weights by the largest-remainder method (Hamilton), exactly.
///
/// Each part gets the whole part of its true share; what is left goes, one minor unit each, to the largest
/// remainders, ties to the lower index. The parts sum to the amount, none is more than one minor unit away from
/// its true share, a zero weight gets nothing, and while `amount` is at most the sum of the weights no part
/// exceeds its weight. 1000 over 3333, 3333, 3334 gives 333, 333, 334.
///
/// - Precondition: amount and weights are not negative; the weights' sum fits into 64 bits and is above zero
///   unless the amount is zero.
public func allocate(_ amount: Int64, over weights: [Int64]) -> [Int64] {
  var split = Split(capacity: weights.count)
  for weight in weights { split.add(weight) }
  split.divide(amount)
  return split.parts.map(\.amount)
}

/// An amount split over weights. Cleared and filled again, it asks for no more memory.
struct Split {
  /// What falls on some things next to one another that have the same weight, such as the units of a line.
  struct Part {
    /// How many things.
    let count: Int64
    /// What there is of each to take from.
    let available: Int64
    /// The weight of each.
    let weight: Int64
    /// What each gets.
    fileprivate(set) var share: Int64 = 0
    /// How many of them, from the first on, get one minor unit more.
    fileprivate(set) var favoured: Int64 = 0
    /// What the true share has beyond `share`, as a numerator over the sum of all weights.
    fileprivate var remainder: Int64 = 0

    fileprivate init(count: Int64, available: Int64, weight: Int64) {
      self.count = count
      self.available = available
      self.weight = weight
    }

    /// What all of them get.
    var amount: Int64 { share * count + favoured }

  }

  /// One part for each weight, in the order in which they were added.
  private(set) var parts: [Part] = []
  /// The sum of the weights.
  private(set) var total: Int64 = 0

  /// Makes room for as many weights.
  init(capacity: Int) { parts.reserveCapacity(capacity) }

  /// Forgets what was split before.
  mutating func clear() {
    parts.removeAll(keepingCapacity: true)
    total = 0
  }

  /// Adds a weight behind the others, or several equal ones; what there is to take from is the weight itself, or more.
  mutating func add(_ weight: Int64, of available: Int64? = nil, times count: Int64 = 1) {
    precondition(weight >= 0, "a weight is a magnitude")
    parts.append(Part(count: count, available: available ?? weight, weight: weight))
    total += weight * count
  }

  /// Splits an amount over the weights.
  mutating func divide(_ amount: Int64) {
    precondition(amount >= 0, "only magnitudes are allocated")
    if amount == 0 { return }
    precondition(total > 0, "an amount needs a weight to rest on")
    var left = amount
    for place in parts.indices {
      let (share, remainder) = trueShare(of: amount, weight: parts[place].weight)
      parts[place].share = share
      parts[place].remainder = remainder
      left -= share * parts[place].count
    }
    if left > 0 { favourLargestRemainders(left) }
  }

  private func trueShare(of amount: Int64, weight: Int64) -> (whole: Int64, remainder: Int64) {
    if amount == total { return (weight, 0) }
    let (product, overflow) = amount.multipliedReportingOverflow(by: weight)
    let division =
      overflow
      ? total.dividingFullWidth(amount.multipliedFullWidth(by: weight))
      : product.quotientAndRemainder(dividingBy: total)
    return (division.quotient, division.remainder)
  }

  private mutating func favourLargestRemainders(_ amount: Int64) {
    var left = amount
    if parts.count > fewParts {
      for place in placesByRemainder() where left > 0 { favour(place, &left) }
      return
    }
    while left > 0 {
      var largest = (place: 0, remainder: Int64(0))
      for place in parts.indices {
        let remainder = parts[place].remainder
        if remainder > largest.remainder { largest = (place, remainder) }
      }
      favour(largest.place, &left)
    }
  }

  private mutating func favour(_ place: Int, _ left: inout Int64) {
    let favoured = min(left, parts[place].count)
    parts[place].favoured = favoured
    parts[place].remainder = 0
    left -= favoured
  }

  private func placesByRemainder() -> [Int] {
    parts.indices.sorted {
      let (one, other) = (parts[$0].remainder, parts[$1].remainder)
      return one != other ? one > other : $0 < $1
    }
  }
}

// So many are looked through again and again in less time than they are sorted.
private let fewParts = 24
