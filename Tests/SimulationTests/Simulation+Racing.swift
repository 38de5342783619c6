import Ledger
import Promotions
import Scrip
import TestSupport

/// Commands that several lanes decide at once. In which order that was, is known afterwards: the log tells it of
/// whatever changed something, and whatever changed nothing must have been right at some moment in between.
extension Simulation {
  /// The steps in the order of their races, in which those have one for themselves of which the log would not tell who
  /// saw them.
  static func races(of steps: [Step]) -> [[Step]] {
    steps.reduce(into: []) { races, step in
      if let last = races.last, !step.isReadUnlocked, last.allSatisfy({ !$0.isReadUnlocked }) {
        races[races.count - 1].append(step)
      } else {
        races.append([step])
      }
    }
  }

  mutating func race(_ steps: [Step]) async throws {
    let engine = engine.engine
    let names = steps.indices.map { "race-\(past.count)-\($0)" }
    let outcomes = try await withThrowingTaskGroup(of: (Int, CommandOutcome).self) { group in
      for (place, step) in steps.enumerated() {
        var command = step.command
        command.requestID = names[place]
        let named = command
        group.addTask { (place, try await engine.submit(named)) }
      }
      return try await group.reduce(into: [Int: CommandOutcome]()) { $0[$1.0] = $1.1 }
    }
    let news = try news()
    let places = Simulation.places(of: names, in: news)
    let order = places.sorted { $0.value < $1.value }.map(\.key)
    var waiting = Set(steps.indices).subtracting(order)
    waiting = try answered(waiting, steps, outcomes)
    try settle(order, news, places) { simulation, place in
      // Whoever saw what was tidied before this step may have come before the step.
      waiting = try simulation.answered(waiting, steps, outcomes)
      if let outcome = outcomes[place] { try simulation.settle(steps[place], outcome) }
      waiting = try simulation.answered(waiting, steps, outcomes)
    }
    for place in waiting.sorted() {
      if let outcome = outcomes[place] { try settle(steps[place], outcome) }
    }
  }

  /// Settles the commands whose answers are right at this moment, and gives those that still wait for their moment. The
  /// log says nothing of them, so that they must not change anything either.
  private mutating func answered(
    _ waiting: Set<Int>, _ steps: [Step], _ outcomes: [Int: CommandOutcome]
  ) throws -> Set<Int> {
    var rest = waiting
    for place in waiting.sorted() {
      guard let outcome = outcomes[place] else { continue }
      var ledger = shops[steps[place].shop].ledger
      let verdict = steps[place].judge(&ledger)
      guard verdict == Simulation.verdict(outcome), ledger == shops[steps[place].shop].ledger else {
        continue
      }
      if let shown = steps[place].shown, verdict == .done || verdict == .made {
        guard try ShownBill(outcome.answer.body) == shown(ledger) else { continue }
      }
      try settle(steps[place], outcome)
      rest.remove(place)
    }
    return rest
  }
}
