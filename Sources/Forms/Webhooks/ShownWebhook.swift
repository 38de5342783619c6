import JSON
import Scrip

/// A webhook's endpoint as the API shows it: without its secrets, but for a new one.
public struct ShownWebhook: Hashable, Sendable {
  /// When a secret was made, and until when it signs.
  public struct Secret: Hashable, Sendable {
    let createdAt: Instant
    let expiresAt: Instant?
  }

  /// Its identifier.
  public let id: Webhook.ID
  /// Counts its changes from 1 on.
  public let version: Int64
  /// What an edit can change.
  public let terms: WebhookTerms
  let secrets: [Secret]
  /// Why nothing is sent any more; nil if nobody but its owner has said so.
  public let end: WebhookEnd?
  let createdAt: Instant
  let updatedAt: Instant
  /// The secret that was just made. Whoever makes the answer puts it in, and nobody keeps it.
  @Exact public var newSecret: String?

  /// Shows an endpoint.
  public init(_ webhook: Webhook) {
    self.init(
      id: webhook.id, version: webhook.version, terms: webhook.terms,
      secrets: webhook.secrets.map { Secret(createdAt: $0.createdAt, expiresAt: $0.expiresAt) },
      end: webhook.end, createdAt: webhook.createdAt, updatedAt: webhook.updatedAt, newSecret: nil)
  }

  private init(
    id: Webhook.ID, version: Int64, terms: WebhookTerms, secrets: [Secret], end: WebhookEnd?,
    createdAt: Instant, updatedAt: Instant, newSecret: String?
  ) {
    self.id = id
    self.version = version
    self.terms = terms
    self.secrets = secrets
    self.end = end
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.newSecret = newSecret
  }
}

extension ShownWebhook: ObjectForm, JSONWritable {
  /// `Webhook`
  public static let formName = "Webhook"
  /// For the API's description.
  public static let formNote: StaticString? =
    "An endpoint to which events are sent. A secret is shown once, when it is made."

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ shown: Self?) -> Self? {
    let id = walk.required("id", shown?.id, .id(Webhook.ID.self))
    let version = walk.required("version", shown?.version, .integer(1, to: .max))
    let terms = WebhookTerms.walk(&walk, shown?.terms)
    let end = walk.optional(
      "disabled_because", shown?.end, .choice(named: "WebhookEnd"),
      "Why nothing is sent any more: the endpoint answered 410, or took nothing for days.")
    let secrets = walk.required(
      "secrets", shown?.secrets, .objects(Secret.self), "All that sign, the newest first.")
    let newSecret = walk.sparse(
      "secret", shown?.newSecret, .text(),
      "The newest of them, which messages are verified with. Shown this once.")
    let createdAt = walk.required("created_at", shown?.createdAt, .instant())
    let updatedAt = walk.required("updated_at", shown?.updatedAt, .instant())
    guard let id, let version, let terms, let end, let secrets, let newSecret, let createdAt, let updatedAt
    else { return nil }
    return Self(
      id: id, version: version, terms: terms, secrets: secrets, end: end, createdAt: createdAt,
      updatedAt: updatedAt, newSecret: newSecret)
  }
}

extension ShownWebhook.Secret: ObjectForm {
  /// `WebhookSecret`
  public static let formName = "WebhookSecret"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ secret: Self?) -> Self? {
    let createdAt = walk.required("created_at", secret?.createdAt, .instant())
    let expiresAt = walk.optional(
      "expires_at", secret?.expiresAt, .instant(), "From when on nothing is signed with it.")
    guard let createdAt, let expiresAt else { return nil }
    return Self(createdAt: createdAt, expiresAt: expiresAt)
  }
}
