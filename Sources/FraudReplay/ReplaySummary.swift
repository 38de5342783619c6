import SampleShop
import Scrip

/// Several scenarios, summed up.
package struct ReplaySummary: Sendable {
  /// What became of an attack over all seeds.
  package struct Attack: Sendable {
    /// Each by its seed, in the order in which they were added.
    package fileprivate(set) var runs: [(seed: UInt64, figures: AttackFigures)] = []

    /// The sums over all seeds; it has no moments.
    package var sum: AttackFigures {
      var sum = AttackFigures()
      for run in runs { sum.add(run.figures) }
      return sum
    }

    /// How many seeds reach the aim.
    package var reaching: Int { runs.count { $0.figures.stoppedLater >= ReplaySummary.aim } }

    /// The seed in which least was stopped after the first minute.
    package var worst: (seed: UInt64, figures: AttackFigures)? {
      runs.min { $0.figures.stoppedLater < $1.figures.stoppedLater }
    }

    /// The number of seconds within which something had happened in half of all seeds or more; nil if in fewer.
    package func half(_ moment: KeyPath<AttackFigures, Int64?>) -> Int64? {
      let moments = runs.compactMap { $0.figures[keyPath: moment] }.sorted()
      let place = (runs.count + 1) / 2 - 1
      return moments.indices.contains(place) ? moments[place] : nil
    }
  }

  /// What an attack's row is about: all of a kind, or those made with so much care.
  package struct Key: Hashable, Sendable {
    package let attack: ShopAttack
    package let manner: ShopAttackManner?

    package init(_ attack: ShopAttack, _ manner: ShopAttackManner? = nil) {
      self.attack = attack
      self.manner = manner
    }
  }

  /// How much of an attack's money should be stopped after its first minute: 95 per cent.
  package static let aim: Int64 = 9500

  /// What became of attacks, in all and by manner.
  package private(set) var attacks: [Key: Attack] = [:]
  /// What became of honest buyers.
  package private(set) var crowds: [ShopCrowd: CrowdFigures] = [:]
  /// How many honest checkouts were blocked, by the rule that brought most of the points.
  package private(set) var blaming: [FraudRuleName: Int] = [:]
  /// The most honest checkouts that were blocked in one seed, of a hundred thousand.
  package private(set) var worstShare: (seed: UInt64, share: Int64)?
  /// How many scenarios there were.
  package private(set) var seeds = 0

  package init() {}

  /// Adds a scenario.
  package mutating func add(_ replay: FraudReplay) {
    seeds += 1
    for (attack, figures) in replay.attacks {
      for key in [Key(attack), Key(attack, replay.manners[attack])] {
        attacks[key, default: Attack()].runs.append((replay.seed, figures))
      }
    }
    var honest = CrowdFigures()
    for (crowd, figures) in replay.crowds {
      crowds[crowd, default: CrowdFigures()].add(figures)
      honest.add(figures)
    }
    for (rule, count) in replay.blaming { blaming[rule, default: 0] += count }
    if worstShare.map({ honest.blockedShare > $0.share }) ?? true {
      worstShare = (replay.seed, honest.blockedShare)
    }
  }

  /// All honest buyers.
  package var honest: CrowdFigures {
    var sum = CrowdFigures()
    for figures in crowds.values { sum.add(figures) }
    return sum
  }
}
