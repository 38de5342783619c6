/// How often a coupon is used: now, and as a rule.
///
/// Time goes in turns of ten minutes. The rule is a mean of former turns that forgets half of itself in a week, so that a
/// campaign that grows day by day makes its own rule, and one that leaks does not.
struct FraudRhythm: Hashable, Sendable {
  /// How long a turn is, in microseconds.
  static let turn: Int64 = 600_000_000
  /// How many turns a mean is of at most: with so many it forgets half of itself in 1008, which are a week.
  private static let turnsOfMean: Int64 = 1455

  private let began: Int64
  private var current: Int64
  private var count: Int64 = 0
  private var mean: Double = 0
  private var peak: Double = 0

  /// When it was used last.
  private(set) var latest: Instant

  /// One that is used for the first time.
  init(from moment: Instant) {
    current = moment.microseconds.dividedDown(by: FraudRhythm.turn).quotient
    began = current
    latest = moment
  }

  /// Notes a use.
  mutating func add(at moment: Instant) {
    latest = max(latest, moment)
    turn(to: latest)
    count += 1
  }

  /// How often it was used in this turn; as a rule, in one; in its busiest one so far; and how many turns it is known for.
  func standing(at moment: Instant) -> (now: Int64, rule: Double, peak: Double, turns: Int64) {
    var copy = self
    copy.turn(to: max(latest, moment))
    return (copy.count, copy.mean, copy.peak, copy.current - began)
  }

  /// Whether it was used in the turn of a moment.
  func isInTurn(at moment: Instant) -> Bool {
    moment.microseconds.dividedDown(by: FraudRhythm.turn).quotient <= current
  }

  private mutating func turn(to moment: Instant) {
    let next = moment.microseconds.dividedDown(by: FraudRhythm.turn).quotient
    guard next > current else { return }
    peak = max(peak, Double(count))
    // A mean over all turns so far while there are few of them, the one that ends included.
    let known = min(current - began + 1, FraudRhythm.turnsOfMean)
    mean += (Double(count) - mean) / Double(known)
    // The turns in between brought nothing.
    let quiet = next - current - 1
    let evenly = min(quiet, FraudRhythm.turnsOfMean - known)
    mean *= Double(known) / Double(known + evenly)
    mean *= FraudRhythm.keeping(quiet - evenly)
    current = next
    count = 0
  }

  /// What is left of a mean after so many turns that brought nothing.
  private static func keeping(_ turns: Int64) -> Double {
    var (left, factor, rest) = (1.0, 1 - 1 / Double(turnsOfMean), turns)
    while rest > 0 {
      if rest & 1 == 1 { left *= factor }
      factor *= factor
      rest >>= 1
    }
    return left
  }
}
