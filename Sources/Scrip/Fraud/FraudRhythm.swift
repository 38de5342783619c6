/// How often a coupon is used: now, and as a rule.
///
/// Time goes in turns, of ten minutes or of an hour. The rule is a mean of former turns that forgets half of itself in a week, so that a
/// campaign that grows day by day makes its own rule, and one that leaks does not.
struct FraudRhythm: Hashable, Sendable {
  /// How long a turn is, in microseconds: ten minutes if nothing is said.
  let turn: Int64
  /// How many turns a mean is of at most. With 1455 of ten minutes it forgets half of itself in 1008, which are a week.
  private var turnsOfMean: Int64 { 873_000_000_000 / turn }

  private let began: Int64
  private var current: Int64
  private var count: Int64 = 0
  private var mean: Double = 0
  private var peak: Double = 0

  /// When it was used last.
  private(set) var latest: Instant

  /// One that is used for the first time.
  init(from moment: Instant, turn: Int64 = 600_000_000) {
    self.turn = turn
    current = moment.microseconds.dividedDown(by: turn).quotient
    began = current
    latest = moment
  }

  /// Notes a use.
  mutating func add(at moment: Instant) {
    latest = max(latest, moment)
    turn(to: latest)
    count += 1
  }

  /// How often something is used in a turn.
  struct Standing {
    /// How often it was used in this turn.
    let now: Int64
    /// How often in one as a rule, and in its busiest one so far.
    let rule, peak: Double
    /// How many turns it is known for.
    let turns: Int64

    /// With what its use is compared: the rule, or half of what it has come to on its best day, and once at least.
    var usual: Double { max(rule, peak / 2, 1) }
  }

  /// How often it is used at a moment.
  func standing(at moment: Instant) -> Standing {
    var copy = self
    copy.turn(to: max(latest, moment))
    return Standing(now: copy.count, rule: copy.mean, peak: copy.peak, turns: copy.current - began)
  }

  private mutating func turn(to moment: Instant) {
    let next = moment.microseconds.dividedDown(by: turn).quotient
    guard next > current else { return }
    peak = max(peak, Double(count))
    // A mean over all turns so far while there are few of them, the one that ends included.
    let known = min(current - began + 1, turnsOfMean)
    mean += (Double(count) - mean) / Double(known)
    // The turns in between brought nothing.
    let quiet = next - current - 1
    let evenly = min(quiet, turnsOfMean - known)
    mean *= Double(known) / Double(known + evenly)
    mean *= keeping(quiet - evenly)
    current = next
    count = 0
  }

  /// What is left of a mean after so many turns that brought nothing.
  private func keeping(_ turns: Int64) -> Double {
    var (left, factor, rest) = (1.0, 1 - 1 / Double(turnsOfMean), turns)
    while rest > 0 {
      if rest & 1 == 1 { left *= factor }
      factor *= factor
      rest >>= 1
    }
    return left
  }
}
