import Forms
import Ledger
import Scrip

/// Looks at an order of which a message waits, or of which more is to be done: the due work of messages.
public struct SettleInboxOrder: PromotionAction {
  /// Which order.
  public let orderID: OrderID

  /// Makes an action.
  public init(_ orderID: OrderID) { self.orderID = orderID }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for what was told of the order, and for what the next step needs.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.addInboxOrder(orderID, of: tenant, given: set)
    if let facts = set.inboxOrder(orderID, tenant) {
      InboxPlan(orderID, facts, tenant, in: set).ask(for: &request, of: tenant, given: set, now: now)
    }
  }

  /// Does the next step, and has what waited stand as it does then.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    var notes = InboxNotes(InboxOutcome(.done, nil, reason: "settled"))
    notes.settlesDue = true
    guard var facts = set.inboxOrder(orderID, context.tenant) else {
      notes.due[orderID] = .some(nil)
      return Decision(reply: .inbox(notes))
    }
    facts.attempts += 1
    var result = InboxPlan(orderID, facts, context.tenant, in: set).decide(set, context)
    notes.refusal = result.refusal
    result.settleWaiting(
      &notes, in: set, context, isLast: facts.attempts >= InboxOrderFacts.attemptsMax)
    return Decision(result.facts, reply: .inbox(notes), isShort: result.isShort)
  }
}

extension SettleInboxOrder {
  /// Looking at orders of which messages wait. Never given up: how long a message waits is noted with its order.
  public static let handler = DueHandler<WorkingSet>(
    .inboxOrder, retries: DueRetries(firstSeconds: 1, mostSeconds: 600, attemptsMax: nil), leaseSeconds: 10,
    .external { claim in
      let order = OrderID(claim.key.value.name.text)
      return .told(
        PromotionCommand(tenant: claim.key.tenant, actor: .system, action: SettleInboxOrder(order)))
    })
}
