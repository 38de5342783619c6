import Ledger
import Promotions
import Scrip

/// The stable codes of what the API refuses by itself; see ``ProblemCode`` for all.
public enum APIProblemCode: String, CaseIterable, Sendable {
  /// The body is not one JSON text.
  case malformedJSON = "malformed_json"
  /// The request breaks HTTP.
  case malformedRequest = "malformed_request"
  /// A header has a value that means nothing here.
  case invalidHeader = "invalid_header"
  /// No key, an unknown key, or a revoked one.
  case unauthenticated
  /// The key's role may not do this.
  case forbidden
  /// No such path.
  case routeNotFound = "route_not_found"
  /// The coupon has no such version.
  case versionNotFound = "version_not_found"
  /// Nobody is known by the name.
  case personNotFound = "person_not_found"
  /// A message is not signed with a secret of the tenant's.
  case signatureRefused = "signature_refused"
  /// The payment provider can't be reached, or does not take the key.
  case providerUnavailable = "provider_unavailable"
  /// A secret can't be sealed or opened.
  case sealingFailed = "sealing_failed"
  /// What is stored keeps a mail from being written.
  case mailNotWritten = "mail_not_written"
  /// The mail server did not take a mail.
  case mailNotTaken = "mail_not_taken"
  /// The webhook is just being tried, or as many others of the tenant's as may be.
  case webhookTestUnderWay = "webhook_test_under_way"
  /// Nothing is remembered of such a message to the webhook.
  case deliveryNotFound = "delivery_not_found"
  /// The path exists, but not with this method.
  case methodNotAllowed = "method_not_allowed"
  /// The request did not arrive within its time.
  case requestTimeout = "request_timeout"
  /// The body is too large.
  case contentTooLarge = "content_too_large"
  /// The body is not declared as JSON.
  case unsupportedMediaType = "unsupported_media_type"
  /// `Expect` asks for what this server does not do.
  case expectationFailed = "expectation_failed"
  /// Members of the body or query parameters are missing, unknown or wrong.
  case invalidRequest = "invalid_request"
  /// Request line and headers are too large.
  case headerTooLarge = "header_too_large"
  /// The service broke.
  case internalError = "internal_error"
  /// The method or transfer encoding is not known to this server.
  case notImplemented = "not_implemented"
  /// Too much is waiting.
  case overloaded
  /// The service is going away.
  case shuttingDown = "shutting_down"
  /// The database is busy or away.
  case storeUnavailable = "store_unavailable"
  /// Too many connections are open.
  case tooManyConnections = "too_many_connections"
  /// Neither HTTP/1.0 nor HTTP/1.1.
  case httpVersionNotSupported = "http_version_not_supported"
}

/// Everything that a problem's `code` can be.
public enum ProblemCode: Hashable, Sendable, CaseIterable {
  /// The engine's answer is no.
  case refusal(Refusal.Code)
  /// The API did not let the request through, or something broke.
  case api(APIProblemCode)

  /// Every code, the API's own first.
  public static var allCases: [ProblemCode] {
    APIProblemCode.allCases.map(ProblemCode.api) + Refusal.Code.allCases.map(ProblemCode.refusal)
  }

  /// The code as callers see it, such as `usage_limit_reached`.
  public var rawValue: String {
    switch self {
    case .refusal(let code): code.rawValue
    case .api(let code): code.rawValue
    }
  }

  /// The URI that names the kind of problem.
  public var type: String {
    "https://scrip.example/problems/" + String(rawValue.map { $0 == "_" ? "-" : $0 })
  }

  /// The code in words: the same for every problem of the kind.
  public var title: String {
    let words = String(rawValue.map { $0 == "_" ? " " : $0 })
    return (words.prefix(1).uppercased() + words.dropFirst())
      .replacing("json", with: "JSON").replacing("Http", with: "HTTP")
  }
}
