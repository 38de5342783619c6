/// Marks coupon identifiers.
public enum CouponSubject: Identified {
  /// `coupon`
  public static var prefix: String { "coupon" }
}

/// A discount, its rules and its limits, with the codes that open it.
public struct Coupon: Hashable, Sendable {
  /// `coupon_…`
  public typealias ID = Identifier<CouponSubject>

  /// Where a coupon is in its life: draft → active ⇄ disabled → archived. Any state may be archived; nothing leaves it.
  public enum State: String, CaseIterable, Sendable {
    /// Being written; nobody can use it.
    case draft
    /// In use within its window.
    case active
    /// Taken out of use, with a reason; can come back.
    case disabled
    /// Ended for ever; its codes are free for others, its usages and events stay.
    case archived

    /// Whether the life cycle allows this step.
    public func canBecome(_ next: State) -> Bool {
      switch (self, next) {
      case (.draft, .active), (.disabled, .active), (.active, .disabled): true
      case (.draft, .archived), (.active, .archived), (.disabled, .archived): true
      default: false
      }
    }
  }

  /// Its identifier.
  public let id: ID
  /// Where it is in its life.
  public var state: State
  /// Whether it was disabled together with its locks: they can't be redeemed, even before they are tidied away.
  public var revokesLocks: Bool
  /// How often its locks were revoked. A lock that was made before the last time is revoked, whatever the coupon has
  /// become since.
  public var revocations: Int64
  /// The number of the current version, from 1 on.
  public var version: Int64
  /// The current version's terms.
  public var terms: CouponTerms
  /// How its uses stand.
  public var uses: UseCounts
  /// When it was created.
  public let createdAt: Instant
  /// When it last changed, uses aside.
  public var updatedAt: Instant

  /// Makes a coupon.
  public init(
    id: ID, state: State, revokesLocks: Bool = false, revocations: Int64 = 0, version: Int64,
    terms: CouponTerms, uses: UseCounts = UseCounts(),
    createdAt: Instant,
    updatedAt: Instant
  ) {
    self.id = id
    self.state = state
    self.revokesLocks = revokesLocks
    self.revocations = revocations
    self.version = version
    self.terms = terms
    self.uses = uses
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// How many usages of a coupon are locked and how many are redeemed. Both count against its limit.
public struct UseCounts: Hashable, Sendable {
  /// Usages in state LOCKED.
  public var locked: Int64
  /// Usages in state REDEEMED.
  public var redeemed: Int64

  /// Makes counts.
  public init(locked: Int64 = 0, redeemed: Int64 = 0) {
    self.locked = locked
    self.redeemed = redeemed
  }

  /// What counts against the limit.
  public var live: Int64 { locked + redeemed }
}
