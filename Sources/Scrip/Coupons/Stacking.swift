/// Whether a coupon combines with others. Explicit on every coupon; a pair combines only if both sides consent.
public struct Stacking: Hashable, Sendable {
  /// How it meets other coupons.
  public enum Policy: Hashable, Sendable {
    /// Never with another one.
    case exclusive
    /// With others, but of one group only the best for the shopper.
    case group(StackingGroup)
    /// With others.
    case open
  }

  /// How it meets other coupons.
  public var policy: Policy
  /// The classes of discount that it stands beside. Irrelevant for an exclusive coupon.
  public var combinesWith: Set<DiscountClass>

  /// Makes a stacking policy.
  public init(policy: Policy, combinesWith: Set<DiscountClass> = Set(DiscountClass.allCases)) {
    self.policy = policy
    self.combinesWith = combinesWith
  }

  /// Stands alone.
  public static let exclusive = Stacking(policy: .exclusive, combinesWith: [])
  /// Stands beside everything that consents.
  public static let open = Stacking(policy: .open)
}
