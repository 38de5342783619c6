import Scrip

/// What a batch of commands, or a query, needs to see. A store answers it in a constant number of statements.
public struct LoadRequest: Sendable {
  /// Tenants with their settings and heads.
  public var tenants: Set<Tenant.ID> = []
  /// Codes, each with the coupon that it opens; those of archived coupons open nothing and are left out.
  public var codes: Set<Owned<CouponCode>> = []
  /// Skeletons of codes, each with the generated code that has it, or else with one of the given codes that do. Codes of
  /// archived coupons open nothing and are left out.
  public var skeletons: Set<Owned<CodeSkeleton>> = []
  /// Patterns of which it is asked how many codes are given out, those of archived coupons left out, up to one more than
  /// may be.
  public var patterns: Set<Owned<PatternSkeleton>> = []
  /// Tenants to which codes are added: nobody else adds any to them until the transaction ends, so that what was found
  /// free stays so.
  public var codesAddedTo: Set<Tenant.ID> = []
  /// Coupons with their current terms.
  public var coupons: Set<Owned<Coupon.ID>> = []
  /// Versions of terms that are not the current ones.
  public var versions: Set<Owned<VersionKey>> = []
  /// Counters by identity, period and budget.
  public var counters: Set<Owned<CounterKey>> = []
  /// The live application of each order, or the last one if none is live.
  public var orders: Set<Owned<OrderID>> = []
  /// Applications with their usages and snapshots, and with what changes when those are given back: their coupons,
  /// codes and counters. So do all applications that are loaded for any other reason.
  public var applications: Set<Owned<DiscountApplication.ID>> = []
  /// Answers given under idempotency keys.
  public var answers: Set<Owned<IdempotencyKey.Name>> = []
  /// Keys.
  public var accessKeys: Set<Owned<AccessKey.ID>> = []
  /// Tenants whose number of working admin keys is asked for.
  public var adminKeyCounts: Set<Tenant.ID> = []
  /// Coupons of which it is asked whether any code opens them.
  public var codedCoupons: Set<Owned<Coupon.ID>> = []
  /// Applications that are only to be given back: like `applications`, but without their snapshots, which giving back
  /// does not need.
  public var locks: Set<Owned<DiscountApplication.ID>> = []
  /// Coupons of which up to `lateMax` locks are looked for whose time was over at `lateAt`. They are named, not loaded.
  public var lateLocksOf: Set<Owned<Coupon.ID>> = []
  /// Coupons of which it is asked when the first of their locks ends. Looked for among the `heldSearchMax` locks of
  /// the tenant that end first.
  public var heldOf: Set<Owned<Coupon.ID>> = []
  /// Coupons of which the uses are asked for that locks hold, as far as these locks are among the `heldSearchMax` of the
  /// tenant that end first. They are told, not loaded.
  public var heldUsesOf: Set<Owned<Coupon.ID>> = []
  /// The moment that late locks are judged at.
  public var lateAt = Instant.earliest

  /// How many late locks of one coupon are found at once.
  public static let lateMax = 200

  /// How many of a tenant's locks are looked through for the first one of a coupon.
  public static let heldSearchMax = 500

  /// An empty request.
  public init() {}

  /// An empty request with room for what so many commands ask for.
  init(count: Int) {
    codes.reserveCapacity(count)
    counters.reserveCapacity(count)
    orders.reserveCapacity(count)
    answers.reserveCapacity(count)
  }

  /// Whether nothing is asked for.
  public var isEmpty: Bool {
    tenants.isEmpty && codes.isEmpty && skeletons.isEmpty && patterns.isEmpty && codesAddedTo.isEmpty
      && coupons.isEmpty
      && versions.isEmpty && counters.isEmpty
      && orders.isEmpty
      && applications.isEmpty && answers.isEmpty && accessKeys.isEmpty && adminKeyCounts.isEmpty
      && codedCoupons.isEmpty && locks.isEmpty && lateLocksOf.isEmpty && heldOf.isEmpty
      && heldUsesOf.isEmpty
  }

  /// Whether everything that is asked for leads to nothing further.
  var isLast: Bool {
    tenants.isEmpty && codes.isEmpty && skeletons.isEmpty && coupons.isEmpty && orders.isEmpty
      && applications.isEmpty && locks.isEmpty && lateLocksOf.isEmpty
  }

  /// Takes out what the working set holds already, or knows to be absent.
  mutating func subtract(_ seen: LoadRequest) {
    tenants.subtract(seen.tenants)
    codes.subtract(seen.codes)
    skeletons.subtract(seen.skeletons)
    patterns.subtract(seen.patterns)
    codesAddedTo.subtract(seen.codesAddedTo)
    coupons.subtract(seen.coupons)
    versions.subtract(seen.versions)
    counters.subtract(seen.counters)
    orders.subtract(seen.orders)
    applications.subtract(seen.applications)
    answers.subtract(seen.answers)
    accessKeys.subtract(seen.accessKeys)
    adminKeyCounts.subtract(seen.adminKeyCounts)
    codedCoupons.subtract(seen.codedCoupons)
    locks.subtract(seen.locks)
    lateLocksOf.subtract(seen.lateLocksOf)
    heldOf.subtract(seen.heldOf)
    heldUsesOf.subtract(seen.heldUsesOf)
  }

  /// Adds what another request asks for.
  mutating func formUnion(_ other: LoadRequest) {
    tenants.formUnion(other.tenants)
    codes.formUnion(other.codes)
    skeletons.formUnion(other.skeletons)
    patterns.formUnion(other.patterns)
    codesAddedTo.formUnion(other.codesAddedTo)
    coupons.formUnion(other.coupons)
    versions.formUnion(other.versions)
    counters.formUnion(other.counters)
    orders.formUnion(other.orders)
    applications.formUnion(other.applications)
    answers.formUnion(other.answers)
    accessKeys.formUnion(other.accessKeys)
    adminKeyCounts.formUnion(other.adminKeyCounts)
    codedCoupons.formUnion(other.codedCoupons)
    locks.formUnion(other.locks)
    lateLocksOf.formUnion(other.lateLocksOf)
    heldOf.formUnion(other.heldOf)
    heldUsesOf.formUnion(other.heldUsesOf)
  }
}
