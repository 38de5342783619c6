import JSON
import Scrip

/// What a snapshot's quote was computed from, read back.
///
/// Pricing the coupons in `context` under `policy` gives the agreed quote again, cent for cent, as long as
/// `engineVersion` is the engine's own. The terms are not copied: a version's terms never change, and they stand in
/// the same append-only log.
public struct SnapshotBasis: Hashable, Sendable {
  /// A coupon that applied, with what decided its cents besides its version's terms.
  public struct AppliedCoupon: Hashable, Sendable {
    /// The coupon.
    public let couponID: Coupon.ID
    /// The version of its terms.
    public let version: Int64
    /// The code that opened it.
    public let code: CouponCode
    /// The code's own owner.
    public let codeOwner: UserID?
    /// The discount money that the coupon had given before, in minor units.
    public let budgetUsed: Int64
  }

  /// The version of the pricing rules that computed the quote.
  public let engineVersion: Int64
  /// How discounts were computed.
  public let policy: PricingPolicy
  /// Who bought what, and when.
  public let context: EligibilityContext
  /// The coupons that applied, in the order in which they were computed.
  public let coupons: [AppliedCoupon]

  /// Reads a snapshot's `basis`.
  public init(stored bytes: [UInt8]) throws(StoredFormError) {
    self = try readStored("snapshot basis", bytes) { value in
      value.object { (object: inout ObjectReader) -> SnapshotBasis? in SnapshotBasis(&object) }
    }
  }

  private init?(_ object: inout ObjectReader) {
    let engineVersion = object.required("engine_version") { $0.int64() }
    let policy = object.required("policy") { PricingPolicy(reading: $0) }
    let now = object.required("now") { $0.instant() }
    let cart = object.required("cart") { Cart(reading: $0) }
    let customer = object.required("customer") { Customer(stored: $0) }
    let coupons = object.required("coupons") { list in
      list.array(max: Pricing.codesMax) { AppliedCoupon(stored: $0) }
    }
    guard let engineVersion, let policy, let now, let cart, let customer, let coupons else { return nil }
    self.engineVersion = engineVersion
    self.policy = policy
    context = EligibilityContext(customer: customer, cart: cart, now: now)
    self.coupons = coupons
  }

  /// Prices the basis again. The order holds its coupons, so that state, window and limits are not judged again.
  ///
  /// - Parameter terms: the terms of a coupon's version; nil leaves the coupon out.
  /// - Throws: `MoneyOverflow` never for a basis of a real quote.
  public func quote(terms: (Coupon.ID, Int64) -> CouponTerms?) throws(MoneyOverflow) -> Quote {
    var candidates: [Candidate] = []
    for (index, coupon) in coupons.enumerated() {
      guard let terms = terms(coupon.couponID, coupon.version) else { continue }
      candidates.append(
        Candidate(
          typed: coupon.code.canonical, index: index, code: coupon.code, couponID: coupon.couponID,
          state: .active,
          version: coupon.version, terms: terms, codeOwner: coupon.codeOwner,
          used: UsedSoFar(budget: coupon.budgetUsed), isHeld: true))
    }
    return try Pricing(policy: policy).quote(candidates, in: context)
  }
}

extension SnapshotBasis.AppliedCoupon {
  fileprivate init?(stored value: ValueReader) {
    let coupon = value.object { (object: inout ObjectReader) -> Self? in
      let couponID = object.required("coupon_id") { $0.identifier() as Coupon.ID? }
      let version = object.required("version") { $0.int64() }
      let code = object.required("code") { $0.couponCode() }
      let codeOwner = object.member("code_owner") { $0.storedName(UserID.self) }
      let budgetUsed = object.required("budget_used") { $0.int64() }
      guard let couponID, let version, let code, let codeOwner, let budgetUsed else { return nil }
      return Self(
        couponID: couponID, version: version, code: code, codeOwner: codeOwner, budgetUsed: budgetUsed)
    }
    guard let coupon else { return nil }
    self = coupon
  }
}
