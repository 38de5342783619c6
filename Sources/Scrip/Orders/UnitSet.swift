/// Some of a line's units, by their places from 0 on, as ranges: all of ten thousand are one range.
public struct UnitSet: Hashable, Sendable {
  /// Ascending, each with at least one unit, none next to another.
  public private(set) var ranges: [Range<Int64>] = []

  /// None.
  public init() {}

  /// The units of ranges, in whatever order; those in several of them once.
  public init(_ ranges: some Sequence<Range<Int64>>) {
    for range in ranges.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = self.ranges.last, last.upperBound >= range.lowerBound {
        self.ranges[self.ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        self.ranges.append(range)
      }
    }
  }

  /// How many they are.
  public var count: Int64 { ranges.reduce(0) { $0 + Int64($1.count) } }

  /// Whether it is none.
  public var isEmpty: Bool { ranges.isEmpty }

  /// The highest place and one more; 0 for none.
  public var end: Int64 { ranges.last?.upperBound ?? 0 }

  /// These units and others.
  public func union(_ other: UnitSet) -> UnitSet { UnitSet(ranges + other.ranges) }

  /// Whether a unit is one of both.
  public func overlaps(_ other: UnitSet) -> Bool { union(other).count < count + other.count }

  /// The first units that are not of these, so many of them, below a number of units in all; nil if there are fewer.
  public func firstOthers(_ wanted: Int64, below total: Int64) -> UnitSet? {
    var left = wanted
    var found: [Range<Int64>] = []
    var place: Int64 = 0
    for range in ranges + [total..<total] where left > 0 {
      let gap = place..<min(max(place, range.lowerBound), place + left)
      if !gap.isEmpty { found.append(gap) }
      left -= Int64(gap.count)
      place = range.upperBound
    }
    return left == 0 ? UnitSet(found) : nil
  }
}

extension UnitRuns {
  /// What some of the units come to.
  public func total(of units: UnitSet) -> Int64 {
    var sum: Int64 = 0
    var place: Int64 = 0
    for run in self {
      let own = place..<(place + run.count)
      for range in units.ranges where range.overlaps(own) {
        sum += Int64(range.clamped(to: own).count) * run.amount
      }
      place = own.upperBound
    }
    return sum
  }

  /// What is left of each unit when another amount of it is taken off.
  ///
  /// - Precondition: both are of the same units.
  func subtracting(_ other: UnitRuns) -> UnitRuns {
    var left = UnitRuns()
    together(with: other) { count, own, taken in left.append(Run(count: count, amount: own - taken)) }
    return left
  }
}
