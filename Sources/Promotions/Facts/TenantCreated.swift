import Forms
import Ledger
import Scrip

/// A tenant came into being.
public struct TenantCreated: PromotionFact {
  /// `TenantCreated`
  public static let formName = "TenantCreated"

  /// What people call it.
  @Exact public var name: String
  /// How its coupons are computed and held.
  public var settings: TenantSettings
  /// Where its own clock stands; nil for a tenant that lives in real time.
  public var testClock: Instant?

  /// Makes the fact.
  public init(name: String, settings: TenantSettings, testClock: Instant? = nil) {
    self.name = name
    self.settings = settings
    self.testClock = testClock
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let name = walk.required("name", fact?.name, .text())
    let settings = walk.required("settings", fact?.settings, .object())
    let testClock = walk.sparse("test_clock", fact?.testClock, .instant())
    guard let name, let settings, let testClock else { return nil }
    return Self(name: name, settings: settings, testClock: testClock)
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let tenant = Tenant(id: place.tenant, name: name, settings: settings, testClock: testClock)
    set.tenants.insert(TenantRecord(tenant: tenant, head: .empty), for: place.tenant)
  }
}
