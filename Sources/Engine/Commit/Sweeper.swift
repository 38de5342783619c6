import Scrip

/// Tidies expired locks and forgotten answers away while nobody asks for anything. Correctness does not rest on it:
/// expiry is judged whenever a lock is used or its place is needed.
public struct Sweeper: Sendable {
  /// The committer that it works through.
  public let committer: Committer
  /// How long it rests between two rounds.
  public let interval: Duration

  /// Makes a sweeper.
  public init(committer: Committer, interval: Duration = .seconds(1)) {
    self.committer = committer
    self.interval = interval
  }

  /// Sweeps until the task is canceled. A failed round is reported by the committer and tried again in the next.
  public func run() async {
    while !Task.isCancelled {
      do throws(CommandFailure) {
        try await sweep()
      } catch {
        if case .shuttingDown = error { return }
      }
      do { try await Task.sleep(for: interval) } catch { return }
    }
  }

  /// One round: batches until one finds fewer expired locks than a batch may tidy.
  public func sweep() async throws(CommandFailure) {
    let command = Command(tenant: Tenant.ID(0), actor: .system, wish: TidyExpiredLocks())
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
