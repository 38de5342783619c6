import Forms
import Ledger
import Scrip

/// An endpoint of webhooks.
public struct WebhookRow: Hashable, Sendable {
  /// The endpoint.
  public var webhook: Webhook
  /// Whether that is all of it. What a newer version has added would be lost if it were written again.
  public var isWhole: Bool
  /// Whether it was taken away: its row is then deleted.
  public var isRemoved = false

  /// Makes a row.
  public init(_ webhook: Webhook, isWhole: Bool = true) {
    self.webhook = webhook
    self.isWhole = isWhole
  }
}

extension WebhookRow: StoredRow {
  /// `webhook`
  public static let shape = TableShape(Self.self, "webhook", noun: "webhook")

  /// Its identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Webhook.ID>?
  ) throws(StoreFailure) -> Owned<Webhook.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Webhook.ID>
  ) throws(StoreFailure) -> Self {
    let old = row?.webhook
    let version = try walk.count("version", .plain, old?.version)
    let settings = try walk.column("settings", .plain, old.map { WebhookColumn($0.stored) })
    let end = try walk.optional("disabled_because", .plain, old?.end)
    let createdAt = try walk.column("created_at", .fixed, old?.createdAt)
    let updatedAt = try walk.column("updated_at", .plain, old?.updatedAt)
    let webhook = Webhook(
      id: key.value, version: version, terms: settings.stored.terms, secrets: settings.stored.secrets,
      startsAfter: settings.stored.startsAfter, end: end, createdAt: createdAt, updatedAt: updatedAt)
    return Self(webhook, isWhole: settings.isWhole)
  }

  /// Taken away.
  public var isVoid: Bool { isRemoved }

  /// What people call it.
  public static func label(of key: Owned<Webhook.ID>) -> String { key.value.description }

  /// Only what is sent to it needs it.
  public static var isDispensable: Bool { true }
}

extension WebhookEnd: NamedChoice {}

extension Webhook {
  /// Its terms with what is signed with.
  public var stored: StoredWebhook {
    StoredWebhook(terms: terms, startsAfter: startsAfter, secrets: secrets)
  }
}

/// An endpoint in the wire's canonical JSON.
struct WebhookColumn: TextValue {
  let stored: StoredWebhook
  let isWhole: Bool

  init(_ stored: StoredWebhook, isWhole: Bool = true) {
    self.stored = stored
    self.isWhole = isWhole
  }

  static func reading(column text: String) -> Self? {
    do throws(StoredFormError) {
      let read = try StoredWebhook.reading(stored: Array(text.utf8))
      return Self(read.stored, isWhole: read.isWhole)
    } catch {
      // The caller says what could not be read.
      return nil
    }
  }

  var columnText: String { String(decoding: stored.json, as: UTF8.self) }

  static var noun: String { "a webhook" }

  static var sample: Self {
    guard let url = WebhookURL("https://shop.example") else { preconditionFailure("that is a URL") }
    return Self(StoredWebhook(terms: WebhookTerms(url: url), startsAfter: 0, secrets: []))
  }
}

extension DueWork.Kind {
  /// Sending events to an endpoint.
  public static let webhook: DueWork.Kind = "webhook"
}

extension DueKey {
  /// All that is to be sent to an endpoint.
  public static func webhook(_ id: Webhook.ID) -> DueKey { DueKey(.webhook, ExactText(id.description)) }

  /// Which endpoint it is about; nil for other work.
  public var webhookID: Webhook.ID? { kind == .webhook ? Webhook.ID(name.text) : nil }
}

extension LoadRequest {
  /// Asks for an endpoint, and for the work that it is.
  mutating func addWebhook(_ id: Webhook.ID, of tenant: Tenant.ID) {
    shelf[WebhookRow.self].insert(Owned(tenant, id))
    dueWork.insert(Owned(tenant, .webhook(id)))
  }
}

extension WorkingSet {
  /// Has events sent to an endpoint as long as it is active.
  mutating func scheduleWebhook(_ id: Webhook.ID, at place: EventPlace) {
    let key = Owned(place.tenant, DueKey.webhook(id))
    guard let row = shelf[WebhookRow.self][Owned(place.tenant, id)], !row.isRemoved,
      row.webhook.terms.isActive
    else { return dueWork.end(key) }
    if let work = dueWork[key], !work.isOver { return }
    dueWork.schedule(key, at: place.at)
  }
}
