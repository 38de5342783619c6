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
  public var name: String {
    get { storage.fields.name }
    set { change { $0.name = newValue } }
  }
  /// What the offer is, for the shop's pages and its staff, 1 to 2000 characters; nil for nothing. Quotes leave it
  /// out.
  public var description: String? {
    get { storage.fields.description }
    set { change { $0.description = newValue } }
  }
  /// What it takes off.
  public var discount: Discount {
    get { storage.fields.discount }
    set { change { $0.discount = newValue } }
  }
  /// Over what the discount is computed; without meaning for shipping.
  public var scope: DiscountScope {
    get { storage.fields.scope }
    set { change { $0.scope = newValue } }
  }
  /// Which lines it may discount; nil for every line.
  public var eligibleLines: LineRule? {
    get { storage.fields.eligibleLines }
    set { change { $0.eligibleLines = newValue } }
  }
  /// Which orders may use it; nil for every order.
  public var rules: Rule? {
    get { storage.fields.rules }
    set { change { $0.rules = newValue } }
  }
  /// The least that the eligible lines must amount to, by currency; empty for no minimum.
  public var minimum: AmountsByCurrency {
    get { storage.fields.minimum }
    set { change { $0.minimum = newValue } }
  }
  /// What the minimum is compared with.
  public var minimumBasis: MinimumBasis {
    get { storage.fields.minimumBasis }
    set { change { $0.minimumBasis = newValue } }
  }
  /// When it can be used.
  public var validity: Validity {
    get { storage.fields.validity }
    set { change { $0.validity = newValue } }
  }
  /// How often it can be used.
  public var limits: UsageLimits {
    get { storage.fields.limits }
    set { change { $0.limits = newValue } }
  }
  /// The user id of the only customer who may use it.
  public var owner: UserID? {
    get { storage.fields.owner }
    set { change { $0.owner = newValue } }
  }
  /// The seller whose lines and shipping charges it discounts and no others.
  public var sellerID: SellerID? {
    get { storage.fields.sellerID }
    set { change { $0.sellerID = newValue } }
  }
  /// Whether it combines with others.
  public var stacking: Stacking {
    get { storage.fields.stacking }
    set { change { $0.stacking = newValue } }
  }
  /// Its place among coupons of its class; lower is applied first.
  public var priority: Int64 {
    get { storage.fields.priority }
    set { change { $0.priority = newValue } }
  }
  /// When a redeemed usage is given back.
  public var restoreOn: Set<RestoreCause> {
    get { storage.fields.restoreOn }
    set { change { $0.restoreOn = newValue } }
  }
  /// The caller's own notes: at most 50 entries, keys up to 40 and values up to 500 characters.
  public var metadata: [Note: Note] {
    get { storage.fields.metadata }
    set { change { $0.metadata = newValue } }
  }
  /// The campaign that it belongs to; nil for none.
  public var campaignID: Campaign.ID? {
    get { storage.fields.campaignID }
    set { change { $0.campaignID = newValue } }
  }
  /// How it acts on subscriptions and invoices; nil if it is for checkouts alone.
  public var billing: BillingTerms? {
    get { storage.fields.billing }
    set { change { $0.billing = newValue } }
  }

  /// Makes terms; everything but name, discount and stacking has a default.
  public init(
    name: String, description: String? = nil,
    discount: Discount, scope: DiscountScope = .order, eligibleLines: LineRule? = nil,
    rules: Rule? = nil, minimum: AmountsByCurrency = AmountsByCurrency([]),
    minimumBasis: MinimumBasis = .list,
    validity: Validity = .always, limits: UsageLimits = UsageLimits(), owner: UserID? = nil,
    sellerID: SellerID? = nil, stacking: Stacking, priority: Int64 = 0,
    restoreOn: Set<RestoreCause> = [.canceled],
    metadata: [Note: Note] = [:], campaignID: Campaign.ID? = nil, billing: BillingTerms? = nil
  ) {
    storage = Storage(
      Fields(
        name: name, description: description,
        discount: discount, scope: scope, eligibleLines: eligibleLines, rules: rules,
        minimum: minimum, minimumBasis: minimumBasis, validity: validity, limits: limits, owner: owner,
        sellerID: sellerID, stacking: stacking, priority: priority, restoreOn: restoreOn, metadata: metadata,
        campaignID: campaignID, billing: billing))
  }

  /// The class of its discount, which others consent to or not.
  public var discountClass: DiscountClass {
    switch target {
    case .shipping: .shipping
    case .goods: scope == .order ? .order : .line
    }
  }

  fileprivate struct Fields: Hashable, Sendable {
    @Exact var name: String
    @Exact var description: String?
    var discount: Discount
    var scope: DiscountScope
    var eligibleLines: LineRule?
    var rules: Rule?
    var minimum: AmountsByCurrency
    var minimumBasis: MinimumBasis
    var validity: Validity
    var limits: UsageLimits
    var owner: UserID?
    var sellerID: SellerID?
    var stacking: Stacking
    var priority: Int64
    var restoreOn: Set<RestoreCause>
    var metadata: [Note: Note]
    var campaignID: Campaign.ID?
    var billing: BillingTerms?
  }

  // Terms are read at every step and hardly ever changed: sharing them makes a copy cost one reference.
  private final class Storage: Sendable {
    let fields: Fields
    let kind: any DiscountKind
    let target: DiscountTarget
    let orderRule: Rule?
    let lineRule: LineRule?

    init(_ fields: Fields) {
      self.fields = fields
      kind = fields.discount.kind
      target = kind.target
      orderRule = fields.orderRule
      lineRule = fields.lineRule
    }
  }

  private var storage: Storage

  private mutating func change(_ change: (inout Fields) -> Void) {
    var fields = storage.fields
    change(&fields)
    storage = Storage(fields)
  }
}

extension CouponTerms {
  /// What the discount is taken from.
  var target: DiscountTarget { storage.target }

  /// What the discount takes off a base in minor units, before what is left bounds it.
  func share(of base: Int64, in currency: Currency, rounding: Rounding) -> Int64 {
    storage.kind.share(of: base, in: currency, rounding: rounding)
  }

  /// What pricing asks of the discount.
  var kind: any DiscountKind { storage.kind }

  /// Which orders may use the coupon, those of its discount among its rules; nil for every order.
  var orderRule: Rule? { storage.orderRule }

  /// Which lines the coupon may discount: the seller's own, and of them those that its line rule names; nil for all.
  var lineRule: LineRule? { storage.lineRule }
}

extension CouponTerms.Fields {
  fileprivate var orderRule: Rule? {
    guard let own = discount.kind.rule else { return rules }
    return rules.map { .all([$0, own]) } ?? own
  }

  fileprivate var lineRule: LineRule? {
    guard let sellerID else { return eligibleLines }
    let own = LineRule.condition(.seller(.isIn([sellerID])))
    return eligibleLines.map { .all([own, $0]) } ?? own
  }
}

extension CouponTerms {
  /// Two terms are the same if they say the same.
  public static func == (left: CouponTerms, right: CouponTerms) -> Bool {
    left.storage === right.storage || left.storage.fields == right.storage.fields
  }

  /// Hashes everything that they say.
  public func hash(into hasher: inout Hasher) { hasher.combine(storage.fields) }
}
