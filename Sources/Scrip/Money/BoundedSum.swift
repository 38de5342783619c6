/// A sum of amounts that goes no further than the largest amount, and says when there is more: a report must not fail
/// for good because a shop is large, and a number that JSON readers round must not be shown.
public struct BoundedSum: Hashable, Sendable {
  /// The sum in minor units, at most `Money.minorUnitsMax`.
  public private(set) var minorUnits: Int64 = 0
  /// Whether the true sum is larger than `minorUnits` says.
  public private(set) var isSaturated = false

  /// Makes a sum of nothing.
  public init() {}

  /// Makes a sum of what was added elsewhere. A negative one, which only damage makes, is nothing.
  public init(_ exact: Int128) {
    minorUnits = Int64(min(max(0, exact), Int128(Money.minorUnitsMax)))
    isSaturated = exact > Int128(Money.minorUnitsMax)
  }

  /// Adds one sum to another.
  public static func += (sum: inout BoundedSum, other: BoundedSum) {
    let isSaturated = sum.isSaturated || other.isSaturated
    sum = BoundedSum(Int128(sum.minorUnits) + Int128(other.minorUnits))
    if isSaturated { sum.isSaturated = true }
  }
}
