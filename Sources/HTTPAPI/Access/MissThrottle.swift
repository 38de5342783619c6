import Scrip
import Synchronization

/// Slows down whoever tries codes: so many misses by one address or customer within a window, then refusals that last
/// twice as long each time. Memory is bounded; whoever was quiet for longest is forgotten first.
final class MissThrottle: Sendable {
  /// Whose misses are counted.
  enum Subject: Hashable, Sendable {
    case address(Tenant.ID, ClientAddress)
    case customer(Tenant.ID, IdentityKey)
  }

  private struct Record {
    /// When misses happened, oldest first; at most `missesMax`.
    var misses: [ContinuousClock.Instant] = []
    var blockedUntil: ContinuousClock.Instant?
    var blocks = 0
    var lastMiss: ContinuousClock.Instant
  }

  private let settings: ThrottleSettings
  private let records = Mutex<[Subject: Record]>([:])

  init(_ settings: ThrottleSettings) { self.settings = settings }

  var count: Int { records.withLock { $0.count } }

  /// How many whole seconds the subjects have to wait; nil if none of them is refused.
  func wait(for subjects: [Subject]) -> Int64? {
    let now = settings.now()
    return records.withLock { records in
      if records.isEmpty { return nil }
      let waits = subjects.compactMap { records[$0]?.blockedUntil }.filter { $0 > now }
        .map { now.duration(to: $0).secondsUp }
      return waits.max()
    }
  }

  /// Counts misses of all subjects.
  func record(misses: Int, by subjects: [Subject]) {
    let now = settings.now()
    records.withLock { records in
      for subject in subjects {
        if records[subject] == nil, records.count >= settings.subjectsMax { forget(&records, now) }
        count(misses, &records[subject, default: Record(lastMiss: now)], now)
      }
    }
  }

  private func count(_ misses: Int, _ record: inout Record, _ now: ContinuousClock.Instant) {
    if record.lastMiss.duration(to: now) > settings.longestBlock { record.blocks = 0 }
    record.lastMiss = now
    record.misses.removeAll { $0.duration(to: now) >= settings.window }
    record.misses += Array(repeating: now, count: min(misses, settings.missesMax))
    guard record.misses.count >= settings.missesMax else { return }
    record.misses = []
    let doubled = settings.firstBlock * (1 << min(record.blocks, 20))
    record.blockedUntil = now.advanced(by: min(doubled, settings.longestBlock))
    record.blocks += 1
  }

  /// Makes room: whoever was quiet for the longest block, and then the quietest quarter.
  private func forget(_ records: inout [Subject: Record], _ now: ContinuousClock.Instant) {
    records = records.filter { $0.value.lastMiss.duration(to: now) <= settings.longestBlock }
    guard records.count >= settings.subjectsMax else { return }
    let quietest = records.sorted { $0.value.lastMiss < $1.value.lastMiss }
      .prefix(max(1, settings.subjectsMax / 4))
    for (subject, _) in quietest { records[subject] = nil }
  }
}

extension Duration {
  /// Whole seconds, rounded up, at least one.
  fileprivate var secondsUp: Int64 {
    max(1, components.seconds + (components.attoseconds > 0 ? 1 : 0))
  }
}
