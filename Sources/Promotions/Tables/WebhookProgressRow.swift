import Ledger
import Scrip

/// How far an endpoint has got. No event tells of it: what was sent is beside the log, as claims are.
public struct WebhookProgressRow: Hashable, Sendable {
  /// Up to which position every event was noted to be sent, or is none of the endpoint's.
  public var position: Int64
  /// Since when nothing was taken; nil if the last message was.
  public var failingSince: Instant?
  /// When a message was last not taken, as long as none was taken since.
  public var failedAt: Instant?
  /// Which version of the endpoint has taken nothing since then.
  public var failingVersion: Int64
  /// When a message was last taken.
  public var lastTakenAt: Instant?
  /// Whether the endpoint is no more: the row is then deleted.
  public var isOver = false

  /// Begins behind a position.
  public init(position: Int64) {
    self.position = position
    failingVersion = 0
  }
}

extension WebhookProgressRow: StoredRow {
  /// `webhook_progress`
  public static let shape = TableShape(Self.self, "webhook_progress", noun: "webhook progress", .kept)

  /// The endpoint's identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Webhook.ID>?
  ) throws(StoreFailure) -> Owned<Webhook.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Webhook.ID>
  ) throws(StoreFailure) -> Self {
    var read = Self(position: try walk.count("position", .plain, row?.position))
    read.failingVersion = try walk.count("failing_version", .plain, row?.failingVersion)
    read.failingSince = try walk.optional("failing_since", .plain, row?.failingSince)
    read.failedAt = try walk.optional("failed_at", .plain, row?.failedAt)
    read.lastTakenAt = try walk.optional("last_taken_at", .plain, row?.lastTakenAt)
    return read
  }

  /// The endpoint is no more.
  public var isVoid: Bool { isOver }

  /// What people call it.
  public static func label(of key: Owned<Webhook.ID>) -> String { key.value.description }

  /// Only the endpoint's messages need it.
  public static var isDispensable: Bool { true }
}
