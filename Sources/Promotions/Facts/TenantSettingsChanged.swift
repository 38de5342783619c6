import Forms
import Ledger
import Scrip

/// A tenant's settings were changed.
public struct TenantSettingsChanged: PromotionFact {
  /// `TenantSettingsChanged`
  public static let formName = "TenantSettingsChanged"

  /// How its coupons are computed and held from now on.
  public var settings: TenantSettings

  /// Makes the fact.
  public init(_ settings: TenantSettings) { self.settings = settings }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("settings", fact?.settings, .object()).map { Self($0) }
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.tenants.change(place.tenant) { $0.tenant.settings = settings }
  }
}
