import Forms
import Ledger
import Scrip

/// Marks messages to endpoints.
public enum WebhookDeliverySubject: Identified {
  /// `delivery`
  public static var prefix: String { "delivery" }
}

/// A message to an endpoint: one event, sent until it is taken or given up.
public struct WebhookDelivery: Hashable, Sendable {
  /// `delivery_…`
  public typealias ID = Identifier<WebhookDeliverySubject>

  /// Where it stands.
  public enum State: String, CaseIterable, Hashable, Sendable {
    /// It is to be sent, or sent once more.
    case waiting
    /// It was taken.
    case delivered
    /// It was given up.
    case failed
  }

  /// What it is sent for.
  public enum Origin: String, CaseIterable, Hashable, Sendable {
    /// The event has happened.
    case event
    /// Somebody wants it once more.
    case replay
    /// Somebody tries the endpoint: there is no event.
    case test
  }

  /// Why it was not taken.
  public enum Failure: String, CaseIterable, Hashable, Sendable {
    /// The answer was none of 2xx.
    case refused
    /// The answer was a redirect, which is not followed.
    case redirected
    /// No connection came about: unknown name, refused, unreachable.
    case unreachable
    /// The host has no address that may be called.
    case addressRefused = "address_refused"
    /// The certificate was not believed.
    case certificateRefused = "certificate_refused"
    /// Time ran out.
    case timedOut = "timed_out"
    /// The connection broke before the answer was whole.
    case cut
    /// The answer follows no protocol, or its head is too long.
    case unreadable
    /// Nothing could be sent: a secret can't be opened, or the event can't be read.
    case notSent = "not_sent"
  }

  /// What became of a try.
  public struct Attempt: Hashable, Sendable {
    /// When it was made.
    public var at: Instant
    /// How long it took, in milliseconds.
    public var milliseconds: Int64
    /// The answer's status; nil if there was none.
    public var status: Int64?
    /// Why it was not taken; nil if it was.
    public var failure: Failure?
    /// The beginning of the answer's body; nil if there was none.
    @Exact public var response: String?

    /// Tells of a try.
    public init(
      at: Instant, milliseconds: Int64, status: Int64? = nil, failure: Failure? = nil, response: String? = nil
    ) {
      self.at = at
      self.milliseconds = milliseconds
      self.status = status
      self.failure = failure
      self.response = response
    }
  }

  /// What it is called.
  public let id: ID
  /// To which endpoint.
  public let webhookID: Webhook.ID
  /// Where the event stands in the log; zero for a test.
  public let position: Int64
  /// The event, as CloudEvents name it: the same in every message about it.
  public let eventID: ExactText<Named.EventID>
  /// The event's type.
  public let type: Webhook.EventType
  /// What it is sent for.
  public let origin: Origin
  /// When it was noted that it is to be sent.
  public let createdAt: Instant
  /// Where it stands.
  public var state: State
  /// How often it was tried.
  public var attempts: Int64
  /// When it is tried next; nil if it never is.
  public var nextTryAt: Instant?
  /// What became of the last try; nil before the first.
  public var last: Attempt?

  /// A message that is to be sent at once.
  public init(
    id: ID, webhookID: Webhook.ID, position: Int64, eventID: ExactText<Named.EventID>,
    type: Webhook.EventType, origin: Origin, createdAt: Instant
  ) {
    self.id = id
    self.webhookID = webhookID
    self.position = position
    self.eventID = eventID
    self.type = type
    self.origin = origin
    self.createdAt = createdAt
    state = .waiting
    attempts = 0
    nextTryAt = createdAt
  }
}

/// Which message to which endpoint.
public struct WebhookDeliveryKey: Hashable, Comparable, Sendable {
  /// The endpoint.
  public let webhookID: Webhook.ID
  /// The message.
  public let id: WebhookDelivery.ID

  /// Names a message.
  public init(_ webhookID: Webhook.ID, _ id: WebhookDelivery.ID) {
    self.webhookID = webhookID
    self.id = id
  }

  /// By endpoint, then in the order in which they were noted.
  public static func < (left: Self, right: Self) -> Bool {
    (left.webhookID, left.id) < (right.webhookID, right.id)
  }
}

/// A message to an endpoint, as it is kept beside the log.
public struct WebhookDeliveryRow: Hashable, Sendable {
  /// The message.
  public var delivery: WebhookDelivery
  /// Whether it is forgotten: the row is then deleted.
  public var isForgotten = false

  /// Makes a row.
  public init(_ delivery: WebhookDelivery) { self.delivery = delivery }
}

extension WebhookDeliveryRow: StoredRow {
  /// `webhook_delivery`
  public static let shape = TableShape(Self.self, "webhook_delivery", noun: "webhook delivery", .kept)

  /// Its endpoint and its identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<WebhookDeliveryKey>?
  ) throws(StoreFailure) -> Owned<WebhookDeliveryKey> {
    Owned(
      try walk.tenant(key?.tenant),
      WebhookDeliveryKey(
        try walk.column("webhook_id", .key, key?.value.webhookID), try walk.column("id", .key, key?.value.id)
      ))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<WebhookDeliveryKey>
  ) throws(StoreFailure) -> Self {
    let old = row?.delivery
    var read = WebhookDelivery(
      id: key.value.id, webhookID: key.value.webhookID,
      position: try walk.count("position", .fixed, old?.position),
      eventID: try walk.column("event_id", .fixed, old?.eventID),
      type: try walk.column("type", .fixed, old?.type),
      origin: try walk.column("origin", .fixed, old?.origin),
      createdAt: try walk.column("created_at", .fixed, old?.createdAt))
    read.state = try walk.column("state", .plain, old?.state)
    read.attempts = try walk.count("attempts", .plain, old?.attempts)
    read.nextTryAt = try walk.optional("next_try_at", .plain, old?.nextTryAt)
    let triedAt = try walk.optional("tried_at", .plain, old?.last?.at)
    let milliseconds = try walk.optional("milliseconds", .plain, old?.last?.milliseconds)
    let status = try walk.optional("status", .plain, old?.last?.status)
    let failure = try walk.optional("failure", .plain, old?.last?.failure)
    let response = try walk.optional("response", .plain, old?.last?.response)
    read.last = triedAt.map {
      WebhookDelivery.Attempt(
        at: $0, milliseconds: milliseconds ?? 0, status: status, failure: failure, response: response)
    }
    return Self(read)
  }

  /// Forgotten.
  public var isVoid: Bool { isForgotten }

  /// What people call it.
  public static func label(of key: Owned<WebhookDeliveryKey>) -> String { key.value.id.description }

  /// Only the message itself needs it.
  public static var isDispensable: Bool { true }
}

extension WebhookDelivery.State: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .waiting: 0
    case .delivered: 1
    case .failed: 2
    }
  }
}

extension WebhookDelivery.Origin: NamedChoice {}

extension WebhookDelivery.Failure: NamedChoice {}
