/// A rhythm by three clocks, of all buyers and of those whom the shop does not know: the clock of ten minutes sees a leak
/// burst, those of an hour and of six see it trickle.
struct FraudRhythms: Hashable, Sendable {
  /// Who is counted, by which clock.
  struct Part: Hashable, Sendable {
    /// Whether strangers alone are counted.
    let areStrangers: Bool
    /// The count.
    var rhythm: FraudRhythm
  }

  private static let turns: [Int64] = [600_000_000, 3_600_000_000, 21_600_000_000]

  /// All of them, always in the same order.
  private(set) var parts: [Part]

  /// When it was used last.
  private(set) var latest: Instant

  /// One that is used for the first time.
  init(from moment: Instant) {
    latest = moment
    parts = [false, true].flatMap { areStrangers in
      FraudRhythms.turns.map {
        Part(areStrangers: areStrangers, rhythm: FraudRhythm(from: moment, turn: $0))
      }
    }
  }

  /// How often it was used by anybody in the turn of a moment.
  func now(byTurnsOf turn: Int64, at moment: Instant) -> Int64 {
    parts.first { !$0.areStrangers && $0.rhythm.turn == turn }?.rhythm.standing(at: moment).now ?? 0
  }

  /// About how often it was used by anybody before the turn of a moment.
  func before(byTurnsOf turn: Int64, at moment: Instant) -> Double {
    guard let part = parts.first(where: { !$0.areStrangers && $0.rhythm.turn == turn }) else { return 0 }
    let standing = part.rhythm.standing(at: moment)
    return standing.rule * Double(standing.turns)
  }

  /// Notes a use.
  mutating func add(isStranger: Bool, at moment: Instant) {
    latest = max(latest, moment)
    for place in parts.indices where isStranger || !parts[place].areStrangers {
      parts[place].rhythm.add(at: moment)
    }
  }
}
