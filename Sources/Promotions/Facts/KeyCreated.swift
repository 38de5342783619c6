import Forms
import Ledger
import Scrip

/// A key was made.
public struct KeyCreated: PromotionFact {
  /// `KeyCreated`
  public static let formName = "KeyCreated"

  /// The key, with the hash of its secret.
  public var key: AccessKey

  /// Makes the fact.
  public init(_ key: AccessKey) { self.key = key }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    StoredKey.walk(&walk, fact.map { StoredKey(key: $0.key) }).map { Self($0.key) }
  }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.accessKeys.insert(Owned(tenant, key.id))
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.accessKeys.insert(key, for: Owned(place.tenant, key.id))
    if key.role == .admin { set.found.adminKeyCounts[place.tenant, default: 0] += 1 }
  }
}
