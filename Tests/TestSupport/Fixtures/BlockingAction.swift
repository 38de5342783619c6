import Dispatch
import Ledger
import Promotions
import Scrip
import Synchronization

/// An action that changes nothing and holds the committer up until it is let go.
public final class BlockingAction: PromotionAction {
  private let isReached = Atomic<Bool>(false)
  private let gate = DispatchSemaphore(value: 0)

  /// Makes an action.
  public init() {}

  /// Asks for nothing.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
  }

  /// Holds the committer up.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    isReached.store(true, ordering: .releasing)
    gate.wait()
    throw Refusal(.couponNotFound, "Nobody asked for anything.")
  }

  /// Waits until the committer is held up.
  public func reached() async {
    while !isReached.load(ordering: .acquiring) { await Task.yield() }
  }

  /// Lets the committer go on.
  public func open() { gate.signal() }
}
