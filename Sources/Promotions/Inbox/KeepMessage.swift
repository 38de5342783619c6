import Forms
import Ledger
import Scrip

/// Keeps a message that can't be understood, so that somebody sees and mends it.
public struct KeepMessage: PromotionAction {
  /// The message by our name.
  public let id: Identifier<InboxMessage>
  /// By what it is known again.
  public let envelope: InboxEnvelope
  /// The shop's type; nil if it can't be told.
  public let type: InboxMessageRow.Text?
  /// Why it can't be understood.
  public let fault: InboxFault
  /// The message itself; nil for one that is too large to be kept.
  public let body: [UInt8]?
  /// Whether somebody wants it taken again that could not be taken before.
  public let isReplay: Bool

  /// Makes an action.
  public init(
    _ envelope: InboxEnvelope, id: Identifier<InboxMessage>? = nil, type: InboxMessageRow.Text?,
    _ fault: InboxFault, body: [UInt8]?, isReplay: Bool = false
  ) {
    self.id = id ?? InboxMessageRow.id(envelope)
    self.envelope = envelope
    self.type = type
    self.fault = fault
    self.body = body
    self.isReplay = isReplay
  }

  /// About the message.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(id) }

  /// Asks for the message.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.shelf[InboxMessageRow.self].insert(Owned(tenant, id))
  }

  /// Keeps it, or says that it came before.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let before = try set.readInbox(id, nil, context.tenant)
    if let before, !isReplay {
      return Decision(reply: .inbox(InboxNotes(InboxOutcome(id, before, isRepeated: true))))
    }
    if isReplay { try InboxMessageRow.checkOpen(before, id) }
    var row = before ?? InboxMessageRow(envelope: envelope, state: .dead, receivedAt: context.now)
    if before != nil { row.attempts += 1 }
    row.type = type
    row.state = .dead
    row.reason = InboxReason(fault.code)
    row.pointer = InboxMessageRow.Text(fault.pointer)
    row.detail = InboxMessageRow.Text(fault.message)
    row.updatedAt = context.now
    if body != nil { row.body = body }
    var notes = InboxNotes(InboxOutcome(id, row))
    notes.messages[id] = row
    return Decision(reply: .inbox(notes))
  }
}

/// Puts a message aside that nobody wants anything done about.
public struct DiscardMessage: PromotionAction {
  /// Which message.
  public let id: Identifier<InboxMessage>

  /// Makes an action.
  public init(_ id: Identifier<InboxMessage>) { self.id = id }

  /// About the message.
  public func hashSubject(into hasher: inout Hasher) { hasher.combine(id) }

  /// Asks for the message.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    request.shelf[InboxMessageRow.self].insert(Owned(tenant, id))
  }

  /// Puts it aside, and forgets what it said.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    let found = try set.readInbox(id, nil, context.tenant)
    if let found, found.state == .discarded {
      return Decision(reply: .inbox(InboxNotes(InboxOutcome(id, found))))
    }
    try InboxMessageRow.checkOpen(found, id)
    guard var row = found else { throw Refusal(.messageNotFound, "There is no message \(id).") }
    row.state = .discarded
    row.body = nil
    row.updatedAt = context.now
    var notes = InboxNotes(InboxOutcome(id, row))
    notes.messages[id] = row
    return Decision(reply: .inbox(notes))
  }
}

/// Forgets messages, and what they have told of orders.
public struct ForgetMessages: PromotionAction {
  /// Which messages.
  public let messages: [Identifier<InboxMessage>]
  /// Of which orders.
  public let orders: [Order.ID]

  /// Makes an action.
  public init(_ messages: [Identifier<InboxMessage>], orders: [Order.ID] = []) {
    self.messages = messages
    self.orders = orders
  }

  /// Asks for all of them.
  public func ask(for request: inout LoadRequest, of tenant: Tenant.ID, given set: WorkingSet, now: Instant) {
    request.tenants.insert(tenant)
    for id in messages { request.shelf[InboxMessageRow.self].insert(Owned(tenant, id)) }
    for id in orders { request.shelf[InboxOrderRow.self].insert(Owned(tenant, id)) }
  }

  /// Forgets them.
  public func decide(_ set: WorkingSet, _ context: DecisionContext) throws(Refusal) -> Decision<WorkingSet> {
    var notes = InboxNotes(InboxOutcome(.done, nil, reason: "forgotten"))
    for id in messages {
      guard var row = set.inboxMessage(id, context.tenant) else { continue }
      row.isForgotten = true
      notes.messages[id] = row
    }
    for id in orders {
      guard var row = set.shelf[InboxOrderRow.self][Owned(context.tenant, id)] else { continue }
      row.isForgotten = true
      notes.orders[id] = row
    }
    return Decision(reply: .inbox(notes))
  }
}
