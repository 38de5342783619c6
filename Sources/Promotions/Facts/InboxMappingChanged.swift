import Forms
import Ledger
import Scrip

/// Where the parts of a tenant's messages stand was said anew.
public struct InboxMappingChanged: PromotionFact {
  /// `InboxMappingChanged`
  public static let formName = "InboxMappingChanged"

  /// Where they stand from now on.
  public var mapping: InboxMapping

  /// Makes the fact.
  public init(_ mapping: InboxMapping) { self.mapping = mapping }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("mapping", fact?.mapping, .object()).map { Self($0) }
  }

  /// The row.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.shelf[InboxMappingRow.self].insert(tenant)
  }

  /// Changes the row, or makes it.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    if let row = set.shelf[InboxMappingRow.self][place.tenant] {
      set.shelf[InboxMappingRow.self].change(place.tenant) {
        $0 = InboxMappingRow(mapping: mapping, version: row.version + 1)
      }
    } else {
      set.shelf[InboxMappingRow.self].insert(InboxMappingRow(mapping: mapping, version: 1), for: place.tenant)
    }
  }
}
