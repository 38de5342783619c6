import Forms
import Ledger
import Scrip

/// Work that was still to be done is not to be done any more: somebody has called it off.
public struct TaskCancelled: PromotionFact {
  /// `TaskCancelled`
  public static let formName = "TaskCancelled"

  /// Which piece of work.
  public var key: DueKey
  /// The words of whoever called it off.
  @Exact public var reason: String?

  /// Makes the fact.
  public init(_ key: DueKey, reason: String? = nil) {
    self.key = key
    self.reason = reason
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let kind = walk.required("kind", fact?.key.kind, .name(DueWork.Kind.self))
    let key = walk.required("key", fact?.key.name.text, .text())
    let reason = walk.optional("reason", fact?.reason, .text())
    guard let kind, let key, let reason else { return nil }
    return Self(DueKey(kind, ExactText(key)), reason: reason)
  }

  /// The work.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {
    request.dueWork.insert(Owned(tenant, key))
  }

  /// Ends the work.
  public func fold(into set: inout WorkingSet, at place: EventPlace) {
    set.dueWork.end(Owned(place.tenant, key))
  }
}
