import Forms
import JSON
import Ledger
import Scrip

/// What became of a message, as its sender is told.
public struct InboxOutcome: Hashable, Sendable {
  /// The message by our name; nil for one that is not kept.
  public var id: Identifier<InboxMessage>?
  /// By what it is known again; nil if it does not say.
  public var envelope: InboxEnvelope?
  /// What became of it.
  public var outcome: Word
  /// How it stands where it came before.
  public var state: InboxState?
  /// Why.
  public var reason: InboxReason?
  /// Where in the message the reason lies.
  public var pointer: InboxMessageRow.Text?
  /// A sentence about the reason.
  public var detail: InboxMessageRow.Text?
  /// The order that it is about.
  public var orderID: OrderID?
  /// The application that it led to.
  public var applicationID: DiscountApplication.ID?

  /// What became of a message.
  public enum Word: String, CaseIterable, Hashable, Sendable {
    /// What it tells was done.
    case done
    /// It came before.
    case repeated
    /// There was nothing to do.
    case ignored
    /// What has to come before it has not come yet.
    case waiting
    /// The answer is no.
    case refused
    /// It can't be understood.
    case dead
    /// Somebody has put it aside.
    case discarded
  }

  /// Tells of a message that is not kept.
  public init(_ outcome: Word, _ envelope: InboxEnvelope?, reason: InboxReason) {
    self.outcome = outcome
    self.envelope = envelope
    self.reason = reason
  }

  /// Tells of a message that is kept.
  ///
  /// - Parameter isRepeated: whether it came before.
  public init(_ id: Identifier<InboxMessage>, _ row: InboxMessageRow, isRepeated: Bool = false) {
    self.id = id
    envelope = row.envelope
    outcome = isRepeated ? .repeated : Word(row.state)
    state = isRepeated ? row.state : nil
    reason = row.reason
    pointer = row.pointer
    detail = row.detail
    orderID = row.orderID
    applicationID = row.applicationID
  }
}

extension InboxOutcome.Word {
  fileprivate init(_ state: InboxState) {
    switch state {
    case .done: self = .done
    case .ignored: self = .ignored
    case .waiting: self = .waiting
    case .refused: self = .refused
    case .dead: self = .dead
    case .discarded: self = .discarded
    }
  }
}

extension InboxOutcome: Entity, JSONWritable {
  /// `inbox_outcome`
  public static let topic = "inbox_outcome"
  /// `InboxOutcome`
  public static let formName = "InboxOutcome"
  /// Where it is found.
  public var path: String { id.map { "/v1/inbox/messages/\($0)" } ?? "/v1/inbox/messages" }
  /// There is only this one.
  public var version: Int64 { 1 }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ outcome: Self?) -> Self? {
    let word = walk.required("outcome", outcome?.outcome, .choice(named: "InboxOutcomeWord"))
    let state = walk.optional(
      "state", outcome?.state, .choice(named: "InboxState"), "How a message stands that came before.")
    let source = walk.optional(
      "source", outcome?.envelope?.source.text, .text(), "Empty for what has no name of its own.")
    let eventID = walk.optional("id", outcome?.envelope?.id, .name(InboxEnvelope.Attribute.self))
    let id = walk.optional(
      "message_id", outcome?.id, .id(Identifier<InboxMessage>.self),
      "Under which the message is found here; null for one that is not kept.")
    let reason = walk.optional("reason", outcome?.reason, .word(InboxReason.self), "A stable code.")
    let pointer = walk.optional(
      "pointer", outcome?.pointer?.text, .text(), "A JSON pointer into the message.")
    let detail = walk.optional("detail", outcome?.detail?.text, .text())
    let orderID = walk.optional("order_id", outcome?.orderID, .name(OrderID.self))
    let applicationID = walk.optional(
      "application_id", outcome?.applicationID, .id(DiscountApplication.ID.self))
    guard let word, let state, let source, let eventID, let id, let reason, let pointer, let detail,
      let orderID, let applicationID
    else { return nil }
    var envelope: InboxEnvelope?
    if let source, let eventID {
      envelope = InboxEnvelope(source: InboxEnvelope.Attribute(source), id: eventID)
    }
    var read = Self(word, envelope, reason: "")
    read.id = id
    read.state = state
    read.reason = reason
    read.pointer = pointer.map { ExactText($0) }
    read.detail = detail.map { ExactText($0) }
    read.orderID = orderID
    read.applicationID = applicationID
    return read
  }
}

/// What a decision about messages keeps beside the log.
public struct InboxNotes: Sendable {
  /// What is answered.
  var outcome: InboxOutcome
  /// Messages as they are from now on.
  var messages: [Identifier<InboxMessage>: InboxMessageRow] = [:]
  /// What was told of orders, as it is from now on.
  var orders: [Order.ID: InboxOrderRow] = [:]
  /// When orders are looked at again; nil for those that need not be.
  var due: [OrderID: Instant?] = [:]
  /// Whether the row of due work is gone by now, because it is being settled.
  var settlesDue = false
  /// Whether names of persons are kept.
  var keepsPersons = false
  /// The refusal that a message met with.
  var refusal: Refusal?

  init(_ outcome: InboxOutcome) { self.outcome = outcome }
}

extension ReplySubject {
  /// The refusal that a message met with; nil for any other reply.
  var inboxRefusal: Refusal? { if case .inbox(let notes) = self { notes.refusal } else { nil } }
}

extension WorkingSet {
  /// Whether nothing of messages is to be written.
  var inboxIsUnchanged: Bool {
    shelf.isEmpty || shelf[InboxMessageRow.self].isUnchanged && shelf[InboxOrderRow.self].isUnchanged
  }

  /// Keeps what is to be kept of messages.
  mutating func keep(_ notes: InboxNotes, of tenant: Tenant.ID) {
    for (id, row) in notes.messages {
      let key = Owned(tenant, id)
      if shelf[InboxMessageRow.self][key] == nil {
        shelf[InboxMessageRow.self].insert(row, for: key)
      } else {
        shelf[InboxMessageRow.self].change(key) { $0 = row }
      }
    }
    for (id, row) in notes.orders {
      let key = Owned(tenant, id)
      if shelf[InboxOrderRow.self][key] == nil {
        shelf[InboxOrderRow.self].insert(row, for: key)
      } else {
        shelf[InboxOrderRow.self].change(key) { $0 = row }
      }
    }
    for (order, moment) in notes.due { look(order, at: moment, notes, tenant) }
  }

  /// Has an order looked at. What is being settled is gone from the table already, so it is made anew.
  private mutating func look(_ order: OrderID, at moment: Instant?, _ notes: InboxNotes, _ tenant: Tenant.ID)
  {
    let key = Owned(tenant, DueKey(.inboxOrder, ExactText(order.text)))
    if notes.settlesDue || dueWork[key] == nil {
      if moment == nil, !notes.settlesDue { return }
      dueWork.insert(DueWork(dueAt: moment ?? .earliest, isTold: false), for: key)
    } else if let moment {
      dueWork.change(key) { $0 = DueWork(dueAt: moment, isTold: false) }
    }
    if moment == nil { dueWork.end(key) }
  }
}
