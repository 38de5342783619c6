import JSON
import Scrip

/// A webhook's address.
public struct WebhookURLForm: ValueForm {
  /// The only one.
  public init() {}

  /// Reads one.
  public func read(_ value: ValueReader) -> WebhookURL? {
    value.parsed(
      maxLength: WebhookURL.charactersMax,
      as: "an https URL (or http) with a host, in ASCII, without a user and without a fragment"
    ) { WebhookURL($0) }
  }

  /// Writes one.
  public func write(_ url: WebhookURL, to writer: inout JSONWriter) { writer.string(url.text) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("WebhookURL") {
      [
        "type": "string", "format": "uri", "maxLength": .int(Int64(WebhookURL.charactersMax)),
        "pattern": #"^https?://[^\s/?#@\\]+([/?][^\s#\\]*)?$"#,
        "description": "Where events are sent. Addresses within the operator's network are refused.",
      ]
    }
  }
}

extension WebhookTerms: ObjectForm, JSONWritable {
  /// `WebhookTerms`
  public static let formName = "WebhookTerms"
  /// In JSON.
  public static let formExamples = [
    #"{"url": "https://shop.example/hooks", "types": ["CouponRedeemed", "CouponReleased"]}"#
  ]
  /// How many types may be listed.
  public static let typesMax = 200

  /// `WebhookTermsInput` is a part of what makes one, `WebhookPatch` what an edit sends.
  public static func schemaName(_ direction: FormDirection) -> String {
    switch direction {
    case .output: formName
    case .input: "WebhookTermsInput"
    case .edit: "WebhookPatch"
    }
  }

  /// All that an edit can change.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ terms: WebhookTerms?
  ) -> WebhookTerms? {
    let url = walk.required("url", terms?.url, WebhookURLForm())
    let types = walk.member(
      "types", terms?.types, else: [], .list(.name(Webhook.EventType.self), 0...typesMax),
      "Only events of these types; all of them if it is empty.")
    let isActive = walk.member("active", terms?.isActive, else: true, .flag(), "Whether anything is sent.")
    let description = walk.sparse("description", terms?.description, .text(1...500), "What it is for.")
    guard let url, let types, let isActive, let description else { return nil }
    return WebhookTerms(url: url, types: types, isActive: isActive, description: description)
  }
}

extension WebhookSecret: ObjectForm {
  /// The secret as rows and events have it: sealed.
  public static let formName = "StoredWebhookSecret"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ secret: WebhookSecret?
  ) -> WebhookSecret? {
    let sealed = walk.required("sealed", secret?.sealed, SealedTextForm())
    let createdAt = walk.required("created_at", secret?.createdAt, .instant())
    let expiresAt = walk.sparse("expires_at", secret?.expiresAt, .instant())
    guard let sealed, let createdAt, let expiresAt else { return nil }
    return WebhookSecret(sealed: sealed, createdAt: createdAt, expiresAt: expiresAt)
  }
}

/// A webhook's terms with what is signed with, as rows and events have them.
public struct StoredWebhook: Hashable, Sendable {
  /// What an edit can change.
  public var terms: WebhookTerms
  /// Behind which position of the log it begins.
  public var startsAfter: Int64
  /// What messages are signed with, the newest first.
  public var secrets: [WebhookSecret]

  /// Puts one together.
  public init(terms: WebhookTerms, startsAfter: Int64, secrets: [WebhookSecret]) {
    self.terms = terms
    self.startsAfter = startsAfter
    self.secrets = secrets
  }
}

extension StoredWebhook: ObjectForm, JSONWritable {
  /// `StoredWebhook`
  public static let formName = "StoredWebhook"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ stored: StoredWebhook?
  ) -> StoredWebhook? {
    let terms = WebhookTerms.walk(&walk, stored?.terms)
    let startsAfter = walk.required("starts_after", stored?.startsAfter, .integer(0, to: .max))
    // Members of such a name are shown to nobody.
    let secrets = walk.required("secret_keys", stored?.secrets, .objects(WebhookSecret.self))
    guard let terms, let startsAfter, let secrets else { return nil }
    return StoredWebhook(terms: terms, startsAfter: startsAfter, secrets: secrets)
  }

  /// Reads what is stored, and says whether that is all of it: a newer version may have written members that this one does
  /// not know.
  public static func reading(
    stored bytes: [UInt8]
  ) throws(StoredFormError) -> (stored: StoredWebhook, isWhole: Bool) {
    let read = try readStoredMembers("a webhook", bytes) { StoredWebhook(reading: $0) }
    return (read.value, read.isWhole)
  }
}
