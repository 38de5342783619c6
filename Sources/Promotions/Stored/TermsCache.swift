import Ledger
import Scrip
import Synchronization

/// Decoded terms, shared by all connections of a store: a version is never changed once it is committed.
public final class TermsCache: Sendable {
  private let cached = Mutex(GenerationCache<Owned<VersionKey>, DecodedTerms>(generationMax: 1024))

  /// An empty cache.
  public init() {}

  /// Finds the terms of a version.
  public func find(_ key: Owned<VersionKey>) -> DecodedTerms? { cached.withLock { $0.find(key) } }

  /// Keeps the terms of a committed version.
  public func insert(_ terms: DecodedTerms, for key: Owned<VersionKey>) {
    cached.withLock { $0.insert(terms, for: key) }
  }

  /// Forgets everything.
  public func removeAll() { cached.withLock { $0.removeAll() } }
}
