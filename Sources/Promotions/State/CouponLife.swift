import Ledger
import Scrip

/// What of a coupon changes without a look at its terms: where it is in its life, and how its uses stand.
public struct CouponLife: Hashable, Sendable {
  /// Where it is in its life.
  public var state: Coupon.State
  /// Whether it was disabled together with its locks.
  public var revokesLocks: Bool
  /// How often its locks were revoked.
  public var revocations: Int64
  /// The number of the current version.
  public var version: Int64
  /// How its uses stand.
  public var uses: UseCounts
  /// When it last changed, uses aside.
  public var updatedAt: Instant

  /// Makes a life.
  public init(
    state: Coupon.State, revokesLocks: Bool, revocations: Int64, version: Int64, uses: UseCounts,
    updatedAt: Instant
  ) {
    self.state = state
    self.revokesLocks = revokesLocks
    self.revocations = revocations
    self.version = version
    self.uses = uses
    self.updatedAt = updatedAt
  }

  /// Enters a state.
  ///
  /// - Parameter revokesLocks: whether its running locks end with it.
  mutating func enter(_ state: Coupon.State, revokesLocks: Bool = false, at moment: Instant) {
    self.state = state
    self.revokesLocks = revokesLocks
    if revokesLocks { revocations += 1 }
    updatedAt = moment
  }
}

extension Coupon {
  /// What of it changes without a look at its terms.
  var life: CouponLife {
    get {
      CouponLife(
        state: state, revokesLocks: revokesLocks, revocations: revocations, version: version, uses: uses,
        updatedAt: updatedAt)
    }
    set {
      state = newValue.state
      revokesLocks = newValue.revokesLocks
      revocations = newValue.revocations
      version = newValue.version
      uses = newValue.uses
      updatedAt = newValue.updatedAt
    }
  }
}

extension WorkingSet {
  /// A coupon without its terms; nil if it is not there, or nothing of it can be read.
  func life(of key: Owned<Coupon.ID>) -> CouponLife? { coupons[key]?.life }

  /// What can't be read of a coupon, be it its terms alone; nil if all of it can be.
  public func unreadableCoupon(_ key: Owned<Coupon.ID>) -> StoreFailure? {
    if let failure = coupons.unreadable[key] { return failure }
    if case .failure(let failure)? = coupons[key]?.terms { return failure }
    return nil
  }

  /// What can't be read of a version of terms.
  func unreadableVersion(_ key: Owned<VersionKey>) -> StoreFailure? {
    if let failure = versions.unreadable[key] { return failure }
    if case .failure(let failure)? = versions[key]?.decoded { return failure }
    return nil
  }

  /// What can't be read of the counts that a usage holds.
  func unreadableCount(of usage: Usage, _ tenant: Tenant.ID) -> StoreFailure? {
    if let failure = codes.unreadable[Owned(tenant, usage.code)] { return failure }
    if counters.unreadable.isEmpty { return nil }
    for counter in usage.counters {
      let key = Owned(tenant, CounterKey(couponID: usage.couponID, counter: counter))
      if let failure = counters.unreadable[key] { return failure }
    }
    return nil
  }

  /// What can't be read of a code as it was typed.
  func unreadableCode(_ code: CouponCode, _ tenant: Tenant.ID) -> StoreFailure? {
    codes.unreadable[Owned(tenant, code)]
      ?? (codes[Owned(tenant, code)] == nil
        ? found.unreadableSkeletons[Owned(tenant, code.skeleton)] : nil)
  }
}
