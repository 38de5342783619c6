import SampleShop
import Scrip
import Testing

@testable import FraudReplay

@Suite struct FraudReplayTests {
  private static let scenario = FraudScenario(seed: 11, checkoutsADay: 60)

  @Test func `where nobody looks, attackers get everything and nobody is hit`() {
    let replay = FraudReplay(Self.scenario, policy: FraudPolicy(mode: .off))
    for (attack, figures) in replay.attacks {
      #expect(figures.got == figures.wanted && figures.wanted > 0 && figures.stopped == 0, "\(attack)")
      #expect(figures.flaggedAfter == nil && figures.stoppedAfter == nil)
    }
    #expect(
      replay.crowds.values.allSatisfy { $0.flagged + $0.challenged + $0.blocked + $0.withoutCoupon == 0 })
  }

  @Test func `in shadow mode nothing follows either, and everything is told`() {
    let replay = FraudReplay(Self.scenario, policy: FraudPolicy(mode: .shadow))
    #expect(replay.attacks.values.allSatisfy { $0.got == $0.wanted && $0.blocked == 0 })
    #expect(replay.attacks.values.allSatisfy { $0.alertedAfter != nil })
    #expect(replay.disabled.isEmpty)
  }

  @Test func `money is wanted, got or stopped, and what comes later is a part of it`() {
    let replay = FraudReplay(Self.scenario)
    #expect(replay.attacks.count == ShopAttack.allCases.count)
    for (attack, figures) in replay.attacks {
      #expect(figures.got <= figures.wanted && figures.gotLater <= figures.wantedLater, "\(attack)")
      #expect(figures.gotLater <= figures.got && figures.wantedLater <= figures.wanted, "\(attack)")
      #expect(figures.blocked <= figures.attempts && (0...10_000).contains(figures.stoppedLater))
      #expect(figures.stoppedLater > 0, "\(attack) is not stopped at all")
    }
    let honest = Self.scenario.attempts.filter { attempt in
      if case .crowd = attempt.actor, case .opening = attempt.typed {
        return attempt.at >= Self.scenario.watchedFrom
      }
      return false
    }
    #expect(replay.crowds.values.reduce(0) { $0 + $1.checkouts } == honest.count)
  }

  @Test func `the same seed gives the same figures`() {
    let (one, two) = (FraudReplay(Self.scenario), FraudReplay(Self.scenario))
    #expect(one.attacks == two.attacks && one.crowds == two.crowds && one.disabled == two.disabled)
  }

  @Test func `a list that blocks everybody leaves nothing to anybody`() {
    let everybody = Set(Self.scenario.attempts.flatMap(\.traits))
    let replay = FraudReplay(Self.scenario, policy: FraudPolicy(mode: .on, denied: everybody))
    #expect(replay.attacks.values.allSatisfy { $0.got == 0 && $0.blockedAfter == 0 && $0.stopped == 10_000 })
    #expect(replay.crowds.values.allSatisfy { $0.blocked == $0.checkouts && $0.blockedShare == 100_000 })
  }

  @Test func `a leaked coupon is ended only if the policy says so`() {
    let scenario = FraudScenario(seed: 11, attacks: [.leakedCode], checkoutsADay: 60)
    let ended = FraudReplay(scenario)
    #expect(ended.attacks[.leakedCode]?.disabledAfter != nil && ended.disabled.count == 1)
    let only = FraudReplay(scenario, policy: FraudPolicy(mode: .on, leak: .init(disable: nil)))
    #expect(only.attacks[.leakedCode]?.disabledAfter == nil && only.disabled.isEmpty)
    #expect(only.attacks[.leakedCode]?.alertedAfter != nil)
  }

  @Test func `seeds are summed up with the worst of them`() throws {
    var summary = ReplaySummary()
    let replays = (21...23).map { FraudReplay(FraudScenario(seed: $0, checkoutsADay: 20)) }
    for replay in replays { summary.add(replay) }
    for attack in ShopAttack.allCases {
      let row = try #require(summary.attacks[.init(attack)])
      let figures = replays.compactMap { $0.attacks[attack] }
      #expect(row.runs.map(\.seed) == [21, 22, 23])
      #expect(row.sum.wanted == figures.reduce(0) { $0 + $1.wanted })
      #expect(row.worst?.figures.stoppedLater == figures.map(\.stoppedLater).min())
      #expect(row.reaching == figures.count { $0.stoppedLater >= 9500 })
    }
    #expect(summary.honest.checkouts == replays.flatMap(\.crowds.values).reduce(0) { $0 + $1.checkouts })
    #expect(summary.seeds == 3)
  }

  @Test func `what half of all seeds have seen by some second is told, and else that they have not`() {
    var summary = ReplaySummary()
    summary.add(FraudReplay(Self.scenario, policy: FraudPolicy(mode: .off)))
    #expect(summary.attacks[.init(.leakedCode)]?.half(\.stoppedAfter) == nil)
    summary.add(FraudReplay(Self.scenario))
    let after = FraudReplay(Self.scenario).attacks[.leakedCode]?.stoppedAfter
    #expect(summary.attacks[.init(.leakedCode)]?.half(\.stoppedAfter) == after)
  }

  @Test func `ends of locks come in order of time, and those of one moment as they were put in`() {
    var pending = PendingEndings()
    var random = SeededRandom(seed: 5)
    let times = (0..<300).map { _ in Int64(random.below(40)) }
    for (number, time) in times.enumerated() {
      let traits = [FraudTrait(.user, digest: UInt64(number))]
      pending.add(.init(at: Instant(microseconds: time), signal: .refund, traits: traits))
    }
    #expect(pending.next(until: Instant(microseconds: -1)) == nil)
    var seen: [UInt64] = []
    while let next = pending.next(until: Instant(microseconds: 100)) { seen.append(next.traits[0].digest) }
    #expect(seen == times.indices.sorted { (times[$0], $0) < (times[$1], $1) }.map(UInt64.init))
  }
}
