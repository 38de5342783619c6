import Engine
import Foundation
import Scrip
import TestSupport
import Testing

@Suite struct SimulationTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let stepsAskedFor = environment["SCRIP_SIMULATION_STEPS"].flatMap { Int($0) }

  /// A server's round trips make its histories slower, so that they are shorter unless somebody says how long.
  private static func steps(on kind: SimulatedStore) -> Int {
    stepsAskedFor ?? (kind == .postgres ? 80 : 300)
  }

  /// The seeds of this run: the one asked for, or one that is always the same and one that never is.
  private static let seeds: [UInt64] =
    environment["SCRIP_SIMULATION_SEED"].flatMap { UInt64($0) }.map { [$0] }
    ?? [1, UInt64.random(in: 1...1_000_000)]

  @Test(arguments: SimulatedStore.available, seeds)
  func `a random history agrees with the ledger`(kind: SimulatedStore, seed: UInt64) async throws {
    let clock = ManualClock()
    let steps = Self.steps(on: kind)
    try await kind.withStore(clock) { store in
      print("simulation: \(kind) SCRIP_SIMULATION_SEED=\(seed) SCRIP_SIMULATION_STEPS=\(steps)")
      try await simulate(seed, clock, steps: steps, on: store)
    }
  }

  /// A history in which something never happened would prove nothing about it.
  private func checkVariety(_ simulation: Simulation) throws {
    var happened: [String: Int] = [:]
    for (command, answer) in simulation.past {
      let code: String? = if case .refused(let code) = answer.kind { code.rawValue } else { nil }
      happened["\(type(of: command.wish)) \(code ?? "done")", default: 0] += 1
    }
    for fact in try simulation.engine.facts() {
      if case .couponRedeemed(let redeemed) = fact, redeemed.wasRelocked {
        happened["relock", default: 0] += 1
      }
      if case .couponReleased(let released) = fact { happened["\(released.cause)", default: 0] += 1 }
      happened[fact.name, default: 0] += 1
    }
    for name in [
      "ApplyCodes done", "ApplyCodes budget_exhausted", "ApplyCodes order_has_application",
      "RedeemApplication done", "RedeemApplication lock_expired", "relock", "expired", "requested",
      "canceled",
      "UsageRepriced", "LockExtended",
    ] {
      #expect(happened[name, default: 0] > 0, "\(name) never happened")
    }
  }

  private func simulate(
    _ seed: UInt64, _ clock: ManualClock, steps: Int, on store: any Store
  ) async throws {
    var simulation = try await Simulation(store: store, clock: clock, seed: seed)
    do {
      for number in 1...steps {
        try await simulation.step()
        if number % 100 == 0 { try await simulation.compare(thoroughly: true) }
      }
      try await simulation.compare(thoroughly: true)
      if steps >= 300 { try checkVariety(simulation) }
    } catch {
      await simulation.engine.stop()
      throw error
    }
    await simulation.engine.stop()
  }
}
