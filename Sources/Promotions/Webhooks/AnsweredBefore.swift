import Ledger
import Scrip

/// Asks for what was answered before under the command's idempotency key, where it is known that there is something: then
/// this is not decided at all.
public struct AnsweredBefore: PromotionAction {
  /// Makes an action.
  public init() {}

  /// Asks for nothing.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
  }

  /// The answer was forgotten in this very moment.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    throw Refusal(
      .idempotencyKeyReused, "What was answered under the idempotency key is forgotten; use a new key.")
  }
}
