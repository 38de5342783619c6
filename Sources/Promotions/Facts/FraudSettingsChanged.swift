import Forms
import Ledger
import Scrip

/// A tenant has said anew how attempts are judged.
public struct FraudSettingsChanged: PromotionFact {
  /// `FraudSettingsChanged`
  public static let formName = "FraudSettingsChanged"

  /// What it has said.
  public var settings: FraudSettings

  /// Makes the fact.
  public init(_ settings: FraudSettings) { self.settings = settings }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("settings", fact?.settings, .object()).map { Self($0) }
  }

  /// The row.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.shelf[FraudSettingsRow.self].insert(tenant)
  }

  /// Changes the row, or makes it.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let version = set.shelf[FraudSettingsRow.self][place.tenant]?.version ?? 0
    let row = FraudSettingsRow(settings, version: version + 1)
    if version > 0 {
      set.shelf[FraudSettingsRow.self].change(place.tenant) { $0 = row }
    } else {
      set.shelf[FraudSettingsRow.self].insert(row, for: place.tenant)
    }
  }
}
