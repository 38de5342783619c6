/// Whose history an event belongs to. Each stream has its own sequence numbers and its own hash chain.
public enum EventStream: Hashable, Sendable {
  /// What concerns the tenant as a whole: settings, keys, codes that nobody knows.
  case tenant
  /// What concerns one coupon, each of its uses included.
  case coupon(Coupon.ID)
}

/// Who caused an event.
public enum Actor: Hashable, Sendable {
  /// The holder of a key.
  case key(AccessKey.ID)
  /// Somebody with access to the machine, through the command line.
  case commandLine
  /// The service itself: a lock ran out.
  case system

  /// `key_…`, `command_line` or `system`.
  public var stored: String {
    switch self {
    case .key(let id): id.description
    case .commandLine: "command_line"
    case .system: "system"
    }
  }

  /// Reads the stored form; nil if it is malformed.
  public init?(stored: String) {
    switch stored {
    case "command_line": self = .commandLine
    case "system": self = .system
    default:
      guard let id = AccessKey.ID(stored) else { return nil }
      self = .key(id)
    }
  }
}

/// An immutable fact. Folding all of them again gives the same tables.
public struct Event: Hashable, Sendable {
  /// Whose data it is.
  public let tenant: Tenant.ID
  /// Whose history it belongs to.
  public let stream: EventStream
  /// Its place in that history, from 1 on without gaps.
  public let sequence: Int64
  /// When it happened.
  public let at: Instant
  /// Who caused it.
  public let actor: Actor
  /// The request that caused it, where there was one.
  @Exact public private(set) var requestID: String?
  /// What happened.
  public let fact: Fact

  /// Makes an event.
  public init(
    tenant: Tenant.ID, stream: EventStream, sequence: Int64, at: Instant, actor: Actor, requestID: String?,
    fact: Fact
  ) {
    self.tenant = tenant
    self.stream = stream
    self.sequence = sequence
    self.at = at
    self.actor = actor
    self.requestID = requestID
    self.fact = fact
  }
}

extension Event {
  /// What happened, in the past tense.
  public enum Fact: Hashable, Sendable {
    /// A tenant came into being.
    case tenantCreated(name: String, settings: TenantSettings)  // String: shown, never looked up
    /// A tenant's settings were changed.
    case tenantSettingsChanged(TenantSettings)
    /// A key was made.
    case keyCreated(AccessKey)
    /// A key no longer works.
    case keyRevoked(AccessKey.ID)
    /// A coupon came into being as a draft, with version 1 of its terms.
    case couponCreated(CouponTerms)
    /// A coupon has new terms under the next version number.
    case couponUpdated(version: Int64, CouponTerms)
    /// A coupon can be used.
    case couponActivated
    /// A coupon can't be used for the time being.
    case couponDisabled(reason: String, revokesLocks: Bool)  // String: shown, never looked up
    /// A coupon has ended for ever.
    case couponArchived
    /// Codes now open a coupon.
    case codesAdded([CodeGrant])
    /// A coupon was locked by an order.
    case couponApplied(AppliedUsage)
    /// A code was refused when somebody tried to lock it.
    case couponRejected(Rejection)
    /// A locked coupon was used.
    case couponRedeemed(RedeemedUsage)
    /// A usage was given back.
    case couponReleased(ReleasedUsage)
    /// A lock was given more time.
    case lockExtended(UsageReference, expiresAt: Instant)
    /// A locked usage was priced again for a changed cart, or beside changed codes.
    case usageRepriced(UsageReference, amount: Int64, agreement: Agreement?)

    /// The name that callers see, such as `CouponApplied`.
    public var name: String {
      switch self {
      case .tenantCreated: "TenantCreated"
      case .tenantSettingsChanged: "TenantSettingsChanged"
      case .keyCreated: "KeyCreated"
      case .keyRevoked: "KeyRevoked"
      case .couponCreated: "CouponCreated"
      case .couponUpdated: "CouponUpdated"
      case .couponActivated: "CouponActivated"
      case .couponDisabled: "CouponDisabled"
      case .couponArchived: "CouponArchived"
      case .codesAdded: "CodesAdded"
      case .couponApplied: "CouponApplied"
      case .couponRejected: "CouponRejected"
      case .couponRedeemed: "CouponRedeemed"
      case .couponReleased: "CouponReleased"
      case .lockExtended: "LockExtended"
      case .usageRepriced: "UsageRepriced"
      }
    }
  }
}

/// Which usage of which application an event is about.
public struct UsageReference: Hashable, Sendable {
  /// The application.
  public var applicationID: DiscountApplication.ID
  /// The usage.
  public var usageID: Usage.ID
  /// The caller's order.
  public var orderID: OrderID

  /// Makes a reference.
  public init(applicationID: DiscountApplication.ID, usageID: Usage.ID, orderID: OrderID) {
    self.applicationID = applicationID
    self.usageID = usageID
    self.orderID = orderID
  }
}

/// What the usages of one application share. Written once for an application: with its first usage.
public struct Agreement: Hashable, Sendable {
  /// Who bought, as far as the order said.
  public var buyer: IdentityKey?
  /// The currency of the amounts.
  public var currency: Currency
  /// What all usages take off, in minor units.
  public var discount: Int64
  /// What the order costs after them, in minor units.
  public var total: Int64
  /// The quote and what it was computed from.
  public var snapshot: QuoteSnapshot

  /// Makes an agreement.
  public init(
    buyer: IdentityKey? = nil, currency: Currency, discount: Int64, total: Int64, snapshot: QuoteSnapshot
  ) {
    self.buyer = buyer
    self.currency = currency
    self.discount = discount
    self.total = total
    self.snapshot = snapshot
  }
}

/// A coupon was locked by an order.
public struct AppliedUsage: Hashable, Sendable {
  /// The application's identifier.
  public var applicationID: DiscountApplication.ID
  /// The caller's order.
  public var orderID: OrderID
  /// When the lock ends.
  public var expiresAt: Instant
  /// The usage, in state locked.
  public var usage: Usage
  /// What the application's usages share, with the first of them only.
  public var agreement: Agreement?

  /// Makes the fact.
  public init(
    applicationID: DiscountApplication.ID, orderID: OrderID, expiresAt: Instant, usage: Usage,
    agreement: Agreement?
  ) {
    self.applicationID = applicationID
    self.orderID = orderID
    self.expiresAt = expiresAt
    self.usage = usage
    self.agreement = agreement
  }
}

/// A code was refused when somebody tried to lock it.
public struct Rejection: Hashable, Sendable {
  /// The caller's order.
  public var orderID: OrderID
  /// The code as typed, cut to 80 characters.
  @Exact public var code: String
  /// Why.
  public var reason: RefusalReason

  /// Makes the fact.
  public init(orderID: OrderID, code: String, reason: RefusalReason) {
    self.orderID = orderID
    self.code = code
    self.reason = reason
  }
}

/// A locked coupon was used.
public struct RedeemedUsage: Hashable, Sendable {
  /// Which usage.
  public var usage: UsageReference
  /// Whether the lock had run out and been tidied away, so that the usage was taken again.
  public var wasRelocked: Bool

  /// Makes the fact.
  public init(usage: UsageReference, wasRelocked: Bool) {
    self.usage = usage
    self.wasRelocked = wasRelocked
  }
}

/// A usage was given back.
public struct ReleasedUsage: Hashable, Sendable {
  /// Why usages are given back.
  public enum Cause: String, CaseIterable, Sendable {
    /// The caller gave it back: the payment failed, the cart was abandoned.
    case requested
    /// The lock's time ran out.
    case expired
    /// The coupon was disabled together with its locks.
    case revoked
    /// The paid order was canceled and the coupon restores then.
    case canceled
    /// The paid order was refunded in full and the coupon restores then.
    case fullyRefunded = "fully_refunded"
    /// The order was paid with a cart to which the code no longer applied.
    case noLongerApplies = "no_longer_applies"
  }

  /// Which usage.
  public var usage: UsageReference
  /// Why.
  public var cause: Cause
  /// The caller's own words.
  @Exact public var reason: String?

  /// Makes the fact.
  public init(usage: UsageReference, cause: Cause, reason: String? = nil) {
    self.usage = usage
    self.cause = cause
    self.reason = reason
  }
}
