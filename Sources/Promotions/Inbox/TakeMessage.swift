import Forms
import Ledger
import Scrip

/// Takes a shop's message: once, whenever and however often it comes. What it tells is noted with what is done for it, in
/// one transaction.
public struct TakeMessage: PromotionAction {
  /// The message by our name.
  public let id: Identifier<InboxMessage>
  /// By what it is known again.
  public let envelope: InboxEnvelope
  /// The shop's type.
  public let type: InboxMessageRow.Text?
  /// What kind of message it is.
  public let topic: InboxTopic
  /// Which order it is about.
  public let orderID: OrderID
  /// What it tells.
  public let told: InboxTold
  /// The message itself.
  public let body: [UInt8]
  /// Whether somebody wants it taken again that could not be taken before.
  public let isReplay: Bool
  /// What was seen in the customer beforehand; nil where nobody looks.
  public var screening: FraudScreening?

  /// Makes an action.
  public init(
    _ envelope: InboxEnvelope, id: Identifier<InboxMessage>? = nil, type: InboxMessageRow.Text?,
    _ topic: InboxTopic, of orderID: OrderID, _ told: InboxTold, body: [UInt8], isReplay: Bool = false
  ) {
    self.id = id ?? InboxMessageRow.id(envelope)
    self.envelope = envelope
    self.type = type
    self.topic = topic
    self.orderID = orderID
    self.told = told
    self.body = body
    self.isReplay = isReplay
  }

  /// About the order.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(orderID) }

  /// Asks for the message, for what was told of the order, and for what the next step needs.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.shelf[InboxMessageRow.self].insert(Owned(tenant, id))
    request.addInboxOrder(orderID, of: tenant, given: set)
    plan(tenant, set).plan.ask(for: &request, of: tenant, given: set, now: now)
  }

  /// Takes it, or says that it came before.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let before = try set.readInbox(id, orderID, context.tenant)
    if let before, !isReplay {
      return Decision(reply: .inbox(InboxNotes(InboxOutcome(id, before, isRepeated: true))))
    }
    if isReplay { try InboxMessageRow.checkOpen(before, id) }
    let (plan, counts) = plan(context.tenant, set)
    var result = plan.decide(set, context)
    let standing = result.plan.facts.standing(
      of: topic, result.use, counts: counts, saysNoCodes: saysNoCodes, isRefunded: plan.isRefunded)
    var row = before ?? InboxMessageRow(envelope: envelope, state: .waiting, receivedAt: context.now)
    row.type = type
    row.orderID = orderID
    // What is mended is not what the shop has sent.
    row.body = before?.body ?? body
    if before != nil { row.attempts += 1 }
    row = row.standing(own(standing, result), result, at: context.now)
    if row.state == .waiting { wait(&row, &result) }
    var notes = InboxNotes(InboxOutcome(id, row))
    notes.messages[id] = row
    notes.keepsPersons = topic.locks
    notes.refusal = result.refusal
    result.settleWaiting(&notes, in: set, context)
    // What was waiting may have been done by this very step.
    if let settled = notes.messages[id] { notes.outcome = InboxOutcome(id, settled) }
    return Decision(result.facts, reply: .inbox(notes), isShort: result.isShort)
  }

  /// A refusal of what was done for this message is its own, whatever is noted of it.
  private func own(_ standing: InboxStanding, _ result: InboxPlan.Result) -> InboxStanding {
    guard let refusal = result.refusal else { return standing }
    if case .waiting(.applicationPending) = standing, refusal.isKept { return standing }
    return .refused(InboxReason(refusal.code.rawValue))
  }

  private func wait(_ row: inout InboxMessageRow, _ result: inout InboxPlan.Result) {
    let isKnown = result.plan.facts.waiting.contains { $0.message == id }
    guard isKnown || result.plan.facts.waiting.count < InboxOrderFacts.waitingMax else {
      row.state = .dead
      row.reason = .tooManyWaiting
      return
    }
    if !isKnown { result.plan.facts.waiting.append(InboxWaiting(message: id, topic: topic)) }
    result.plan.facts.attempts = 0
  }

  private var saysNoCodes: Bool { if case .paid(let saysNoCodes) = told { saysNoCodes } else { false } }

  private func plan(_ tenant: Tenant.ID, _ set: WorkingSet) -> (plan: InboxPlan, counts: Bool) {
    var facts = set.inboxOrder(orderID, tenant) ?? InboxOrderFacts()
    let counts = facts.take(told, topic, from: id, at: envelope.time)
    // Somebody who has it taken again wants to know what is refused now.
    if isReplay { facts.redeemRefusal = nil }
    return (InboxPlan(orderID, facts, tenant, screening: screening, in: set), counts)
  }
}

extension InboxMessageRow {
  /// Refuses what nobody can do anything about any more.
  static func checkOpen(_ row: InboxMessageRow?, _ id: Identifier<InboxMessage>) throws(Refusal) {
    guard let row else { throw Refusal(.messageNotFound, "There is no message \(id).") }
    if !row.state.isOpen {
      throw Refusal(
        .messageSettled, "The message is \(row.state.rawValue), and nothing is to be done about it.")
    }
  }
}

extension WorkingSet {
  /// A message that is kept; nil if there is none.
  ///
  /// - Throws: a refusal if it, or what was told of its order, can't be read.
  func readInbox(
    _ id: Identifier<InboxMessage>, _ orderID: OrderID?, _ tenant: Tenant.ID
  ) throws(Refusal) -> InboxMessageRow? {
    if let failure = shelf[InboxMessageRow.self].unreadable[Owned(tenant, id)] { throw .unreadable(failure) }
    if let orderID {
      let key = Owned(tenant, Order.ID(of: orderID))
      if let failure = shelf[InboxOrderRow.self].unreadable[key] { throw .unreadable(failure) }
      if let failure = keptOrders.unreadable[key] { throw .unreadable(failure) }
    }
    return inboxMessage(id, tenant)
  }
}
