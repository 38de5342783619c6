import Ledger
import Scrip

/// Tells what became of a mail about an order.
public struct RecordMail: PromotionAction {
  /// What became of it.
  public enum Outcome: Hashable, Sendable {
    /// A mail server has taken it, in a language.
    case sent(LanguageTag)
    /// It will not be sent. With the codes that a mail server replied with, if one was asked.
    case givenUp(MailGivenUp.Reason, reply: ExactText<MailGivenUp>? = nil)
  }

  /// Which mail.
  public let task: MailTask
  /// What became of it.
  public let outcome: Outcome
  /// How many tries there were.
  public let attempts: Int64

  /// Makes an action.
  public init(_ task: MailTask, _ outcome: Outcome, attempts: Int64) {
    self.task = task
    self.outcome = outcome
    self.attempts = attempts
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(task.orderID) }

  /// Asks for the order, and for the work that this ends.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.addOrder(task.orderID, of: tenant)
    request.addMail(task.mail, of: task.orderID, tenant)
  }

  /// Records it. What is not due any more, or of something later by now, was told of before.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let key = Owned(context.tenant, Order.ID(of: task.orderID))
    if let failure = set.keptOrders.unreadable[key] { throw .unreadable(failure) }
    guard set.keptOrders[key] != nil else {
      throw Refusal(.notFound(.order), "There is no order \(task.orderID).")
    }
    return Decision(
      set.isDue(task, of: context.tenant) ? [(.order(task.orderID), fact)] : [],
      reply: .order(task.orderID, of: context.tenant, isNew: false))
  }

  private var fact: any Fact<WorkingSet> {
    switch outcome {
    case .sent(let language): MailSent(task, language: language, attempts: attempts)
    case .givenUp(let reason, let reply):
      MailGivenUp(task, reason, reply: reply?.text, attempts: attempts)
    }
  }
}
