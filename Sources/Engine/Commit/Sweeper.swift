import Scrip

/// Tidies expired locks and forgotten answers away while nobody asks for anything. Correctness does not rest on it:
/// expiry is judged whenever a lock is used or its place is needed.
public struct Sweeper: Sendable {
  /// The committer that it works through.
  public let committer: Committer
  /// How long it rests between two rounds.
  public let interval: Duration

  /// How long old answers may stay beyond their time: looking for them reads whatever was stored last.
  private static let forgettingInterval = Duration.seconds(60)

  /// Makes a sweeper.
  public init(committer: Committer, interval: Duration = .seconds(1)) {
    self.committer = committer
    self.interval = interval
  }

  /// Sweeps until the task is canceled. A failed round is reported by the committer and tried again in the next.
  public func run() async {
    var forgotten: ContinuousClock.Instant?
    while !Task.isCancelled {
      let isDue = forgotten.map { $0.duration(to: .now) >= Sweeper.forgettingInterval } ?? true
      do throws(CommandFailure) {
        try await sweep(forgetsAnswers: isDue)
        if isDue { forgotten = .now }
      } catch {
        if case .shuttingDown = error { return }
      }
      do { try await Task.sleep(for: interval) } catch { return }
    }
  }

  /// One round: batches until one finds fewer expired locks than a batch may tidy.
  public func sweep(forgetsAnswers: Bool = true) async throws(CommandFailure) {
    let command = Command(
      tenant: Tenant.ID(0), actor: .system, wish: TidyExpiredLocks(forgetsAnswers: forgetsAnswers))
    while try await committer.submit(command).tidiedFully == false {}
  }
}

extension CommandOutcome {
  /// Whether a tidying command found nothing more to do.
  public var tidiedFully: Bool { answer.body.ends(with: Array(#""is_complete":true}"#.utf8)) }
}

extension [UInt8] {
  fileprivate func ends(with suffix: [UInt8]) -> Bool {
    count >= suffix.count && self[(count - suffix.count)...].elementsEqual(suffix)
  }
}
