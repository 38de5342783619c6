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
  private let sighting = Mutex<Sighting?>(nil)
  private let latest = Mutex(Instant(microseconds: Int64.min))

  init(given: (@Sendable () -> Instant)?) { self.given = given }

  /// The moment of a transaction to which the database said this: never before that of one before it here.
  func transactionMoment(databaseSays instant: Instant) -> Instant {
    note(databaseSays: instant)
    let now = given?() ?? instant
    return latest.withLock { latest in
      latest = max(latest, now)
      return latest
    }
  }

  /// The database's clock was read.
  func note(databaseSays instant: Instant) { sighting.withLock { $0 = Sighting(instant: instant, at: .now) } }

  /// The moment that reads are judged at; nil until the database has been asked once.
  var now: Instant? {
    let latest = latest.withLock { $0 }
    if let given { return max(given(), latest) }
    guard let sighting = sighting.withLock({ $0 }) else { return nil }
    let passed = sighting.at.duration(to: .now).components
    let microseconds = passed.seconds * 1_000_000 + passed.attoseconds / 1_000_000_000_000
    return max(Instant(microseconds: sighting.instant.microseconds + microseconds), latest)
  }
}
