import Engine
import Scrip
import TestSupport

extension EngineUnderTest {
  /// Has wishes decided in one transaction, in this order: the committer is held up until all of them wait.
  func batch(_ wishes: [any Decidable], blocking store: InMemoryStore) async throws -> [CommandOutcome] {
    let gate = BlockingWish()
    async let blocker = engine.submit(command(gate))
    await gate.reached()
    var tasks: [Task<CommandOutcome, any Error>] = []
    for wish in wishes {
      let depth = engine.committer.queueDepth
      tasks.append(Task { try await submit(wish) })
      while engine.committer.queueDepth == depth { await Task.yield() }
    }
    gate.open()
    _ = try await blocker
    var outcomes: [CommandOutcome] = []
    for task in tasks { outcomes.append(try await task.value) }
    return outcomes
  }
}
