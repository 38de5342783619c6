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

  /// Makes the fact.
  public init(name: String, settings: TenantSettings) {
    self.name = name
    self.settings = settings
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let name = walk.required("name", fact?.name, .text())
    let settings = walk.required("settings", fact?.settings, .object())
    guard let name, let settings else { return nil }
    return Self(name: name, settings: settings)
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let tenant = Tenant(id: place.tenant, name: name, settings: settings)
    set.tenants.insert(TenantRecord(tenant: tenant, head: .empty), for: place.tenant)
  }
}
