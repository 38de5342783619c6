import Ledger
import Promotions
import Scrip
import TestSupport

/// Commands that several lanes decide at once. In which order that was, is known afterwards: the log tells it of
/// whatever changed something, and whatever changed nothing must have been right at some moment in between.
extension Simulation {
  mutating func race(_ steps: [Step]) async throws {
    let engine = engine.engine
    let before = try log(after: 0).last?.position ?? 0
    let names = steps.indices.map { "race-\(before)-\($0)" }
    let outcomes = try await withThrowingTaskGroup(of: (Int, CommandOutcome).self) { group in
      for (place, step) in steps.enumerated() {
        var command = step.command
        command.requestID = names[place]
        let named = command
        group.addTask { (place, try await engine.submit(named)) }
      }
      return try await group.reduce(into: [Int: CommandOutcome]()) { $0[$1.0] = $1.1 }
    }
    var order: [Int] = []
    for event in try log(after: before) {
      guard let place = names.firstIndex(of: event.envelope.requestID ?? "") else { continue }
      if !order.contains(place) { order.append(place) }
    }
    var waiting = Set(steps.indices).subtracting(order)
    waiting = try answered(waiting, steps, outcomes)
    for place in order {
      if let outcome = outcomes[place] { try settle(steps[place], outcome) }
      waiting = try answered(waiting, steps, outcomes)
    }
    for place in waiting.sorted() {
      if let outcome = outcomes[place] { try settle(steps[place], outcome) }
    }
  }

  /// The log behind a position with all that was written. A page may end early while any transaction of the server,
  /// also of another test, is open; only an empty page is the end.
  private func log(after position: Int64) throws -> [StoredEvent] {
    var log: [StoredEvent] = []
    while true {
      let page = try store.events(EventFilter(after: log.last?.position ?? position, limit: 1000))
      if page.isEmpty { return log }
      log += page
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
      try settle(steps[place], outcome)
      rest.remove(place)
    }
    return rest
  }
}
