import Engine
import Scrip
import Synchronization

/// Decoded terms, shared by all connections of a store: a version is never changed once it is committed.
final class TermsCache: Sendable {
  private let cached = Mutex(GenerationCache<Owned<VersionKey>, CouponTerms>(generationMax: 1024))

  func find(_ key: Owned<VersionKey>) -> CouponTerms? { cached.withLock { $0.find(key) } }

  func insert(_ terms: CouponTerms, for key: Owned<VersionKey>) {
    cached.withLock { $0.insert(terms, for: key) }
  }

  func removeAll() { cached.withLock { $0.removeAll() } }
}
