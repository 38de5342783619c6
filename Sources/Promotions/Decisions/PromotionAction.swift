import Ledger
import Scrip

/// Somebody's request to change coupons, their uses, keys or tenants, as it waits for the committer.
public typealias PromotionCommand = Command<WorkingSet>

/// One kind of action on coupons, their uses, keys and tenants.
public protocol PromotionAction: Action where State == WorkingSet {
  /// Asks for what is known to be needed. Called again with what was loaded, until it asks for nothing new.
  func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant)

  /// Decides on the state: events and an answer. Has no other effect.
  ///
  /// - Throws: `Refusal` if the answer is no and nothing is to be recorded.
  func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet>
}

extension PromotionAction {
  /// What was decided, or the refusal.
  public func verdict(_ set: WorkingSet, _ context: DecisionContext) -> Verdict<WorkingSet> {
    do throws(Refusal) { return .decision(try decide(set, context)) } catch {
      return .refused(.refused(error))
    }
  }
}
