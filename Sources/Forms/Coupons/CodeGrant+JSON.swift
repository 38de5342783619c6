import JSON
import Scrip

extension CodeGrant: ObjectForm, JSONWritable {
  /// A code as events and their readers have it.
  public static let formName = "CodeGrant"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ grant: CodeGrant?) -> CodeGrant? {
    let code = walk.required("code", grant?.code, .code())
    let display = walk.required("display", grant?.display, .text())
    let owner = walk.optional("owner", grant?.owner, .visibleName(UserID.self))
    let limit = walk.optional("limit", grant?.limit, .uses())
    let isGenerated = walk.required("generated", grant?.isGenerated, .flag())
    guard let code, let display, let owner, let limit, let isGenerated else { return nil }
    return CodeGrant(code: code, display: display, owner: owner, limit: limit, isGenerated: isGenerated)
  }

  /// Reads a code that a caller adds to a coupon: a string, or an object with `code` and optional `owner` and `limit`.
  /// What was typed is the spelling to show.
  ///
  /// - Returns: nil after at least one error was recorded.
  public init?(input value: ValueReader) {
    guard let grant = CodeInputForm().read(value) else { return nil }
    self = grant
  }
}

extension PersonalCoupon.Code: ObjectForm {
  /// A code with the number of its live usages.
  public static let formName = "Code"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(
    _ walk: inout Walk, _ code: PersonalCoupon.Code?
  ) -> PersonalCoupon.Code? {
    let grant = CodeGrant.walk(&walk, code?.grant)
    let used = walk.required("used", code?.used, .integer(0, to: .max))
    guard let grant, let used else { return nil }
    return PersonalCoupon.Code(grant: grant, used: used)
  }
}

extension CodeGrant {
  /// Writes the grant with the number of its live usages as the next value.
  public func write(to writer: inout JSONWriter, used: Int64) {
    PersonalCoupon.Code(grant: self, used: used).write(to: &writer)
  }
}

/// A code in its canonical form.
struct CodeForm: ValueForm {
  func read(_ value: ValueReader) -> CouponCode? { value.couponCode() }

  func write(_ code: CouponCode, to writer: inout JSONWriter) { writer.string(code.canonical) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "string"] }
}

extension ValueForm where Self == CodeForm {
  static func code() -> Self { CodeForm() }
}

/// A code that a caller adds: a string, or an object with an owner and a limit of its own.
public struct CodeInputForm: ValueForm {
  /// The only one.
  public init() {}

  /// Reads one.
  public func read(_ value: ValueReader) -> CodeGrant? {
    switch value.kind {
    case .object: return OwnedCode(reading: value)?.grant
    case .string: break
    default:
      value.refuse(.wrongType, "must be a string or an object")
      return nil
    }
    return TypedCodeForm().read(value).map { CodeGrant(code: $0.code, display: $0.display) }
  }

  /// Writes one.
  public func write(_ grant: CodeGrant, to writer: inout JSONWriter) {
    OwnedCode(
      typed: SpelledCode(code: grant.code, display: grant.display), owner: grant.owner, limit: grant.limit
    )
    .write(to: &writer)
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let text = TypedCodeForm().schema(&walk)
    let object = NestedForm<OwnedCode>().schema(&walk)
    return walk.reference("CodeInput") {
      [
        "description": "A code of at most 64 characters, not counting blanks and what else is dropped.",
        "oneOf": [text, object],
      ]
    }
  }
}

/// A code and the spelling in which it came.
struct SpelledCode {
  var code: CouponCode
  var display: String
}

struct TypedCodeForm: ValueForm {
  func read(_ value: ValueReader) -> SpelledCode? {
    guard let text = value.typedText() else { return nil }
    if let code = CouponCode(text) { return SpelledCode(code: code, display: CouponCode.shown(text)) }
    value.refuse(RefusalReason.codeMalformed.rawValue, "must be \(CouponCode.expectation)")
    return nil
  }

  func write(_ code: SpelledCode, to writer: inout JSONWriter) { writer.string(code.display) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(1...CouponCode.typedCharactersMax) }
}

private struct OwnedCode: ObjectForm {
  static let formName = "OwnedCode"

  var typed: SpelledCode
  var owner: UserID?
  var limit: Int64?

  var grant: CodeGrant { CodeGrant(code: typed.code, display: typed.display, owner: owner, limit: limit) }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ code: OwnedCode?) -> OwnedCode? {
    let typed = walk.required("code", code?.typed, TypedCodeForm())
    let owner = walk.optional("owner", code?.owner, .visibleName(UserID.self))
    let limit = walk.optional("limit", code?.limit, .uses())
    guard let typed, let owner, let limit else { return nil }
    return OwnedCode(typed: typed, owner: owner, limit: limit)
  }
}
