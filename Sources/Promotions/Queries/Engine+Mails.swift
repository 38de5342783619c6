import Ledger
import Scrip

extension Engine {
  /// An order that is kept here, as a mail about it has to tell of it; nil if there is none.
  ///
  /// - Returns: where the order stands, and what it was about when that happened which the mail tells of; nil for a mail
  ///   that is not due any more.
  public func mailedOrder(
    _ task: MailTask, tenant: Tenant.ID
  ) async throws(StoreFailure) -> (state: OrderState, content: OrderContent?)? {
    let order = Owned(tenant, Order.ID(of: task.orderID))
    let work = Owned(tenant, DueKey.mail(task.mail, of: task.orderID))
    // In one look: the order may be amended at any moment.
    let set = try await load { request, _ in
      request.keptOrders.insert(order)
      request.dueWork.insert(work)
    }
    if let failure = set.keptOrders.unreadable[order] { throw failure }
    guard let row = set.keptOrders[order] else { return nil }
    let due = set.dueMail(work).flatMap { $0.task == task ? $0 : nil }
    return (row.state, due.map { ($0.order ?? row.content).content })
  }
}
