import Ledger
import Scrip

/// Has the committer's tidier work at regular times, and its worker when something is due. Correctness does not rest on
/// it: whether a lock holds is judged whenever it is used or its place is needed.
public struct Sweeper: Sendable {
  /// The committer whose tidier works.
  public let committer: PromotionCommitter
  /// How long it rests between two rounds.
  public let interval: Duration

  /// How long nothing is written before a round tries whether it could be: a full disk is to be found before somebody
  /// wants something.
  private static let idleInterval = Duration.seconds(10)

  /// Makes a sweeper.
  public init(committer: PromotionCommitter, interval: Duration = .seconds(1)) {
    self.committer = committer
    self.interval = interval
  }

  /// Sweeps, and does what work is due, until the task is canceled. A round that the store fails is told by `failed`, and
  /// another one follows.
  public func run(failed: @escaping @Sendable (StoreFailure) -> Void = { _ in }) async {
    let committer = committer
    let fails = { @Sendable (failure: StoreFailure) in
      committer.health.failed(
        failure, writing: [StoredTable(CouponRow.shape), StoredTable(UsageRow.shape), .event])
      failed(failure)
    }
    async let working: Void = committer.tidier.worker.run(failed: fails)
    var hasScheduled = false
    while !Task.isCancelled {
      do throws(StoreFailure) {
        if !hasScheduled { try await committer.tidier.scheduleForgetting() }
        hasScheduled = true
        try await sweep(forgetsAnswers: false)
      } catch {
        fails(error)
      }
      if let failure = await committer.checkWriting(afterIdle: Sweeper.idleInterval) { failed(failure) }
      do { try await Task.sleep(for: interval) } catch { break }
    }
    await working
  }

  /// One round.
  public func sweep(forgetsAnswers: Bool = true) async throws(StoreFailure) {
    try await committer.tidier.sweep()
    if forgetsAnswers { try await committer.tidier.forgetAnswers() }
  }
}
