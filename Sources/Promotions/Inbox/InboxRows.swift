import Digest
import Forms
import Ledger
import Scrip

/// A shop's message: by what it is known again, what became of it, and while somebody may still want it, what it said.
public struct InboxMessageRow: Hashable, Sendable {
  /// A word of the sender's or of ours.
  public typealias Text = ExactText<InboxMessageRow>

  /// By what it is known again.
  public let envelope: InboxEnvelope
  /// The shop's type; nil if it can't be told.
  public var type: Text?
  /// The order that it is about; nil if it can't be told.
  public var orderID: OrderID?
  /// How it stands.
  public var state: InboxState
  /// Why it stands so.
  public var reason: InboxReason?
  /// Where in the message the reason lies.
  public var pointer: Text?
  /// A sentence about the reason.
  public var detail: Text?
  /// The application that it led to.
  public var applicationID: DiscountApplication.ID?
  /// How often it was taken.
  public var attempts: Int64
  /// When it came.
  public let receivedAt: Instant
  /// When it last became what it is.
  public var updatedAt: Instant
  /// The message; nil once nobody needs it.
  public var body: [UInt8]?
  /// Whether it is to be forgotten.
  var isForgotten = false

  /// How large a message may be, in bytes.
  public static let bytesMax = 65_536
  /// How many messages that somebody should look at are kept for one tenant.
  public static let openMax = 10_000
  /// How long messages are remembered, in seconds.
  public static let keptSeconds: Int64 = 30 * 86_400

  /// Makes a row.
  public init(envelope: InboxEnvelope, state: InboxState, receivedAt: Instant) {
    self.envelope = envelope
    self.state = state
    self.receivedAt = receivedAt
    updatedAt = receivedAt
    attempts = 1
  }

  /// The identifier of a message that a sender has named.
  public static func id(_ envelope: InboxEnvelope) -> Identifier<InboxMessage> {
    Identifier(hashOf: "\(envelope.source.text)\n\(envelope.id.text)", kind: "message")
  }
}

extension InboxMessageRow: StoredRow {
  /// `inbox_message`. Its rows are held: one who discards a message knows nothing of the order that another one takes it for.
  public static let shape = TableShape(Self.self, "inbox_message", noun: "message", .kept, isHeld: true)

  /// The identifier, which follows from source and name.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Identifier<InboxMessage>>?
  ) throws(StoreFailure) -> Owned<Identifier<InboxMessage>> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Identifier<InboxMessage>>
  ) throws(StoreFailure) -> Self {
    let envelope = InboxEnvelope(
      source: try walk.column("source", .fixed, row?.envelope.source),
      id: try walk.column("event_id", .fixed, row?.envelope.id),
      time: try walk.optional("sent_at", .fixed, row?.envelope.time))
    let receivedAt = try walk.column("received_at", .fixed, row?.receivedAt)
    let type = try walk.optional("type", .plain, row?.type)
    let orderID = try walk.optional("order_id", .plain, row?.orderID)
    var read = Self(
      envelope: envelope, state: try walk.column("state", .plain, row?.state), receivedAt: receivedAt)
    read.type = type
    read.orderID = orderID
    read.reason = try walk.optional("reason", .plain, row?.reason)
    read.pointer = try walk.optional("pointer", .plain, row?.pointer)
    read.detail = try walk.optional("detail", .plain, row?.detail)
    read.applicationID = try walk.optional("application_id", .plain, row?.applicationID)
    read.attempts = try walk.count("attempts", .plain, row?.attempts)
    read.updatedAt = try walk.column("updated_at", .plain, row?.updatedAt)
    read.body = try walk.optional("body", .plain, row?.body)
    return read
  }

  /// Forgotten.
  public var isVoid: Bool { isForgotten }

  /// What people call it.
  public static func label(of key: Owned<Identifier<InboxMessage>>) -> String { key.value.description }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}

extension InboxState: NamedChoice {}

/// What a shop's messages have told of an order.
public struct InboxOrderRow: Hashable, Sendable {
  /// The shop's name of the order.
  public let orderID: OrderID
  /// What was told.
  public var facts: InboxOrderFacts
  /// When something was last told of it, or done.
  public var updatedAt: Instant
  /// Whether it is to be forgotten.
  var isForgotten = false

  /// Makes a row.
  public init(orderID: OrderID, facts: InboxOrderFacts, updatedAt: Instant) {
    self.orderID = orderID
    self.facts = facts
    self.updatedAt = updatedAt
  }
}

extension InboxOrderRow: StoredRow {
  /// `inbox_order`
  public static let shape = TableShape(Self.self, "inbox_order", noun: "inbox order", .kept)

  /// What the order would be found by if it were kept here.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Order.ID>?
  ) throws(StoreFailure) -> Owned<Order.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Order.ID>
  ) throws(StoreFailure) -> Self {
    let orderID = try walk.column("order_id", .fixed, row?.orderID)
    let updatedAt = try walk.column("updated_at", .plain, row?.updatedAt)
    let facts = try walk.column("facts", .plain, row.map { StoredInboxFacts(facts: $0.facts) })
    return Self(orderID: orderID, facts: facts.facts, updatedAt: updatedAt)
  }

  /// Forgotten.
  public var isVoid: Bool { isForgotten }

  /// What people call it.
  public static func label(of key: Owned<Order.ID>) -> String { key.value.description }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}

/// What was told of an order, in JSON.
struct StoredInboxFacts: TextValue {
  let facts: InboxOrderFacts

  static func reading(column text: String) -> Self? {
    do throws(StoredFormError) {
      return Self(facts: try InboxOrderFacts(stored: Array(text.utf8), as: "what was told of an order"))
    } catch {
      // The caller says what could not be read.
      return nil
    }
  }

  var columnText: String { String(decoding: facts.json, as: UTF8.self) }

  static var noun: String { "what was told of an order" }

  static var sample: Self { Self(facts: InboxOrderFacts()) }
}

extension DueWork.Kind {
  /// Looking at an order of which a message waits.
  public static let inboxOrder: DueWork.Kind = "inbox_order"
}
