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
    /// What its campaign had left in the order's currency; nil if the coupon belongs to none, or to one without a limit.
    public let campaign: CampaignRest?
  }

  /// A campaign that had only so much left.
  public struct CampaignRest: Hashable, Sendable {
    /// The campaign.
    public let campaignID: Campaign.ID
    /// The discount money that it had left for the usage, in minor units: less than nothing where its limit was lowered.
    public let left: Int64
    /// What of it the usage had already; nil for a new usage.
    public let held: Int64?
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
      EncodedBasis(reading: value).flatMap { SnapshotBasis($0, in: value) }
    }
  }

  /// Reads what the encoded parts say.
  private init?(_ basis: EncodedBasis, in value: ValueReader) {
    do throws(StoredFormError) {
      let cart = try Cart(stored: basis.cart, as: "cart")
      let customer = try Customer(stored: basis.customer, as: "customer")
      context = EligibilityContext(customer: customer, cart: cart, now: basis.now)
    } catch {
      value.refuse(.invalidValue, error.description)
      return nil
    }
    engineVersion = basis.engineVersion
    policy = basis.policy
    coupons = basis.coupons
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
          used: UsedSoFar(
            budget: coupon.budgetUsed, campaign: coupon.campaign?.use(in: context.cart.currency)),
          isHeld: true))
    }
    return try Pricing(policy: policy).quote(candidates, in: context)
  }
}

/// What a quote was computed from, with the cart and the customer as they are written.
struct EncodedBasis: ObjectForm {
  static let formName = "SnapshotBasis"

  var engineVersion: Int64
  var policy: PricingPolicy
  var now: Instant
  var cart: [UInt8]
  var customer: [UInt8]
  var coupons: [SnapshotBasis.AppliedCoupon]

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ basis: Self?) -> Self? {
    let engineVersion = walk.required("engine_version", basis?.engineVersion, .integer())
    let policy = walk.required("policy", basis?.policy, .object())
    let now = walk.required("now", basis?.now, .instant())
    let cart = walk.required("cart", basis?.cart, .encoded(Cart.self))
    let customer = walk.required("customer", basis?.customer, .encoded(Customer.self))
    let coupons = walk.required("coupons", basis?.coupons, .objects(SnapshotBasis.AppliedCoupon.self))
    guard let engineVersion, let policy, let now, let cart, let customer, let coupons else { return nil }
    return Self(
      engineVersion: engineVersion, policy: policy, now: now, cart: cart, customer: customer, coupons: coupons
    )
  }
}

extension SnapshotBasis.AppliedCoupon: ObjectForm {
  /// `AppliedCoupon`
  public static let formName = "AppliedCoupon"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ coupon: Self?) -> Self? {
    let couponID = walk.required("coupon_id", coupon?.couponID, .id(Coupon.ID.self))
    let version = walk.required("version", coupon?.version, .integer())
    let code = walk.required("code", coupon?.code, .code())
    let codeOwner = walk.optional("code_owner", coupon?.codeOwner, .name(UserID.self))
    let budgetUsed = walk.required("budget_used", coupon?.budgetUsed, .integer())
    let campaign = walk.sparse("campaign", coupon?.campaign, .object())
    guard let couponID, let version, let code, let codeOwner, let budgetUsed, let campaign else { return nil }
    return Self(
      couponID: couponID, version: version, code: code, codeOwner: codeOwner, budgetUsed: budgetUsed,
      campaign: campaign)
  }
}

extension SnapshotBasis.CampaignRest: ObjectForm {
  /// `CampaignRest`
  public static let formName = "CampaignRest"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ rest: Self?) -> Self? {
    let campaignID = walk.required("campaign_id", rest?.campaignID, .id(Campaign.ID.self))
    let left = walk.required("left", rest?.left, .integer())
    let held = walk.sparse("held", rest?.held, .integer())
    guard let campaignID, let left, let held else { return nil }
    return Self(campaignID: campaignID, left: left, held: held)
  }

  /// What pricing needs of it. Uses are not judged again.
  fileprivate func use(in currency: Currency) -> CampaignUse {
    CampaignUse(
      id: campaignID,
      limits: CampaignLimits(budget: AmountsByCurrency([Money(minorUnits: 0, currency: currency)])),
      budget: -left, held: held)
  }
}
