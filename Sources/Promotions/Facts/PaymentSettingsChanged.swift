import Forms
import Ledger
import Scrip

/// How a tenant's orders are paid was changed.
public struct PaymentSettingsChanged: PromotionFact {
  /// `PaymentSettingsChanged`
  public static let formName = "PaymentSettingsChanged"

  /// How orders are paid from now on.
  public var settings: PaymentSettings

  /// Makes the fact.
  public init(_ settings: PaymentSettings) { self.settings = settings }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("settings", fact?.settings, .object()).map { Self($0) }
  }

  /// The row.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.shelf[PaymentSettingsRow.self].insert(tenant)
  }

  /// Changes the row, or makes it.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let version = set.shelf[PaymentSettingsRow.self][place.tenant].map { $0.version + 1 }
    if let version {
      set.shelf[PaymentSettingsRow.self].change(place.tenant) {
        $0 = PaymentSettingsRow(settings: settings, version: version)
      }
    } else {
      set.shelf[PaymentSettingsRow.self].insert(
        PaymentSettingsRow(settings: settings, version: 1), for: place.tenant)
    }
  }
}
