import Digest
import Outgoing
import Promotions
import Scrip

/// A message as it travels.
public struct WebhookMessage: Sendable {
  /// Where it goes.
  public let url: WebhookURL
  /// What it is called: the same in every try.
  public let id: String  // String: sent as it is
  /// When it is sent, in seconds since 1970.
  public let seconds: Int64
  /// The codes that prove who sends it.
  public let signature: String  // String: sent as it is
  /// The event.
  public let body: [UInt8]
}

/// What an endpoint answered, or why it did not.
public struct WebhookAnswer: Sendable, Hashable {
  /// The answer's status; nil if there was none.
  public var status: Int?
  /// Why the message was not taken; nil if it was.
  public var failure: WebhookDelivery.Failure?
  /// The beginning of the answer's body.
  @Exact public var response: String?
  /// The pause that the endpoint asks for, in seconds.
  public var retryAfter: Int64?

  /// Describes an answer.
  public init(
    status: Int? = nil, failure: WebhookDelivery.Failure? = nil, response: String? = nil,
    retryAfter: Int64? = nil
  ) {
    self.status = status
    self.failure = failure
    self.response = response
    self.retryAfter = retryAfter
  }

  /// Whether the endpoint will never take anything again.
  var isGone: Bool { status == 410 }
}

/// Who brings messages to endpoints.
public protocol WebhookSender: Sendable {
  /// Sends a message and waits for the answer.
  func send(_ message: WebhookMessage) async -> WebhookAnswer
}

/// Brings messages to endpoints over HTTP, to addresses that may be called.
public struct HTTPWebhookSender: WebhookSender {
  /// How long an endpoint may take to answer, in seconds.
  public static let secondsMax: Int64 = 15
  /// How much of an answer is read, head and body together.
  static let answerBytesMax = 16_384
  /// How much of an answer's body is kept.
  static let responseBytesMax = 1024

  private let caller: ConcurrentHTTPCaller

  /// Sends.
  ///
  /// - Parameters:
  ///   - addresses: which may be called.
  ///   - version: what the service says that it is.
  public init(addresses: AddressRule, version: String) {
    var settings = OutgoingSettings(
      connectTimeout: .seconds(5), totalTimeout: .seconds(Self.secondsMax),
      answerBytesMax: Self.answerBytesMax,
      idleConnectionsMax: 64, userAgent: "Scrip/\(version)")
    settings.addresses = addresses
    settings.cutsLongBodies = true
    caller = ConcurrentHTTPCaller(settings)
  }

  /// Sends a message and waits for the answer.
  public func send(_ message: WebhookMessage) async -> WebhookAnswer {
    let call = HTTPCall(
      .post, message.url.text,
      headers: [
        ("webhook-id", message.id), ("webhook-timestamp", String(message.seconds)),
        ("webhook-signature", message.signature),
      ],
      body: HTTPCall.Body(contentType: "application/cloudevents+json; charset=utf-8", bytes: message.body),
      isRepeatable: true)
    do throws(OutgoingFailure) {
      return WebhookAnswer(try await caller.send(call))
    } catch {
      return WebhookAnswer(failure: WebhookDelivery.Failure(error.cause))
    }
  }
}

extension WebhookAnswer {
  init(_ answer: HTTPAnswer) {
    self.init(status: answer.status)
    switch answer.status {
    case 200..<300: failure = nil
    case 300..<400: failure = .redirected
    default: failure = .refused
    }
    response = WebhookAnswer.shown(answer.body)
    retryAfter = WebhookSchedule.retryAfter(answer.status, answer.header("Retry-After"))
  }

  /// The beginning of a body as it is kept; nil for an empty one. What is no UTF-8 needs more bytes than it had, and is kept
  /// in no more either.
  static func shown(_ body: [UInt8]) -> String? {
    let text = String(decoding: body.prefix(HTTPWebhookSender.responseBytesMax), as: UTF8.self)
    var shown = String.UnicodeScalarView()
    var left = HTTPWebhookSender.responseBytesMax
    for scalar in text.unicodeScalars {
      // A database takes no text with a zero in it, and nobody wants to see one.
      let scalar: Unicode.Scalar = scalar.value == 0 ? "\u{FFFD}" : scalar
      left -= UTF8.width(scalar)
      if left < 0 { break }
      shown.append(scalar)
    }
    return shown.isEmpty ? nil : String(shown)
  }
}

extension WebhookDelivery.Failure {
  init(_ cause: OutgoingFailure.Cause) {
    switch cause {
    case .invalid, .unreachable: self = .unreachable
    case .refusedTLS: self = .certificateRefused
    case .timedOut: self = .timedOut
    case .cut: self = .cut
    case .tooLarge, .unreadable: self = .unreadable
    case .addressRefused: self = .addressRefused
    }
  }
}
