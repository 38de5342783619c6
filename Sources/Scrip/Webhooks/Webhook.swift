/// Marks endpoints of webhooks.
public enum WebhookSubject: Identified {
  /// `webhook`
  public static var prefix: String { "webhook" }
}

/// An endpoint of somebody else's to which a tenant's events are sent as they happen.
public struct Webhook: Hashable, Sendable {
  /// `webhook_…`
  public typealias ID = Identifier<WebhookSubject>
  /// The name of a type of events, such as `CouponRedeemed`.
  public typealias EventType = ExactText<Named.EventType>

  /// How many a tenant may have.
  public static let countMax = 50

  /// Its identifier.
  public let id: ID
  /// Counts its changes from 1 on.
  public var version: Int64
  /// What an edit can change.
  public var terms: WebhookTerms
  /// What messages are signed with, the newest first.
  public var secrets: [WebhookSecret]
  /// Behind which position of the log it begins.
  public let startsAfter: Int64
  /// Why nothing is sent any more; nil if nobody but its owner has said so.
  public var end: WebhookEnd?
  /// When it was made.
  public let createdAt: Instant
  /// When it was last changed.
  public var updatedAt: Instant

  /// Makes an endpoint.
  public init(
    id: ID, version: Int64, terms: WebhookTerms, secrets: [WebhookSecret], startsAfter: Int64,
    end: WebhookEnd? = nil, createdAt: Instant, updatedAt: Instant
  ) {
    self.id = id
    self.version = version
    self.terms = terms
    self.secrets = secrets
    self.startsAfter = startsAfter
    self.end = end
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  /// Whether events of a type are sent to it.
  public func takes(_ type: EventType) -> Bool { terms.types.isEmpty || terms.types.contains(type) }

  /// What is signed with at a moment, the newest first.
  public func activeSecrets(at now: Instant) -> [WebhookSecret] {
    secrets.filter { secret in secret.expiresAt.map { now < $0 } ?? true }
  }
}

/// All that an edit of an endpoint can change.
public struct WebhookTerms: Hashable, Sendable {
  /// Where events are sent.
  public var url: WebhookURL
  /// The types of events that are sent; all of them if it is empty.
  public var types: [Webhook.EventType]
  /// Whether anything is sent.
  public var isActive: Bool
  /// What it is for, 1 to 500 characters; nil if nobody says.
  @Exact public var description: String?

  /// Makes terms.
  public init(
    url: WebhookURL, types: [Webhook.EventType] = [], isActive: Bool = true, description: String? = nil
  ) {
    self.url = url
    self.types = types
    self.isActive = isActive
    self.description = description
  }
}

/// What messages are signed with.
public struct WebhookSecret: Hashable, Sendable {
  /// How many sign at a time.
  public static let activeMax = 2

  /// The secret, sealed.
  public let sealed: SealedText
  /// When it was made.
  public let createdAt: Instant
  /// From when on nothing is signed with it; nil for the newest one.
  public var expiresAt: Instant?

  /// Makes a secret.
  public init(sealed: SealedText, createdAt: Instant, expiresAt: Instant? = nil) {
    self.sealed = sealed
    self.createdAt = createdAt
    self.expiresAt = expiresAt
  }
}

/// Why an endpoint gets nothing any more although its owner wanted it.
public enum WebhookEnd: String, CaseIterable, Hashable, Sendable {
  /// It has answered 410: it will never take anything again.
  case gone
  /// Nothing was taken for days.
  case failing
}
