/// Which candidates may stand together: pairs that consent, and the largest sets of such pairs.
struct Combinations {
  /// All candidates, as a bit set.
  let everything: UInt32
  /// Whether each may stand beside all others.
  let allConsent: Bool
  // For each candidate the bit set of those that it may stand beside; a request has at most ten.
  private let neighbours: InlineArray<10, UInt32>

  init(_ eligible: [Eligible]) {
    precondition(Pricing.codesMax <= 10 && eligible.count <= Pricing.codesMax, "room for every candidate")
    var neighbours = InlineArray<10, UInt32>(repeating: 0)
    var consents = 0
    for left in eligible.indices {
      for right in left + 1..<eligible.count
      where Combinations.combine(eligible[left].terms, eligible[right].terms) {
        neighbours[left] |= 1 << UInt32(right)
        neighbours[right] |= 1 << UInt32(left)
        consents += 1
      }
    }
    self.neighbours = neighbours
    everything = (1 << UInt32(eligible.count)) - 1
    allConsent = consents == eligible.count * (eligible.count - 1) / 2
  }

  /// Whether two coupons may stand together: neither is exclusive, they are not of one group, and each names the
  /// other's class.
  static func combine(_ left: CouponTerms, _ right: CouponTerms) -> Bool {
    combine(left, left.discountClass, right, right.discountClass)
  }

  /// The same for coupons that stand for something else than their scope says, as on invoices.
  static func combine(
    _ left: CouponTerms, _ leftClass: DiscountClass, _ right: CouponTerms, _ rightClass: DiscountClass
  ) -> Bool {
    switch (left.stacking.policy, right.stacking.policy) {
    case (.exclusive, _), (_, .exclusive): return false
    case (.group(let one), .group(let other)) where one == other: return false
    default: break
    }
    return left.stacking.consents(to: rightClass) && right.stacking.consents(to: leftClass)
  }

  /// Whether the two candidates at these places may stand together.
  func allow(_ left: Int, _ right: Int) -> Bool { neighbours[left] & 1 << UInt32(right) != 0 }

  /// Every set that can't be enlarged, as bit sets (maximal cliques, by Bron and Kerbosch).
  ///
  /// With ten candidates there are at most 36 of them, and most often all of them go together.
  func maximalSets() -> [UInt32] {
    if allConsent { return [everything] }
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
func bits(of set: UInt32) -> Bits { Bits(rest: set) }

/// The places of the bits of a set, ascending, without a list of them.
struct Bits: Sequence, IteratorProtocol {
  fileprivate var rest: UInt32

  mutating func next() -> Int? {
    if rest == 0 { return nil }
    defer { rest &= rest - 1 }
    return rest.trailingZeroBitCount
  }
}

extension Stacking {
  /// Whether it names a class. Most coupons name all of them, which needs no look into the set.
  fileprivate func consents(to other: DiscountClass) -> Bool {
    combinesWith.count == classCount || combinesWith.contains(other)
  }
}

private let classCount = DiscountClass.allCases.count
