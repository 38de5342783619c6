import Ledger
import Scrip

/// Has the committer's tidier work at regular times. Correctness does not rest on it: whether a lock holds is judged
/// whenever it is used or its place is needed.
public struct Sweeper: Sendable {
  /// The committer whose tidier works.
  public let committer: PromotionCommitter
  /// How long it rests between two rounds.
  public let interval: Duration

  /// How long old answers may stay beyond their time: looking for them reads whatever was stored last.
  private static let forgettingInterval = Duration.seconds(60)

  /// How long nothing is written before a round tries whether it could be: a full disk is to be found before somebody
  /// wants something.
  private static let idleInterval = Duration.seconds(10)

  /// Makes a sweeper.
  public init(committer: PromotionCommitter, interval: Duration = .seconds(1)) {
    self.committer = committer
    self.interval = interval
  }

  /// Sweeps until the task is canceled. A round that the store fails is told by `failed`, and another one follows.
  public func run(failed: @Sendable (StoreFailure) -> Void = { _ in }) async {
    var forgotten: ContinuousClock.Instant?
    while !Task.isCancelled {
      let isDue = forgotten.map { $0.duration(to: .now) >= Sweeper.forgettingInterval } ?? true
      do throws(StoreFailure) {
        try await sweep(forgetsAnswers: isDue)
        if isDue { forgotten = .now }
      } catch {
        committer.health.failed(
          error, writing: [StoredTable(CouponRow.shape), StoredTable(UsageRow.shape), .event])
        failed(error)
      }
      if let failure = await committer.checkWriting(afterIdle: Sweeper.idleInterval) { failed(failure) }
      do { try await Task.sleep(for: interval) } catch { return }
    }
  }

  /// One round.
  public func sweep(forgetsAnswers: Bool = true) async throws(StoreFailure) {
    try await committer.tidier.sweep()
    if forgetsAnswers { try await committer.tidier.forgetAnswers() }
  }
}
