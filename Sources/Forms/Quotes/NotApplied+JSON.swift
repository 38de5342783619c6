import JSON
import Scrip

/// Why a code did not apply, as a caller is told.
public enum ShownReason: Hashable, Sendable {
  /// The exact reason.
  case exact(RefusalReason)
  /// One answer for every code that is unknown, not in use or used up.
  case codeInvalid
  /// Too many codes were tried.
  case tooManyAttempts

  /// The word for it.
  public var text: String {
    switch self {
    case .exact(let reason): reason.rawValue
    case .codeInvalid: "code_invalid"
    case .tooManyAttempts: "too_many_attempts"
    }
  }

  init?(text: String) {
    switch text {
    case "code_invalid": self = .codeInvalid
    case "too_many_attempts": self = .tooManyAttempts
    default:
      guard let reason = RefusalReason(rawValue: text) else { return nil }
      self = .exact(reason)
    }
  }
}

/// One entry of a quote's `not_applied`.
public struct NotApplied: Hashable, Sendable {
  /// What was typed, its first 80 characters.
  @Exact public var code: String
  /// Its place among the codes; nil in quotes that were written without one.
  public var index: Int64?
  /// Why.
  public var reason: ShownReason
  /// The code of the Universal Commerce Protocol.
  @Exact public var ucpCode: String
  /// One sentence for people.
  @Exact public var message: String
  /// What explains the reason.
  public var facts: Details

  /// Tells as much of a refused code as a caller may know.
  ///
  /// - Parameter isHidden: whether a stranger learns nothing of the code.
  init(_ refused: RefusedCode, disclosing disclosure: Disclosure, isHidden: Bool) {
    let ours = "discount_code_invalid"
    switch disclosure {
    case .throttled(let seconds):
      self.init(
        refused, .tooManyAttempts, ours,
        "Too many codes that do not work were tried; wait before trying again.",
        ["retry_after_seconds": .integer(seconds)])
    case .blurred where isHidden:
      self.init(refused, .codeInvalid, ours, "This code is not valid for this order.", [:])
    case .blurred, .exact:
      self.init(refused, .exact(refused.reason), refused.reason.ucpCode, refused.message, refused.facts)
    }
  }

  private init(
    _ refused: RefusedCode, _ reason: ShownReason, _ ucpCode: String, _ message: String, _ facts: Details
  ) {
    self.init(
      code: refused.code, index: Int64(refused.index), reason: reason, ucpCode: ucpCode, message: message,
      facts: facts)
  }

  fileprivate init(
    code: String, index: Int64?, reason: ShownReason, ucpCode: String, message: String, facts: Details
  ) {
    self.code = code
    self.index = index
    self.reason = reason
    self.ucpCode = ucpCode
    self.message = message
    self.facts = facts
  }

  /// What pricing said, if it is told exactly.
  func refused(at place: Int) -> RefusedCode? {
    guard case .exact(let exact) = reason else { return nil }
    return RefusedCode(code: code, index: index.map { Int($0) } ?? place, reason: exact, facts: facts)
  }
}

extension NotApplied: ObjectForm {
  /// `NotApplied`
  public static let formName = "NotApplied"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ refused: NotApplied?)
    -> NotApplied?
  {
    let code = walk.required("code", refused?.code, .text(), "What was typed, its first 80 characters.")
    let index = walk.sparse(
      "index", refused?.index, .integer(0, to: Int64(Int32.max)), "Its place in the request's codes.")
    let reason = walk.required("reason", refused?.reason, ShownReasonForm())
    let ucpCode = walk.required("ucp_code", refused?.ucpCode, .text())
    let message = walk.required("message", refused?.message, .text())
    let facts = walk.required("facts", refused?.facts, FactsForm())
    guard let code, let index, let reason, let ucpCode, let message, let facts else { return nil }
    return NotApplied(
      code: code, index: index, reason: reason, ucpCode: ucpCode, message: message, facts: facts)
  }
}

extension RefusedCode {
  /// The refusal as a caller is told it.
  public func shown(disclosing disclosure: Disclosure) -> NotApplied {
    NotApplied(self, disclosing: disclosure, isHidden: isHidden(among: []))
  }
}

private struct ShownReasonForm: ValueForm {
  func read(_ value: ValueReader) -> ShownReason? {
    value.parsed(maxLength: .max, as: "a reason that this version knows") { ShownReason(text: $0) }
  }

  func write(_ reason: ShownReason, to writer: inout JSONWriter) { writer.string(reason.text) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("NotAppliedReason") {
      let reasons = RefusalReason.allCases.map(ShownReason.exact) + [.codeInvalid, .tooManyAttempts]
      return [
        "type": "string", "enum": .list(reasons.map(\.text).sorted().map(JSONTree.text)),
        "description":
          "Why a code did not apply; publishable keys see code_invalid for whatever would tell about the code, and too_many_attempts once they tried too many.",
      ]
    }
  }
}

/// What explains a reason: an object, sorted by name.
public struct FactsForm: ValueForm {
  private let readsInstants: Bool

  /// Makes a form.
  ///
  /// - Parameter readsInstants: whether texts that are instants are read as such; otherwise they stay texts.
  public init(readsInstants: Bool = true) { self.readsInstants = readsInstants }

  /// Reads one. What only a newer version can have written is passed over in what is stored.
  public func read(_ value: ValueReader) -> Details? {
    let facts = value.map(max: .max, maxKeyLength: .max) { _, fact -> Detail?? in
      if fact.ignoresUnknownMembers, ![.array, .string, .integer, .number].contains(fact.kind) {
        return .some(nil)
      }
      return Detail(reading: fact, readsInstants).map { .some($0) }
    }
    return facts.map { facts in
      Dictionary(
        facts.compactMap { name, fact in fact.map { (name, $0) } }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// Writes one.
  public func write(_ facts: Details, to writer: inout JSONWriter) {
    writer.beginObject()
    for (name, fact) in facts.sorted(by: { $0.key < $1.key }) {
      writer.key(named: name)
      fact.write(to: &writer)
    }
    writer.endObject()
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("Facts") {
      [
        "type": "object", "description": "What explains a reason, by name.",
        "additionalProperties": [
          "anyOf": [
            ["type": "integer"], ["type": "string"], ["type": "array", "items": ["type": "string"]],
          ]
        ],
      ]
    }
  }
}

extension Detail {
  /// An integer, a string, an RFC 3339 instant or a list of strings.
  fileprivate func write(to writer: inout JSONWriter) {
    switch self {
    case .integer(let value): writer.int(value)
    case .text(let text): writer.string(text)
    case .instant(let moment): writer.string(moment.description)
    case .list(let words): writer.array { writer in for word in words { writer.string(word) } }
    }
  }

  fileprivate init?(reading value: ValueReader, _ readsInstants: Bool) {
    switch value.kind {
    case .array:
      guard let words = value.array(max: Int.max, { $0.string(maxLength: Int.max) }) else { return nil }
      self = .list(words)
    case .string:
      guard let text = value.string(maxLength: Int.max) else { return nil }
      self = readsInstants ? Instant(rfc3339: text).map(Detail.instant) ?? .text(text) : .text(text)
    default:
      guard let number = value.int64() else { return nil }
      self = .integer(number)
    }
  }
}
