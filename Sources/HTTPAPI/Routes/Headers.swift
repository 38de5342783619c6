import Forms
import HTTPServer
import Ledger
import Promotions
import Scrip

/// A header of requests: its name, how its text is read and described, and what is answered if it is none.
struct RequestHeader<Value>: DescribedParameter {
  let name: String
  let note: String?
  fileprivate let parse: @Sendable (String) -> Value?
  private let described: JSONTree
  fileprivate let problem: @Sendable () -> Problem

  fileprivate init(
    _ name: String, _ described: JSONTree, note: String, _ parse: @escaping @Sendable (String) -> Value?,
    else problem: @autoclosure @escaping @Sendable () -> Problem
  ) {
    self.name = name
    self.note = note
    self.described = described
    self.parse = parse
    self.problem = problem
  }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { described }
}

/// All headers of requests that routes look at.
enum RequestHeaders {
  private static let keyLengths = 1...255

  static let idempotencyKey = RequestHeader<IdempotencyKey.Name>(
    "Idempotency-Key",
    textSchema(keyLengths).with(
      "pattern", .text("^[!-~]{\(keyLengths.lowerBound),\(keyLengths.upperBound)}$")),
    note: "A retry with the same key and body gets the same answer, marked Idempotency-Replayed.",
    { text in
      let isVisible = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
      return keyLengths.contains(text.utf8.count) && isVisible ? IdempotencyKey.Name(text) : nil
    },
    else: Problem(
      .invalidHeader,
      "Idempotency-Key must have \(keyLengths.lowerBound) to \(keyLengths.upperBound) visible ASCII characters."
    ))

  static let lastEventID = RequestHeader<Int64>(
    "Last-Event-ID", textSchema(0...19).with("pattern", "^[0-9]+$"),
    note: "The id of the last event that was seen: those behind it follow.",
    { text in Int64(text).flatMap { $0 >= 0 && String($0) == text ? $0 : nil } },
    else: Problem(.invalidHeader, "Last-Event-ID must be the id of an event of this stream."))

  static let ifMatch = RequestHeader<EntityTag>(
    "If-Match", textSchema(0...Int.max).with("examples", ["\"v3\""]),
    note: "The ETag that the caller has seen; another version is refused with 412.", { EntityTag($0) },
    else: Problem(.invalidHeader, "If-Match must name one entity tag, such as \"v3\"."))
}

/// What `If-Match` names.
enum EntityTag: Sendable {
  /// Whatever there is.
  case any
  /// A version of a coupon, or of something else that has versions.
  case coupon(version: Int64)
  /// A state of a tenant's settings, without what marks the tag as theirs.
  case settings(String)
  /// Nothing that this service answers.
  case other

  /// Reads one; nil for none or several.
  fileprivate init?(_ text: String) {
    if text == "*" {
      self = .any
    } else if text.isEmpty || text.contains(",") {
      return nil
    } else if text.hasPrefix("\"v"), text.hasSuffix("\""), let version = Int64(text.dropFirst(2).dropLast()) {
      self = .coupon(version: version)
    } else if text.hasPrefix("\"s"), text.hasSuffix("\"") {
      self = .settings(String(text.dropFirst(2).dropLast()))
    } else {
      self = .other
    }
  }
}

extension Exchange {
  /// A header of the request; nil if it is absent.
  func header<Value>(_ header: RequestHeader<Value>) throws(Problem) -> Value? {
    guard let text = request.header(header.name) else { return nil }
    if let value = header.parse(text) { return value }
    throw header.problem()
  }

  /// The version that the caller has seen; nil if it does not care.
  func expectedVersion() throws(Problem) -> Int64? {
    switch try header(RequestHeaders.ifMatch) {
    case nil, .any: return nil
    case .coupon(let version): return version
    case .settings, .other:
      throw Problem(.versionConflict, "The entity tag in If-Match is not one of a version.")
    }
  }

  /// The tag of the settings that the caller has seen, without what marks it as theirs; nil if it does not care.
  func expectedSettings() throws(Problem) -> String? {
    switch try header(RequestHeaders.ifMatch) {
    case nil, .any: return nil
    case .settings(let tag): return tag
    case .coupon, .other:
      throw Problem(.versionConflict, "The entity tag in If-Match is not one of settings.")
    }
  }
}

/// A header of answers, as the OpenAPI document describes it.
struct ResponseHeader: Sendable {
  let name: String
  let isAlwaysThere: Bool
  let schema: JSONTree
  let note: String?

  private init(_ name: String, isAlwaysThere: Bool = true, _ schema: JSONTree, _ note: String? = nil) {
    self.name = name
    self.isAlwaysThere = isAlwaysThere
    self.schema = schema
    self.note = note
  }

  private static let text = textSchema(0...Int.max)

  /// Every header that some answer has.
  static let all: [ResponseHeader] = [
    ResponseHeader("X-Request-Id", text, "The caller's X-Request-Id, or a fresh one."),
    ResponseHeader(
      "ETag", text.with("pattern", "^\"[a-z0-9]+\"$"),
      "The version of what is shown; of settings a text that changes with them."),
    ResponseHeader("Location", text, "Where the new thing is."),
    ResponseHeader("Cache-Control", ["const": "no-store"]),
    ResponseHeader(
      "Idempotency-Replayed", isAlwaysThere: false, ["const": "true"],
      "There if the answer was given before, under the same Idempotency-Key."),
    ResponseHeader("WWW-Authenticate", text),
    ResponseHeader("Allow", text),
    ResponseHeader("Retry-After", text.with("pattern", "^[0-9]+$"), "Seconds to wait."),
  ]
}
