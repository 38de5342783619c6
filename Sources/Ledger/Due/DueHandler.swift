import struct Scrip.Exact
import struct Scrip.Instant
import struct Scrip.Tenant

/// How work of one kind is done.
public struct DueHandler<State: LedgerState>: Sendable {
  /// What came of work that was done.
  public enum Outcome: Hashable, Sendable {
    /// It is done.
    case done
    /// It is to be done again at a moment: for work of the house.
    case again(Instant)
  }

  /// Does work inside the transaction that also settles it. What throws is not committed. Work that a fact has scheduled
  /// has to be ended, or moved on, by a fact that is written here.
  public typealias Transactional =
    @Sendable (DueClaim, any StoreTransaction<State>) throws(StoreFailure) -> Outcome

  /// What came of work that was done outside of any transaction.
  public enum Finding: Sendable {
    /// A command tells of it. Its facts end the work or move it on; otherwise the work is to be done again after a pause.
    case told(Command<State>, againAfterSeconds: Int64? = nil)
    /// There is nothing to tell yet: it is to be done again after a pause.
    case again(afterSeconds: Int64)
  }

  /// Does work outside of any transaction, such as a call to another service, and says what came of it. It may be done more
  /// than once: if the node dies before the command is decided, or works for longer than its lease. The other service has to
  /// be told by a key what is the same.
  public typealias External = @Sendable (DueClaim) async throws(DueFailure) -> Finding

  /// Where work is done.
  public enum Way: Sendable {
    /// In a transaction.
    case transactional(Transactional)
    /// Outside of any.
    case external(External)
  }

  /// The kind of work.
  public let kind: DueWork.Kind
  /// Where and how it is done.
  public let way: Way
  /// When what failed is tried again, and when it is parked.
  public let retries: DueRetries
  /// How long nobody else gets what was claimed, in seconds. Work in a transaction takes less; work outside of any keeps its
  /// claim for longer while it goes on, so that a node that dies leaves it to others soon.
  public let leaseSeconds: Int64

  /// Describes how work is done.
  public init(
    _ kind: DueWork.Kind, retries: DueRetries = DueRetries(), leaseSeconds: Int64 = 60, _ way: Way
  ) {
    self.kind = kind
    self.way = way
    self.retries = retries
    self.leaseSeconds = leaseSeconds
  }
}

/// Why work outside of the store was not done.
public struct DueFailure: Error, Hashable, Sendable {
  /// What operators are told; never a bound value.
  @Exact public var reason: String
  /// Whether there is no point in another try.
  public let isFinal: Bool

  /// Makes a failure.
  public init(_ reason: String, isFinal: Bool = false) {
    self.reason = reason
    self.isFinal = isFinal
  }
}

/// When work that failed is tried again: after a pause that doubles with each try, and is a little different each time,
/// so that what failed together is not tried together.
public struct DueRetries: Hashable, Sendable {
  /// The pause after the first try, in seconds.
  public var firstSeconds: Int64
  /// The longest pause, in seconds.
  public var mostSeconds: Int64
  /// How many tries there are before work is parked; nil if it never is.
  public var attemptsMax: Int64?

  /// Describes pauses.
  public init(firstSeconds: Int64 = 1, mostSeconds: Int64 = 3600, attemptsMax: Int64? = 15) {
    self.firstSeconds = firstSeconds
    self.mostSeconds = mostSeconds
    self.attemptsMax = attemptsMax
  }

  /// The pause after a try, in microseconds: after the 4th try 8 times the first pause, and up to a fifth more or less.
  ///
  /// - Parameter chance: from 0 to 1.
  public func pause(after attempt: Int64, chance: Double) -> Int64 {
    let doublings = min(max(attempt, 1) - 1, 30)
    let seconds = min(mostSeconds, firstSeconds << doublings)
    return Int64(Double(seconds * 1_000_000) * (0.8 + 0.4 * min(max(chance, 0), 1)))
  }

  /// What becomes of work that failed in a try.
  public func settlement(
    of attempt: Int64, _ reason: String, isFinal: Bool = false, at now: Instant, chance: Double
  ) -> DueSettlement {
    if isFinal || attemptsMax.map({ attempt >= $0 }) == true { return .parked(reason) }
    let pause = pause(after: attempt, chance: chance)
    return .failed(reason, retryAt: Instant(clamping: now.microseconds + pause))
  }
}
