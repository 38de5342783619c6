import Forms
import Ledger
import Scrip

/// A key no longer works.
public struct KeyRevoked: PromotionFact {
  /// `KeyRevoked`
  public static let formName = "KeyRevoked"

  /// The key.
  public var id: AccessKey.ID

  /// Makes the fact.
  public init(_ id: AccessKey.ID) { self.id = id }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    walk.required("id", fact?.id, .id(AccessKey.ID.self)).map { Self($0) }
  }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.accessKeys.insert(Owned(tenant, id))
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    let key = Owned(place.tenant, id)
    set.accessKeys.change(key) { $0.revokedAt = place.at }
    if set.accessKeys[key]?.role == .admin { set.found.adminKeyCounts[place.tenant, default: 0] -= 1 }
  }
}
