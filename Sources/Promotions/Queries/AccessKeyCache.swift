import Digest
import Ledger
import Scrip
import Synchronization

/// Keys that were found lately, because every request shows one.
///
/// A store forgets all of them with each transaction that changes a key, and with each announcement that another node has
/// done so. Where others can change keys unheard (another process on the same file; a node behind a pooler, or whose
/// connection is broken) they are remembered for a shorter time.
public final class AccessKeyCache: Sendable {
  /// How long a key is remembered by whoever hears of all changes: the bound if an announcement gets lost.
  static let secondsWhileListening = 5
  /// How long otherwise.
  static let secondsOtherwise = 1

  /// What a lookup began with: it may only be remembered if nothing has changed meanwhile.
  public typealias State = UInt64

  private struct Entry {
    let key: AccessKey
    let at: ContinuousClock.Instant
  }

  private struct Memory {
    var entries = GenerationCache<Hash256, Entry>(generationMax: 512)
    var state: State = 0
  }

  private let memory = Mutex(Memory())

  /// None yet.
  public init() {}

  /// To be read before a lookup, and given to `insert` after it.
  public var state: State { memory.withLock { $0.state } }

  /// A key that was found lately.
  public func find(_ hash: Hash256, isListening: Bool) -> AccessKey? {
    guard let entry = memory.withLock({ $0.entries.find(hash) }) else { return nil }
    let seconds = isListening ? AccessKeyCache.secondsWhileListening : AccessKeyCache.secondsOtherwise
    return entry.at.duration(to: .now) < .seconds(seconds) ? entry.key : nil
  }

  /// Remembers a key, unless any was changed since its lookup began.
  public func insert(_ key: AccessKey, for hash: Hash256, seenAt state: State) {
    memory.withLock { memory in
      guard memory.state == state else { return }
      memory.entries.insert(Entry(key: key, at: .now), for: hash)
    }
  }

  /// Forgets all: a key was changed.
  public func removeAll() {
    memory.withLock { memory in
      memory.state += 1
      memory.entries.removeAll()
    }
  }
}
