import Forms
import Ledger
import Scrip

/// A lock was given more time.
public struct LockExtended: PromotionFact {
  /// `LockExtended`
  public static let formName = "LockExtended"

  /// Which usage.
  public var usage: UsageReference
  /// When the lock ends.
  public var expiresAt: Instant

  /// Makes the fact.
  public init(_ usage: UsageReference, expiresAt: Instant) {
    self.usage = usage
    self.expiresAt = expiresAt
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let usage = UsageReference.walk(&walk, fact?.usage)
    let expiresAt = walk.required("expires_at", fact?.expiresAt, .instant())
    guard let usage, let expiresAt else { return nil }
    return Self(usage, expiresAt: expiresAt)
  }

  /// What it changes.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.applications.insert(Owned(tenant, usage.applicationID))
  }

  /// Changes what it is about.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.update(usage.applicationID, of: place.tenant) { $0.application.expiresAt = expiresAt }
  }
}
