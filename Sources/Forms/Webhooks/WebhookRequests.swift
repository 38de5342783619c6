import JSON
import Scrip

/// An endpoint that is to be made.
public struct NewWebhookRequest: RequestForm, Sendable {
  /// `WebhookInput`
  public static let formName = "WebhookInput"
  /// In JSON.
  public static let formExamples = WebhookTerms.formExamples

  /// What an edit can change later.
  public var terms: WebhookTerms
  /// Behind which position of the log it begins; nil for what happens from now on.
  public var after: Int64?

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let terms = WebhookTerms.walk(&walk, request?.terms)
    let after = walk.optional(
      "after", request?.after, .integer(0, to: .max),
      "Send also what happened behind this position; left out: what happens from now on.")
    guard let terms, let after else { return nil }
    return Self(terms: terms, after: after)
  }
}

/// How a new secret takes over.
public struct WebhookRotationRequest: RequestForm, Sendable {
  /// `WebhookRotation`
  public static let formName = "WebhookRotation"
  /// In JSON.
  public static let formExamples = [#"{"overlap_seconds": 86400}"#]
  /// How long the old secret may go on signing, in seconds.
  public static let overlapRange: ClosedRange<Int64> = 0...604_800

  /// How long the old secret goes on signing, in seconds.
  public var overlapSeconds: Int64

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    walk.member(
      "overlap_seconds", request?.overlapSeconds, else: 86_400, .integer(overlapRange),
      "How long the old secret goes on signing beside the new one."
    ).map { Self(overlapSeconds: $0) }
  }
}

/// What is to be sent once more: some events, or a stretch of the log.
public struct WebhookReplayRequest: RequestForm, Sendable {
  /// `WebhookReplay`
  public static let formName = "WebhookReplay"
  /// In JSON.
  public static let formExamples = [
    #"{"event_ids": ["coupon_01kafz0000e00020g30g2g1g81/7"]}"#,
    #"{"after": 4700, "until": 4800, "types": ["CouponRedeemed"]}"#,
  ]
  /// How many events may be named.
  public static let eventsMax = 100
  /// How many events of the log a stretch may have.
  public static let stretchMax: Int64 = 10_000

  /// The events, as CloudEvents name them; nil for a stretch.
  public var eventIDs: [ExactText<Named.EventID>]?
  /// Behind which position the stretch begins.
  public var after: Int64?
  /// The last position of the stretch.
  public var until: Int64?
  /// Only events of these types; nil for those that the endpoint takes anyway.
  public var types: [Webhook.EventType]?

  /// Asks for events by their names, or for a stretch of the log.
  public init(
    eventIDs: [ExactText<Named.EventID>]? = nil, after: Int64? = nil, until: Int64? = nil,
    types: [Webhook.EventType]? = nil
  ) {
    self.eventIDs = eventIDs
    self.after = after
    self.until = until
    self.types = types
  }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let ids = walk.optional(
      "event_ids", request?.eventIDs, .list(.name(ExactText<Named.EventID>.self), 1...eventsMax),
      "The events, by the id of their CloudEvents.")
    let after = walk.optional(
      "after", request?.after, .integer(0, to: .max), "Behind which position a stretch of the log begins.")
    let until = walk.optional("until", request?.until, .integer(1, to: .max), "Its last position.")
    let types = walk.optional(
      "types", request?.types, .list(.name(Webhook.EventType.self), 1...WebhookTerms.typesMax),
      "Of the stretch only events of these types; left out: of those that the endpoint takes.")
    guard let ids, let after, let until, let types else { return nil }
    return Self(eventIDs: ids, after: after, until: until, types: types)
  }
}
