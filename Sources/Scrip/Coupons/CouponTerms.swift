/// Everything that an edit of a coupon can change. Each edit makes a new immutable version of it; running locks and
/// subscriptions keep the version they were made with.
public struct CouponTerms: Hashable, Sendable {
  /// What a minimum order amount is compared with.
  public enum MinimumBasis: String, CaseIterable, Sendable {
    /// The eligible lines at their price before any coupon. The default.
    case list
    /// The eligible lines at what earlier coupons left.
    case running
  }

  /// When a redeemed usage is given back after payment.
  public enum RestoreCause: String, CaseIterable, Sendable {
    /// The order was canceled.
    case canceled
    /// The order was refunded in full. A partial refund never restores.
    case fullyRefunded = "fully_refunded"
  }

  /// What shoppers see, 1 to 200 characters.
  public var name: String
  /// What it takes off.
  public var discount: Discount
  /// Over what the discount is computed; without meaning for shipping.
  public var scope: DiscountScope
  /// Which lines it may discount; nil for every line.
  public var eligibleLines: LineRule?
  /// Which orders may use it; nil for every order.
  public var rules: Rule?
  /// The least that the eligible lines must amount to, by currency; empty for no minimum.
  public var minimum: AmountsByCurrency
  /// What the minimum is compared with.
  public var minimumBasis: MinimumBasis
  /// When it can be used.
  public var validity: Validity
  /// How often it can be used.
  public var limits: UsageLimits
  /// The user id of the only customer who may use it.
  public var owner: String?
  /// The seller whose lines it discounts and no others.
  public var sellerID: String?
  /// Whether it combines with others.
  public var stacking: Stacking
  /// Its place among coupons of its class; lower is applied first.
  public var priority: Int64
  /// When a redeemed usage is given back.
  public var restoreOn: Set<RestoreCause>
  /// The caller's own notes: at most 50 entries, keys up to 40 and values up to 500 characters.
  public var metadata: [String: String]

  /// Makes terms; everything but name, discount and stacking has a default.
  public init(
    name: String, discount: Discount, scope: DiscountScope = .order, eligibleLines: LineRule? = nil,
    rules: Rule? = nil, minimum: AmountsByCurrency = AmountsByCurrency([]),
    minimumBasis: MinimumBasis = .list,
    validity: Validity = .always, limits: UsageLimits = UsageLimits(), owner: String? = nil,
    sellerID: String? = nil, stacking: Stacking, priority: Int64 = 0,
    restoreOn: Set<RestoreCause> = [.canceled],
    metadata: [String: String] = [:]
  ) {
    self.name = name
    self.discount = discount
    self.scope = scope
    self.eligibleLines = eligibleLines
    self.rules = rules
    self.minimum = minimum
    self.minimumBasis = minimumBasis
    self.validity = validity
    self.limits = limits
    self.owner = owner
    self.sellerID = sellerID
    self.stacking = stacking
    self.priority = priority
    self.restoreOn = restoreOn
    self.metadata = metadata
  }

  /// The class of its discount, which others consent to or not.
  public var discountClass: DiscountClass {
    if case .shipping = discount { return .shipping }
    return scope == .order ? .order : .line
  }
}
