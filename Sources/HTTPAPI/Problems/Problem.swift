import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

/// Why a request gets no answer: becomes `application/problem+json` (RFC 9457).
struct Problem: Error {
  /// The stable code, which decides the status.
  var code: ProblemCode
  /// What it says besides its code.
  var body: RefusalBody
  /// Headers that belong to the answer.
  var headers: [(String, String)] = []
  /// What only the log may tell.
  var failure: String?

  init(_ code: APIProblemCode, _ detail: String, items: [Refusal.Item] = [], headers: [(String, String)] = [])
  {
    self.init(.api(code), RefusalBody(detail: detail, items: items), headers: headers)
  }

  /// A refusal that the engine did not have to be asked for.
  init(_ code: Refusal.Code, _ detail: String) {
    self.init(.refusal(code), RefusalBody(detail: detail, items: []))
  }

  init(_ code: ProblemCode, _ body: RefusalBody, headers: [(String, String)] = []) {
    self.code = code
    self.body = body
    self.headers = headers
  }

  /// The answer to the client.
  func reply(requestID: String) -> Reply {
    let view = ProblemView(code: code, requestID: requestID, body: body)
    return Reply(
      status: code.status, contentType: "application/problem+json", headers: headers,
      body: .bytes(JSONWriter.bytes(capacity: 1024) { view.write(to: &$0) }), code: code)
  }
}

extension Problem {
  private static let retrySoon = [("Retry-After", "1")]

  init(_ refusal: Refusal, headers: [(String, String)] = []) {
    self.init(
      .refusal(refusal.code), RefusalBody(detail: refusal.detail, items: refusal.items), headers: headers)
  }

  init(_ failure: CommandFailure) {
    switch failure {
    case .overloaded:
      self.init(.overloaded, "Too many commands are waiting.", headers: Problem.retrySoon)
    case .shuttingDown:
      self.init(.shuttingDown, "The service is shutting down.", headers: Problem.retrySoon)
    case .store(let failure): self.init(failure)
    }
  }

  init(_ failure: StoreFailure) {
    switch failure.kind {
    case .unavailable:
      self.init(.storeUnavailable, "The database is not available.", headers: Problem.retrySoon)
    case .full, .schema:
      // Nothing was done, and another try goes well once there is room, or on a node that fits the schema.
      self.init(
        .storeUnavailable, "The database can't do this now: \(failure.kind.sentence)",
        headers: Problem.retrySoon)
    case .corrupt, .refusedByDatabase, .other:
      self.init(.internalError, "Something went wrong on our side; it has been recorded.")
    }
    let statement = failure.statement.map { " in \($0)" } ?? ""
    let code = failure.code.map { " \($0)" } ?? ""
    self.failure = "\(failure.kind)\(code): \(failure.message)\(statement)"
  }

  /// A failure of which a caller who knows no more than its kind is told in words of its own.
  init(_ failure: StoreFailure, _ detail: String) {
    self.init(.storeUnavailable, detail, headers: Problem.retrySoon)
    self.failure = Problem(failure).failure
  }

  init(_ error: JSONSyntaxError) {
    self.init(
      .malformedJSON, "The body is not JSON: \(error).",
      items: [
        Refusal.Item(
          pointer: "", code: APIProblemCode.malformedJSON.rawValue, message: error.message,
          facts: [
            "line": .integer(Int64(error.line)), "column": .integer(Int64(error.column)),
            "byte": .integer(Int64(error.byteOffset)),
          ])
      ])
  }

  init(_ errors: JSONDecodingErrors) { self.init(invalid: errors.errors) }

  /// Everything that is wrong with the members and parameters of a request.
  init(invalid errors: [FieldError]) {
    let detail =
      errors.count == 1 ? "One member of the request is wrong." : "\(errors.count) members are wrong."
    self.init(
      .invalidRequest, detail,
      items: errors.map { Refusal.Item(pointer: $0.pointer, code: $0.code, message: $0.message) })
  }

  init(_ error: ProtocolError) {
    let code = error.code
    self.init(
      code, "\(ProblemCode.api(code).title).",
      headers: error.status == 503 ? Problem.retrySoon : [])
  }
}

extension StoreFailure.Kind {
  /// What anybody may know of a failure.
  var sentence: String {
    switch self {
    case .full: "its disk is full."
    case .unavailable: "it is busy or away."
    case .schema: "its schema is not the program's."
    case .corrupt: "it is damaged."
    case .refusedByDatabase, .other: "see the log."
    }
  }
}
