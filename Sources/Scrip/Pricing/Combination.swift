/// Which candidates may stand together: pairs that consent, and the largest sets of such pairs.
struct Combinations {
  /// For each candidate the bit set of those that it may stand beside.
  private let neighbours: [UInt32]

  init(_ eligible: [Eligible]) {
    var neighbours = [UInt32](repeating: 0, count: eligible.count)
    for left in eligible.indices {
      for right in eligible.indices.dropFirst(left + 1)
      where Combinations.combine(eligible[left].candidate.terms, eligible[right].candidate.terms) {
        neighbours[left] |= 1 << UInt32(right)
        neighbours[right] |= 1 << UInt32(left)
      }
    }
    self.neighbours = neighbours
  }

  /// Whether two coupons may stand together: neither is exclusive, they are not of one group, and each names the
  /// other's class.
  static func combine(_ left: CouponTerms, _ right: CouponTerms) -> Bool {
    switch (left.stacking.policy, right.stacking.policy) {
    case (.exclusive, _), (_, .exclusive): return false
    case (.group(let one), .group(let other)) where one == other: return false
    default: break
    }
    return left.stacking.combinesWith.contains(right.discountClass)
      && right.stacking.combinesWith.contains(left.discountClass)
  }

  /// Whether the two candidates at these places may stand together.
  func allow(_ left: Int, _ right: Int) -> Bool { neighbours[left] & 1 << UInt32(right) != 0 }

  /// Every set that can't be enlarged, as bit sets (maximal cliques, by Bron and Kerbosch).
  ///
  /// With ten candidates there are at most 36 of them, and most often all of them go together.
  func maximalSets() -> [UInt32] {
    let everything: UInt32 = (1 << UInt32(neighbours.count)) - 1
    if neighbours.indices.allSatisfy({ neighbours[$0] | 1 << UInt32($0) == everything }) {
      return [everything]
    }
    var found: [UInt32] = []
    extend(set: 0, possible: everything, seen: 0, found: &found)
    return found
  }

  private func extend(set: UInt32, possible: UInt32, seen: UInt32, found: inout [UInt32]) {
    if possible == 0 {
      if seen == 0, set != 0 { found.append(set) }
      return
    }
    var possible = possible
    var seen = seen
    // The pivot with the most neighbours saves the branches that could only repeat its own.
    let pivot = bits(of: possible | seen).max { left, right in
      (neighbours[left] & possible).nonzeroBitCount < (neighbours[right] & possible).nonzeroBitCount
    }
    let skipped = pivot.map { neighbours[$0] } ?? 0
    for candidate in bits(of: possible & ~skipped) {
      let bit: UInt32 = 1 << UInt32(candidate)
      extend(
        set: set | bit, possible: possible & neighbours[candidate], seen: seen & neighbours[candidate],
        found: &found)
      possible &= ~bit
      seen |= bit
    }
  }
}

/// The places of the bits that are set, ascending.
func bits(of set: UInt32) -> [Int] {
  var places: [Int] = []
  var rest = set
  while rest != 0 {
    places.append(rest.trailingZeroBitCount)
    rest &= rest - 1
  }
  return places
}
