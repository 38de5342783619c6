import Engine
import JSON
import HTTPServer
import Wire

/// What a route answers, before the headers that all answers have.
struct Reply: Sendable {
  var status: Int
  var contentType: String? = "application/json"
  var headers: [(String, String)] = []
  var body: HTTPResponse.Body
  /// The problem's code, for log and counters.
  var code: ProblemCode?

  /// A JSON answer.
  static func json(_ bytes: [UInt8], status: Int = 200, headers: [(String, String)] = []) -> Reply {
    Reply(status: status, headers: headers, body: .bytes(bytes))
  }

  /// A form as JSON.
  static func json(form: some ObjectForm, headers: [(String, String)] = []) -> Reply {
    .json(JSONWriter.bytes(capacity: 1024) { form.write(to: &$0) }, headers: headers)
  }

  /// What a command answered: 201 for something new, otherwise 200.
  init(_ outcome: CommandOutcome, headers: [(String, String)] = []) {
    self.init(
      status: outcome.answer.kind == .created ? 201 : 200, headers: headers + outcome.replayHeaders,
      body: .bytes(outcome.answer.body))
  }

  init(
    status: Int, contentType: String? = "application/json", headers: [(String, String)] = [],
    body: HTTPResponse.Body, code: ProblemCode? = nil
  ) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
    self.code = code
  }
}

extension CommandOutcome {
  /// Marks an answer that was given before under the same idempotency key.
  var replayHeaders: [(String, String)] { isReplay ? [("Idempotency-Replayed", "true")] : [] }

  /// Where the thing is that the answer shows, whose first member is its `id`.
  func location(under path: String) -> [(String, String)] {
    guard answer.kind == .created else { return [] }
    let identifier = answer.body.dropFirst(#"{"id":""#.utf8.count).prefix { $0 != UInt8(ascii: "\"") }
    return [("Location", path + String(decoding: identifier, as: UTF8.self))]
  }
}
