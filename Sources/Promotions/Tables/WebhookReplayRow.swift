import Forms
import Ledger
import Scrip

/// Which events are sent to an endpoint once more.
public enum WebhookReplayChoice: Hashable, Sendable {
  /// Those at some positions of the log.
  case events([Int64])
  /// Those of some types in a stretch of the log; of all types if there are none.
  case types([Webhook.EventType])
}

/// Events that somebody wants to be sent to an endpoint once more, as long as not all of them are noted to be sent.
public struct WebhookReplayRow: Hashable, Sendable {
  /// Which events.
  public let choice: WebhookReplayChoice
  /// The last position of the stretch.
  public let until: Int64
  /// When it was asked for.
  public let createdAt: Instant
  /// Up to which position of the stretch all of them are noted.
  public var position: Int64
  /// Whether all of them are: the row is then deleted.
  public var isOver = false

  /// Makes a row.
  public init(_ choice: WebhookReplayChoice, after position: Int64, until: Int64, createdAt: Instant) {
    self.choice = choice
    self.position = position
    self.until = until
    self.createdAt = createdAt
  }
}

/// One of the replays that may wait for an endpoint. There are so many and no more, so that a row is looked for where it
/// may stand, and who finds none free knows that there is no room.
public struct WebhookReplayKey: Hashable, Comparable, Sendable {
  /// How many replays may wait for one endpoint.
  public static let slotsMax: Int64 = 10

  /// The endpoint.
  public let webhookID: Webhook.ID
  /// The place among its replays, from 1 on.
  public let slot: Int64

  /// Names a replay.
  public init(_ webhookID: Webhook.ID, slot: Int64) {
    self.webhookID = webhookID
    self.slot = slot
  }

  /// All that an endpoint may have.
  public static func all(of webhookID: Webhook.ID) -> [WebhookReplayKey] {
    (1...slotsMax).map { WebhookReplayKey(webhookID, slot: $0) }
  }

  /// By endpoint, then by place.
  public static func < (left: Self, right: Self) -> Bool {
    (left.webhookID, left.slot) < (right.webhookID, right.slot)
  }
}

extension WebhookReplayRow: StoredRow {
  /// `webhook_replay`
  public static let shape = TableShape(Self.self, "webhook_replay", noun: "webhook replay", .kept)

  /// Its endpoint and its place.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<WebhookReplayKey>?
  ) throws(StoreFailure) -> Owned<WebhookReplayKey> {
    Owned(
      try walk.tenant(key?.tenant),
      WebhookReplayKey(
        try walk.column("webhook_id", .key, key?.value.webhookID),
        slot: try walk.count("slot", .key, key?.value.slot)))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<WebhookReplayKey>
  ) throws(StoreFailure) -> Self {
    let position = try walk.count("position", .plain, row?.position)
    let until = try walk.count("until", .fixed, row?.until)
    let createdAt = try walk.column("created_at", .fixed, row?.createdAt)
    let choice = try walk.column("choice", .fixed, row?.choice)
    return Self(choice, after: position, until: until, createdAt: createdAt)
  }

  /// All of its events are noted.
  public var isVoid: Bool { isOver }

  /// What people call it.
  public static func label(of key: Owned<WebhookReplayKey>) -> String {
    "\(key.value.webhookID)/\(key.value.slot)"
  }

  /// Only the replay itself needs it.
  public static var isDispensable: Bool { true }
}

/// Stored as `events 17 18`, or as `types CouponRedeemed CouponReleased`.
extension WebhookReplayChoice: TextValue {
  /// Reads one.
  public static func reading(column text: String) -> Self? {
    let words = text.split(separator: " ")
    switch words.first {
    case "events":
      let positions = words.dropFirst().compactMap { Int64($0) }
      return positions.count == words.count - 1 ? .events(positions) : nil
    case "types": return .types(words.dropFirst().map { Webhook.EventType(String($0)) })
    default: return nil
    }
  }

  /// Its text.
  public var columnText: String {
    switch self {
    case .events(let positions): (["events"] + positions.map(String.init)).joined(separator: " ")
    case .types(let types): (["types"] + types.map(\.text)).joined(separator: " ")
    }
  }

  /// What a text that can't be read should have been.
  public static var noun: String { "which events are sent once more" }

  /// One of them.
  public static var sample: Self { .types([]) }
}
