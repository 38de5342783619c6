import Ledger
import Promotions
import Scrip

extension EngineUnderTest {
  /// Has actions decided in one transaction, in this order: the committer is held up until all of them wait.
  public func batch(_ actions: [any Action<WorkingSet>]) async throws -> [CommandOutcome] {
    try await batch(commands: actions.map { command($0) }).map { try $0.get() }
  }

  /// Has commands decided in one transaction, in this order.
  public func batch(commands: [PromotionCommand]) async throws -> [Result<CommandOutcome, CommandFailure>] {
    let gate = BlockingAction()
    async let blocker = engine.submit(command(gate))
    await gate.reached()
    var tasks: [Task<Result<CommandOutcome, CommandFailure>, Never>] = []
    for command in commands {
      let depth = engine.committer.queueDepth
      tasks.append(
        Task {
          do throws(CommandFailure) {
            return .success(try await engine.submit(command))
          } catch {
            return .failure(error)
          }
        })
      while engine.committer.queueDepth == depth { await Task.yield() }
    }
    gate.open()
    _ = try await blocker
    var outcomes: [Result<CommandOutcome, CommandFailure>] = []
    for task in tasks { outcomes.append(await task.value) }
    return outcomes
  }
}
