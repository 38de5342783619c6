/// Marks application identifiers.
public enum ApplicationSubject: Identified {
  /// `application`
  public static var prefix: String { "application" }
}

/// Marks usage identifiers.
public enum UsageSubject: Identified {
  /// `usage`
  public static var prefix: String { "usage" }
}

/// One use of one coupon by one order.
public struct Usage: Hashable, Sendable {
  /// `usage_…`
  public typealias ID = Identifier<UsageSubject>

  /// LOCKED → REDEEMED or RELEASED. LOCKED and REDEEMED count against limits.
  public enum State: String, CaseIterable, Sendable {
    /// Held while the customer pays.
    case locked
    /// Used.
    case redeemed
    /// Given back.
    case released

    /// Whether it counts against limits.
    public var isLive: Bool { self != .released }
  }

  /// Its identifier.
  public let id: ID
  /// The coupon.
  public let couponID: Coupon.ID
  /// The version of the coupon's terms that it was made under.
  public let version: Int64
  /// The code that opened the coupon.
  public let code: CouponCode
  /// Where it stands.
  public var state: State
  /// What it takes off, in minor units of the order's currency.
  public var amount: Int64
  /// The counters besides the coupon's and the code's own that it took one of (or its amount of), to be given back.
  public var counters: [UsageCounter]
  /// How often its coupon's locks had been revoked when it was locked: fewer times than by now means that it was
  /// revoked itself.
  public var revocations: Int64
  /// Whether it was redeemed although nothing had room for it: no count, limit or budget knows of it, neither the coupon's
  /// nor the code's nor any counter.
  public private(set) var isOverLimit: Bool

  /// Makes a usage.
  public init(
    id: ID, couponID: Coupon.ID, version: Int64, code: CouponCode, state: State, amount: Int64,
    counters: [UsageCounter], revocations: Int64 = 0, isOverLimit: Bool = false
  ) {
    self.id = id
    self.couponID = couponID
    self.version = version
    self.code = code
    self.state = state
    self.amount = amount
    self.counters = counters
    self.revocations = revocations
    self.isOverLimit = isOverLimit
  }

  /// Whether counts and limits know of it.
  public var isCounted: Bool { state.isLive && !isOverLimit }

  /// Goes on outside of all counts: it has taken from none, and gives none back.
  public mutating func goOverLimit() {
    isOverLimit = true
    counters = []
  }
}

/// A counter of a coupon, kept only where the coupon's version has such a limit: a limit that an edit adds counts
/// from then on. Or one of a campaign, which every usage of its coupons takes from.
public enum UsageCounter: Hashable, Sendable {
  /// Uses by one person.
  case identity(IdentityKey)
  /// Uses in the period that begins on this day.
  case period(UsageLimits.Period, CalendarDay)
  /// Discount money in minor units.
  case budget(Currency)
  /// Uses of all coupons of a campaign.
  case campaign(Campaign.ID)
  /// Discount money of all coupons of a campaign, in minor units.
  case campaignBudget(Campaign.ID, Currency)

  /// The campaign that it is a counter of; nil for one of a coupon.
  public var campaignID: Campaign.ID? {
    switch self {
    case .identity, .period, .budget: nil
    case .campaign(let id), .campaignBudget(let id, _): id
    }
  }

  /// How it is stored: `i:u:42`, `p:day:2026-11-21`, `b:EUR`; of a campaign `c:` and the 32 hexadecimal digits of its
  /// UUID, or `m:`, these digits and a currency, as `m:0198…:EUR`.
  public var stored: String {
    switch self {
    case .identity(let key): "i:" + key.stored
    case .period(let period, let day): "p:\(period.rawValue):\(day)"
    case .budget(let currency): "b:" + currency.code
    case .campaign(let id): "c:" + id.digits
    case .campaignBudget(let id, let currency): "m:\(id.digits):\(currency.code)"
    }
  }

  /// Reads the stored form; nil if it is malformed.
  public init?(stored: some StringProtocol) {
    let rest = stored.dropFirst(2)
    switch stored.prefix(2) {
    case "i:":
      guard let key = IdentityKey(stored: rest) else { return nil }
      self = .identity(key)
    case "p:":
      let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let period = UsageLimits.Period(rawValue: String(parts[0])),
        let day = CalendarDay(iso8601: String(parts[1]))
      else { return nil }
      self = .period(period, day)
    case "b:":
      guard let currency = Currency(code: rest) else { return nil }
      self = .budget(currency)
    case "c:":
      guard let id = Campaign.ID(digits: rest) else { return nil }
      self = .campaign(id)
    case "m:":
      let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count == 2, let id = Campaign.ID(digits: parts[0]), let currency = Currency(code: parts[1])
      else { return nil }
      self = .campaignBudget(id, currency)
    default: return nil
    }
  }

  /// What one usage of this amount adds to the counter.
  public func increment(amount: Int64) -> Int64 {
    switch self {
    case .budget, .campaignBudget: amount
    case .identity, .period, .campaign: 1
    }
  }
}

extension Campaign.ID {
  /// The 32 hexadecimal digits of its UUID.
  fileprivate var digits: String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 32 - text.utf8.count) + text
  }

  fileprivate init?(digits: some StringProtocol) {
    guard digits.utf8.count == 32, let value = UInt128(digits, radix: 16) else { return nil }
    self.init(value)
    if self.digits != digits { return nil }
  }
}

/// The codes applied to one order: a set of usages with the quote that was agreed.
public struct DiscountApplication: Hashable, Sendable {
  /// `application_…`
  public typealias ID = Identifier<ApplicationSubject>

  /// Its identifier.
  public let id: ID
  /// The caller's order.
  public let orderID: OrderID
  /// Who bought, as far as the order said: the user id, or the first hashed key.
  public var buyer: IdentityKey?
  /// Where it stands; a released usage of a redeemed application was restored.
  public var state: Usage.State
  /// When it was locked.
  public let lockedAt: Instant
  /// The first moment at which the lock no longer holds.
  public var expiresAt: Instant
  /// When it was redeemed or released.
  public var settledAt: Instant?
  /// Why it was released; nil unless it was.
  public var releaseCause: ReleaseCause?
  /// The currency of its amounts.
  public let currency: Currency
  /// What all its usages take off, in minor units.
  public var discount: Int64
  /// What the order costs after them, in minor units.
  public var total: Int64
  /// What was agreed on: the quote with everything that it was computed from.
  public var snapshot: QuoteSnapshot
  /// Its usages, by coupon.
  public var usages: [Usage]

  /// Makes an application.
  public init(
    id: ID, orderID: OrderID, buyer: IdentityKey? = nil, state: Usage.State, lockedAt: Instant,
    expiresAt: Instant,
    settledAt: Instant? = nil,
    releaseCause: ReleaseCause? = nil, currency: Currency, discount: Int64, total: Int64,
    snapshot: QuoteSnapshot, usages: [Usage]
  ) {
    self.id = id
    self.orderID = orderID
    self.buyer = buyer
    self.state = state
    self.lockedAt = lockedAt
    self.expiresAt = expiresAt
    self.settledAt = settledAt
    self.releaseCause = releaseCause
    self.currency = currency
    self.discount = discount
    self.total = total
    self.snapshot = snapshot
    self.usages = usages
  }

  /// Whether it is locked and the lock's time is over: it counts until somebody tidies up, but promises nothing.
  public func hasExpired(at now: Instant) -> Bool { state == .locked && now >= expiresAt }
}

/// What was agreed at a lock, in canonical JSON: the quote, the cart and customer it was computed from, the versions
/// of the coupons, the pricing policy and the engine's version. Pricing its parts again gives the same cents.
public struct QuoteSnapshot: Hashable, Sendable {
  /// The version of the pricing rules; raised when the same input may give other cents.
  public static let engineVersion: Int64 = 2

  /// The quote alone, as callers see it.
  public var quote: [UInt8]
  /// The cart, customer, versions, policy and engine version that it was computed from.
  public var basis: [UInt8]

  /// Stands where a snapshot was not loaded, because nobody needs it.
  public static let notLoaded = QuoteSnapshot(quote: [], basis: [])

  /// Makes a snapshot from two JSON objects.
  public init(quote: [UInt8], basis: [UInt8]) {
    self.quote = quote
    self.basis = basis
  }
}
