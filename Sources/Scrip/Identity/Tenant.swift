/// Whose data it is. Every stored row and every key belongs to exactly one tenant, and nothing crosses.
public struct Tenant: Hashable, Sendable {
  /// A small number, first column of every key in the database, and slim there.
  public struct ID: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The number, from 1 on.
    public let number: Int64

    /// The tenant with that number.
    public init(_ number: Int64) { self.number = number }

    /// By number.
    public static func < (left: ID, right: ID) -> Bool { left.number < right.number }

    /// `tenant_1`.
    public var description: String { "tenant_\(number)" }

    /// Reads `tenant_1`; nil for anything else.
    public init?(_ text: some StringProtocol) {
      guard text.hasPrefix("tenant_"), let number = Int64(text.dropFirst(7)), number > 0 else { return nil }
      self.number = number
      // One text for one tenant: `tenant_01` and `tenant_+1` are nobody's.
      guard description == text else { return nil }
    }
  }

  /// Its number.
  public let id: ID
  /// What people call it, 1 to 100 characters.
  @Exact public private(set) var name: String
  /// How its coupons are computed and held.
  public var settings: TenantSettings
  /// Where its own clock stands, if it is a sandbox: it goes only when it is told to. Nil for a tenant that lives in real
  /// time. Which of both a tenant does never changes.
  public var testClock: Instant?

  /// Makes a tenant.
  public init(id: ID, name: String, settings: TenantSettings = TenantSettings(), testClock: Instant? = nil) {
    self.id = id
    self.name = name
    self.settings = settings
    self.testClock = testClock
  }
}

/// What a tenant decides for all of its coupons.
public struct TenantSettings: Hashable, Sendable {
  /// How fractions of a minor unit are rounded, and what percentages are of. Recorded in every snapshot.
  public var pricing: PricingPolicy
  /// How long a lock lasts when the caller does not say, in seconds: 60 to 604 800.
  public var lockSeconds: Int64
  /// Whether and how customers are written to.
  public var mail: MailSettings
  /// Who says what is known of a customer's history.
  public var customerFacts: CustomerFacts

  /// Makes settings; the defaults are half-up, running percentages, 15 minutes, no mails, and what callers say.
  public init(
    pricing: PricingPolicy = PricingPolicy(), lockSeconds: Int64 = 900, mail: MailSettings = MailSettings(),
    customerFacts: CustomerFacts = .caller
  ) {
    self.pricing = pricing
    self.lockSeconds = lockSeconds
    self.mail = mail
    self.customerFacts = customerFacts
  }

  /// The shortest and the longest lock in seconds: one minute, seven days.
  public static let lockSecondsRange: ClosedRange<Int64> = 60...604_800
}

/// A change of some of a tenant's settings; what it does not name stays as it is.
public struct TenantSettingsChange: Hashable, Sendable {
  /// The new rounding of discounts.
  public var rounding: Rounding?
  /// What percentages are of from now on.
  public var percentBase: PricingPolicy.PercentBase?
  /// How long a lock lasts in seconds.
  public var lockSeconds: Int64?
  /// What becomes of how customers are written to.
  public var mail: MailSettingsChange
  /// Who says from now on what is known of a customer's history.
  public var customerFacts: CustomerFacts?

  /// Makes a change.
  public init(
    rounding: Rounding? = nil, percentBase: PricingPolicy.PercentBase? = nil, lockSeconds: Int64? = nil,
    mail: MailSettingsChange = MailSettingsChange(), customerFacts: CustomerFacts? = nil
  ) {
    self.rounding = rounding
    self.percentBase = percentBase
    self.lockSeconds = lockSeconds
    self.mail = mail
    self.customerFacts = customerFacts
  }
}

extension TenantSettings {
  /// These settings with a change made to them.
  public func changed(by change: TenantSettingsChange) -> TenantSettings {
    TenantSettings(
      pricing: PricingPolicy(
        rounding: change.rounding ?? pricing.rounding, percentBase: change.percentBase ?? pricing.percentBase),
      lockSeconds: change.lockSeconds ?? lockSeconds, mail: mail.changed(by: change.mail),
      customerFacts: change.customerFacts ?? customerFacts)
  }
}

/// How discounts are computed.
public struct PricingPolicy: Hashable, Sendable {
  /// What a percentage is of when several coupons apply.
  public enum PercentBase: String, CaseIterable, Sendable {
    /// What earlier discounts left: 10% and 10% make 19%. The default.
    case running
    /// The price before any coupon: 10% and 10% make 20%.
    case original
  }

  /// Rounds every discount once.
  public var rounding: Rounding
  /// What a percentage is of.
  public var percentBase: PercentBase

  /// Makes a policy; the defaults are half-up and running.
  public init(rounding: Rounding = .halfUp, percentBase: PercentBase = .running) {
    self.rounding = rounding
    self.percentBase = percentBase
  }
}
