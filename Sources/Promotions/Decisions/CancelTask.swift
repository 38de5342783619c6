import Forms
import JSON
import Ledger
import Scrip

/// Calls off work that is still to be done: of a kind that says that it can be.
///
/// Whoever does it at this very moment may have done it already.
public struct CancelTask: PromotionAction {
  /// Which piece of work.
  public var key: DueKey
  /// The caller's own words, up to 200 characters.
  public var reason: String?

  /// Makes an action.
  public init(_ key: DueKey, reason: String? = nil) {
    self.key = key
    self.reason = reason
  }

  /// Asks for the work.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.dueWork.insert(Owned(tenant, key))
  }

  /// Ends it by a fact. Work that nothing in the log tells of would be scheduled again by whoever has scheduled it, and
  /// without a payment's work money would be left in the air.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let work = set.dueWork[Owned(context.tenant, key)]
    guard let work, !work.isVoid else {
      throw Refusal(.taskNotFound, "There is no task of this kind and key.")
    }
    if !work.isTold { throw refusal("house", "is work of the service itself, which can't be called off.") }
    if !Catalogue.cancellableWork.contains(key.kind) {
      throw refusal("kind", "is of a kind that has to be done, and can't be called off.")
    }
    return Decision(
      [(.tenant, TaskCancelled(key, reason: reason))],
      reply: .entity(isNew: false) { [key] _ in CancelledTask(key: key) })
  }

  private func refusal(_ why: String, _ words: String) -> Refusal {  // String: words of ours
    Refusal(
      .taskNotCancellable, "The task \(key.kind) \(words)",
      items: [
        Refusal.Item(
          pointer: "/kind", code: Refusal.Code.taskNotCancellable.rawValue,
          message: "Let it be done, or have it tried again.",
          facts: ["kind": .text(key.kind.text), "why": .text(why)])
      ])
  }
}

/// A task that was called off, by its name.
public struct CancelledTask: Entity {
  /// Which piece of work it was.
  public let key: DueKey

  /// Names a task.
  public init(key: DueKey) { self.key = key }

  /// `cancelled_task`
  public static let topic = "cancelled_task"
  /// `CancelledTask`
  public static let formName = "CancelledTask"

  /// Where tasks are found.
  public var path: String { "/v1/tasks" }
  /// There is only this one.
  public var version: Int64 { 1 }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ task: Self?) -> Self? {
    let kind = walk.required("kind", task?.key.kind, .name(DueWork.Kind.self))
    let key = walk.required("key", task?.key.name.text, .text())
    guard let kind, let key else { return nil }
    return Self(key: DueKey(kind, ExactText(key)))
  }
}

extension Topic {
  /// Work that is due at some time.
  static let tasks = Topic(facts: [TaskCancelled.self], entities: [CancelledTask.self])
}
