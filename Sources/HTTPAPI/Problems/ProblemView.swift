import Forms
import JSON
import Ledger
import Promotions
import Scrip

/// A problem as a client reads it (RFC 9457).
struct ProblemView: ObjectForm {
  static let formName = "Problem"
  static let formNote: StaticString? = "Why a request was not granted (RFC 9457)."

  var code: ProblemCode
  var requestID: String  // String: shown, never looked up
  var body: RefusalBody

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ problem: Self?) -> Self? {
    let code = problem?.code
    _ = walk.required("type", code?.type, .text())
    _ = walk.required("title", code?.title, .text())
    _ = walk.required("status", code.map { Int64($0.status) }, .integer(400, to: 599))
    let read = walk.required("code", code, ProblemCodeForm())
    let requestID = walk.required("request_id", problem?.requestID, .text())
    _ = walk.required(
      "retryable", code?.isRetryable, .flag(),
      "Whether the same request may succeed if it is sent again a little later.")
    let body = RefusalBody.walk(&walk, problem?.body)
    guard let read, let requestID, let body else { return nil }
    return Self(code: read, requestID: requestID, body: body)
  }
}

private struct ProblemCodeForm: ValueForm {
  func read(_ value: ValueReader) -> ProblemCode? {
    value.parsed(maxLength: .max, as: "a problem's code") { text in
      ProblemCode.allCases.first { $0.rawValue.hasSameBytes(as: text) }
    }
  }

  func write(_ code: ProblemCode, to writer: inout JSONWriter) { writer.string(code.rawValue) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("ProblemCode") {
      [
        "type": "string",
        "enum": .list(ProblemCode.allCases.map(\.rawValue).sorted().map(JSONTree.text)),
        "description": "Why a request was not granted.",
      ]
    }
  }
}
