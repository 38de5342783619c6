import Digest
import Ledger
import Scrip

/// Which coupons a list shows.
public struct CouponFilter: Hashable, Sendable {
  /// Only in this state.
  public var state: Coupon.State?
  /// Only the one that this code opens.
  public var code: CouponCode?
  /// Only of this owner.
  public var owner: UserID?
  /// Only of this seller.
  public var sellerID: SellerID?
  /// Only active ones whose window holds this moment.
  public var activeAt: Instant?
  /// Only ones older than this one.
  public var after: Coupon.ID?
  /// How many at most.
  public var limit: Int

  /// Makes a filter.
  public init(
    state: Coupon.State? = nil, code: CouponCode? = nil, owner: UserID? = nil, sellerID: SellerID? = nil,
    activeAt: Instant? = nil, after: Coupon.ID? = nil, limit: Int
  ) {
    self.state = state
    self.code = code
    self.owner = owner
    self.sellerID = sellerID
    self.activeAt = activeAt
    self.after = after
    self.limit = limit
  }

  /// Whether nothing can match: only active coupons are active at a moment.
  public var isEmpty: Bool { activeAt != nil && state != nil && state != .active }
}

/// Which personal coupons a list shows.
public struct WalletFilter: Hashable, Sendable {
  /// How many codes of one coupon are shown.
  public static let codesMax = 100

  /// Whose they are.
  public var userID: UserID
  /// Only ones older than this one.
  public var after: Coupon.ID?
  /// How many at most.
  public var limit: Int

  /// Makes a filter.
  public init(userID: UserID, after: Coupon.ID? = nil, limit: Int) {
    self.userID = userID
    self.after = after
    self.limit = limit
  }
}

/// Which locks are looked for.
public struct LockFilter: Hashable, Sendable {
  /// Why they are to be given back.
  public enum Kind: Hashable, Sendable {
    /// Their time is over at this moment.
    case expired(at: Instant)
    /// A coupon that is still disabled together with its locks has revoked them.
    case revoked
  }

  /// Whose they are.
  public var tenant: Tenant.ID
  /// Why they are to be given back.
  public var kind: Kind
  /// Only those behind this one.
  public var after: FoundLock?
  /// How many at most.
  public var limit: Int

  /// Makes a filter.
  public init(tenant: Tenant.ID, kind: Kind, after: FoundLock? = nil, limit: Int) {
    self.tenant = tenant
    self.kind = kind
    self.after = after
    self.limit = limit
  }
}

/// Which orders a list shows.
public struct OrderFilter: Hashable, Sendable {
  /// Where an order stands in lists.
  public struct Place: Hashable, Comparable, Sendable {
    /// When it was made.
    public let createdAt: Instant
    /// What its history is called.
    public let id: Order.ID

    /// Names a place.
    public init(createdAt: Instant, id: Order.ID) {
      self.createdAt = createdAt
      self.id = id
    }

    /// The place of an order.
    public init(of order: Order) { self.init(createdAt: order.createdAt, id: Order.ID(of: order.id)) }

    /// By the moment, then by the identifier.
    public static func < (left: Place, right: Place) -> Bool {
      (left.createdAt, left.id) < (right.createdAt, right.id)
    }

    /// Behind every order.
    public static let last = Place(createdAt: .latest, id: Order.ID(.max))
  }

  /// Only in this state.
  public var state: OrderState?
  /// Only of this user.
  public var userID: UserID?
  /// Only ones that stand behind this place, newest first.
  public var after: Place?
  /// How many at most, and how many bytes of what they are about.
  public var limit: PageLimit

  /// Makes a filter.
  public init(
    state: OrderState? = nil, userID: UserID? = nil, after: Place? = nil, limit: Int,
    bytes: Int = PageLimit.bytesMax
  ) {
    self.state = state
    self.userID = userID
    self.after = after
    self.limit = PageLimit(entries: limit, bytes: bytes)
  }

  /// Whom it is about, as rows have it.
  public var buyer: IdentityKey? { userID.map { IdentityKey($0) } }
}
