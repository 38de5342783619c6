import Synchronization

import struct Scrip.ExactText
import struct Scrip.Instant
import struct Scrip.Tenant

/// A projection that can't go on for a tenant: what is wrong stands in an event, or in one of its rows.
public struct StoppedProjection: Hashable, Sendable {
  /// Which projection, of which tenant.
  public let key: Owned<ProjectionName>
  /// The position up to which it has read.
  public let position: Int64
  /// What is wrong; nothing of it is a caller's secret.
  public let reason: ExactText<StoppedProjection>

  /// Makes one.
  public init(key: Owned<ProjectionName>, position: Int64, reason: String) {
    self.key = key
    self.position = position
    self.reason = ExactText(reason)
  }
}

/// The projections that can't go on, as far as this process has tried, each with the time of its next try.
final class StoppedProjections: Sendable {
  private struct Entry {
    let stopped: StoppedProjection
    var rests: Duration
    var next: ContinuousClock.Instant
  }

  /// How long a projection rests after it stopped first; twice as long after each further try that brings nothing new.
  private static let restMin = Duration.seconds(1)
  private static let restMax = Duration.seconds(60)

  private let entries = Mutex<[Owned<ProjectionName>: Entry]>([:])

  var all: [StoppedProjection] { entries.withLock { $0.values.map(\.stopped) } }

  var count: Int { entries.withLock { $0.count } }

  func isResting(_ key: Owned<ProjectionName>) -> Bool {
    entries.withLock { entries in entries[key].map { $0.next > .now } ?? false }
  }

  /// Notes that one can't go on; whether that is news.
  func note(_ stopped: StoppedProjection) -> Bool {
    entries.withLock { entries in
      let isKnown = entries[stopped.key]?.stopped == stopped
      let before = entries[stopped.key]?.rests ?? .zero
      let rests =
        isKnown
        ? min(before + before, StoppedProjections.restMax) : StoppedProjections.restMin
      entries[stopped.key] = Entry(stopped: stopped, rests: rests, next: .now + rests)
      return !isKnown
    }
  }

  /// Forgets one that goes on; nil if it had not stopped.
  func forget(_ key: Owned<ProjectionName>) -> StoppedProjection? {
    entries.withLock { $0.removeValue(forKey: key)?.stopped }
  }
}
