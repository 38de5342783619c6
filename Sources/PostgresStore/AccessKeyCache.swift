import Digest
import Ledger
import Promotions
import Scrip
import Synchronization

/// Keys that were found lately, because every request shows one.
///
/// Whoever changes a key announces it in the same transaction, and all nodes forget what they know. A node that can't
/// hear announcements (behind a pooler, or while its connection is broken) remembers for a shorter time.
final class AccessKeyCache: Sendable {
  /// How long a key is remembered by a node that hears announcements: the bound if one gets lost.
  static let secondsWhileListening = 5
  /// How long otherwise.
  static let secondsOtherwise = 1

  /// What a lookup began with: it may only be remembered if nothing was announced meanwhile.
  typealias State = UInt64

  private struct Entry {
    let key: AccessKey
    let at: ContinuousClock.Instant
  }

  private struct Memory {
    var entries = GenerationCache<Hash256, Entry>(generationMax: 512)
    var state: State = 0
  }

  private let memory = Mutex(Memory())

  /// To be read before a lookup, and given to `insert` after it.
  var state: State { memory.withLock { $0.state } }

  func find(_ hash: Hash256, isListening: Bool) -> AccessKey? {
    guard let entry = memory.withLock({ $0.entries.find(hash) }) else { return nil }
    let seconds = isListening ? AccessKeyCache.secondsWhileListening : AccessKeyCache.secondsOtherwise
    return entry.at.duration(to: .now) < .seconds(seconds) ? entry.key : nil
  }

  func insert(_ key: AccessKey, for hash: Hash256, seenAt state: State) {
    memory.withLock { memory in
      guard memory.state == state else { return }
      memory.entries.insert(Entry(key: key, at: .now), for: hash)
    }
  }

  func removeAll() {
    memory.withLock { memory in
      memory.state += 1
      memory.entries.removeAll()
    }
  }
}
