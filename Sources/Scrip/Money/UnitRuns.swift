/// The amount of each unit of something, as runs of equal ones: 1000 over 3 units is 1 at 334, then 2 at 333.
///
/// A discount splits the units at one more place at most, whatever the quantity: ten thousand units with three
/// discounts are five runs, not ten thousand numbers. Runs next to one another have different amounts, so that the same
/// amounts are always the same runs.
public struct UnitRuns: Hashable, Sendable {
  /// Some units next to one another, all with the same amount.
  public struct Run: Hashable, Sendable {
    /// How many they are.
    public var count: Int64
    /// The amount of each.
    public var amount: Int64

    /// Makes a run.
    public init(count: Int64, amount: Int64) {
      self.count = count
      self.amount = amount
    }

    /// Takes in the units behind if they have the same amount.
    fileprivate mutating func join(_ run: Run) -> Bool {
      if run.amount != amount { return false }
      count += run.count
      return true
    }
  }

  // Hardly any line has more than two, and a list would be memory to ask for and to give back for each of them.
  private var head = Run(count: 0, amount: 0)
  private var next = Run(count: 0, amount: 0)
  // Nil where there are none, which is not counted as a reference when the value is copied.
  private var rest: [Run]?

  /// No unit at all.
  public init() {}

  /// The units of these runs, one run behind the other.
  public init(_ runs: some Sequence<Run>) {
    for run in runs { append(run) }
  }

  /// An amount spread evenly, the odd minor units on the first: 1000 over 3 units is 334, 333, 333.
  public init(_ amount: Int64, over count: Int64) {
    self.init(EvenUnits(amount, over: count))
  }

  init(_ even: EvenUnits) {
    if even.odd == 0 {
      head = Run(count: even.count, amount: even.share)
    } else {
      head = Run(count: even.odd, amount: even.share + 1)
      next = Run(count: even.count - even.odd, amount: even.share)
    }
  }

  /// What is left of units that had the same amount each.
  init(_ even: EvenUnits, takenOff amount: Int64) {
    if even.odd == 0 {
      head = Run(count: even.count, amount: amount - even.share)
    } else {
      head = Run(count: even.odd, amount: amount - even.share - 1)
      next = Run(count: even.count - even.odd, amount: amount - even.share)
    }
  }

  /// Adds units behind the others.
  mutating func append(_ run: Run) {
    precondition(run.count >= 0, "a run has units")
    if run.count == 0 { return }
    if head.count == 0 {
      head = run
    } else if next.count == 0 {
      if !head.join(run) { next = run }
    } else if rest != nil {
      appendToRest(run)
    } else if !next.join(run) {
      rest = [run]
    }
  }

  private mutating func appendToRest(_ run: Run) {
    guard var runs = rest else { return }
    rest = nil
    if !runs[runs.count - 1].join(run) { runs.append(run) }
    rest = runs
  }
}

extension UnitRuns: RandomAccessCollection {
  /// The first run's place.
  public var startIndex: Int { 0 }
  /// One more than the last run's place.
  public var endIndex: Int { head.count == 0 ? 0 : next.count == 0 ? 1 : 2 + (rest?.count ?? 0) }

  /// The run at a place.
  public subscript(place: Int) -> Run {
    precondition(place < endIndex, "no such run")
    if place == 0 { return head }
    guard place > 1, let rest else { return next }
    return rest[place - 2]
  }
}

extension UnitRuns {
  /// How many units there are.
  public var unitCount: Int64 {
    rest == nil ? head.count + next.count : reduce(0) { $0 + $1.count }
  }

  /// The amount that each of them has, if all have the same.
  var ofEachUnit: Int64? { next.count == 0 && head.count > 0 ? head.amount : nil }

  /// What all of them come to.
  public var total: Int64 { reduce(0) { $0 + $1.count * $1.amount } }
}

extension UnitRuns {
  /// Walks over units of which two amounts are known, in the longest runs in which neither changes.
  func together(with other: UnitRuns, _ body: (_ count: Int64, _ own: Int64, _ other: Int64) -> Void) {
    var left = unitCount
    precondition(left == other.unitCount, "two amounts of the same units")
    if left == 0 { return }
    var (place, otherPlace) = (0, 0)
    var (run, otherRun) = (self[0], other[0])
    while true {
      let count = Swift.min(run.count, otherRun.count)
      body(count, run.amount, otherRun.amount)
      left -= count
      if left == 0 { return }
      run.count -= count
      if run.count == 0 {
        place += 1
        run = self[place]
      }
      otherRun.count -= count
      if otherRun.count == 0 {
        otherPlace += 1
        otherRun = other[otherPlace]
      }
    }
  }
}

/// An amount spread evenly over units, the odd minor units on the first: 1000 over 3 units is 334, 333, 333.
struct EvenUnits {
  /// How many units there are.
  let count: Int64
  /// What each has.
  let share: Int64
  /// How many of them, from the first on, have one minor unit more.
  let odd: Int64

  init(_ amount: Int64, over count: Int64) {
    precondition(amount >= 0 && count > 0, "an amount needs a unit to rest on")
    self.count = count
    (share, odd) = amount.quotientAndRemainder(dividingBy: count)
  }
}
