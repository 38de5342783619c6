import Ledger
import Promotions
import Scrip
import Synchronization

/// What the database's clock says, as far as is known here: its last word, and the time that has passed since.
///
/// Transactions ask the database itself. Reads are judged at this estimate, which costs no round trip; it is put right
/// by every transaction, the sweeper's included.
final class DatabaseClock: Sendable {
  private struct Sighting {
    let instant: Instant
    let at: ContinuousClock.Instant
  }

  private let given: (@Sendable () -> Instant)?
  private let clockGuard: ClockGuard
  private let sighting = Mutex<Sighting?>(nil)

  init(given: (@Sendable () -> Instant)?, tolerance: ClockTolerance) {
    self.given = given
    clockGuard = ClockGuard(tolerance)
  }

  /// Whether the last commit's moment matters when a store is opened.
  var comparesLastCommit: Bool { clockGuard.comparesLastCommit }

  /// Compares what the database says with the last commit, when a store is opened.
  func begin(databaseSays instant: Instant, lastCommit: Instant, isLatest: Bool) {
    clockGuard.begin(given?() ?? instant, lastCommit: lastCommit, isLatest: isLatest)
  }

  /// The moment of a transaction to which the database said this: never before that of one before it here.
  ///
  /// - Throws: `StoreFailure` of kind `unavailable` if that can't be the time.
  func transactionMoment(databaseSays instant: Instant) throws(StoreFailure) -> Instant {
    note(databaseSays: instant)
    return try clockGuard.moment(given?() ?? instant)
  }

  /// The database's clock was read.
  func note(databaseSays instant: Instant) { sighting.withLock { $0 = Sighting(instant: instant, at: .now) } }

  /// The moment that reads are judged at; nil until the database has been asked once.
  var now: Instant? {
    if let given { return clockGuard.readingMoment(given()) }
    guard let sighting = sighting.withLock({ $0 }) else { return nil }
    let passed = sighting.at.duration(to: .now).components
    let microseconds = passed.seconds * 1_000_000 + passed.attoseconds / 1_000_000_000_000
    return clockGuard.readingMoment(Instant(clamping: sighting.instant.microseconds + microseconds))
  }

  /// Why the database's clock is not believed, so that nothing is written; nil while it is.
  var failure: StoreFailure? { clockGuard.failure }
}
