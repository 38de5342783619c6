/// Something by which attempts of one person, or of one gang, are recognised: hashed where it names somebody.
public struct FraudTrait: Hashable, Comparable, Sendable {
  /// What it was made from.
  public enum Kind: String, CaseIterable, Sendable {
    /// The caller's user id, by its pseudonym.
    case user
    /// An e-mail address.
    case email
    /// The mailbox behind an address, without what its provider ignores: `a.nn+x@gmail.com` and `ann@gmail.com` are one.
    case mailbox
    /// A phone number.
    case phone
    /// A device.
    case device
    /// A payment instrument's fingerprint.
    case payment
    /// A block of network addresses: a /24, or a /48 of IPv6.
    case network

    /// Whether it stands for one person. Others may be shared by a family, an office or a whole carrier.
    public var isPersonal: Bool { self == .user || self == .email || self == .mailbox || self == .phone }
  }

  /// What it was made from.
  public let kind: Kind
  /// A pseudonym, or a keyed hash.
  public let value: ExactText<FraudTrait>

  /// Makes a trait.
  public init(_ kind: Kind, _ value: ExactText<FraudTrait>) {
    self.kind = kind
    self.value = value
  }

  /// The trait of an identity key.
  public init(_ key: IdentityKey) {
    let kind: Kind =
      switch key.kind {
      case .user: .user
      case .email: .email
      case .phone: .phone
      case .device: .device
      case .payment: .payment
      }
    self.init(kind, ExactText(key.value.text))
  }

  /// By kind, then by value.
  public static func < (left: FraudTrait, right: FraudTrait) -> Bool {
    left.kind == right.kind ? left.value < right.value : left.kind.rawValue < right.kind.rawValue
  }
}

/// Somebody who wants to use coupons, as far as rules look at it.
public struct FraudAttempt: Sendable {
  /// A coupon that is to be used.
  public struct Use: Hashable, Sendable {
    /// Which coupon.
    public let couponID: Coupon.ID
    /// Whether it belongs to one customer.
    public let isPersonal: Bool

    /// Describes a use.
    public init(couponID: Coupon.ID, isPersonal: Bool = false) {
      self.couponID = couponID
      self.isPersonal = isPersonal
    }
  }

  /// By what it is recognised, each once.
  public var traits: [FraudTrait]
  /// The coupons that are to be used.
  public var uses: [Use]
  /// For how many days the shop has known the customer; nil if it has not said.
  public var accountAgeDays: Int64?
  /// When it is.
  public var at: Instant

  /// Describes an attempt.
  public init(traits: [FraudTrait], uses: [Use], accountAgeDays: Int64? = nil, at: Instant) {
    self.traits = traits
    self.uses = uses
    self.accountAgeDays = accountAgeDays
    self.at = at
  }
}

/// Something that happened and that rules remember.
public enum FraudSignal: String, CaseIterable, Sendable {
  /// A coupon was locked.
  case use
  /// A lock ended without a purchase.
  case abandonment
  /// A code opened nothing.
  case miss
  /// A code opened nothing and differs from one that does in a single place.
  case nearMiss = "near_miss"
  /// A coupon of somebody else was tried.
  case foreignCoupon = "foreign_coupon"
  /// A purchase with a coupon was taken back.
  case refund
}
