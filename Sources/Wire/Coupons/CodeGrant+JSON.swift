import JSON
import Scrip

extension CodeGrant: JSONWritable {
  /// `{"code":"SAVE-20","display":"Save-20","owner":null,"limit":1,"generated":false}`.
  public func write(to writer: inout JSONWriter) { writer.object { writeMembers(to: &$0) } }

  /// Writes the grant with the number of its live usages as the next value.
  public func write(to writer: inout JSONWriter, used: Int64) {
    writer.object { writer in
      writeMembers(to: &writer)
      writer.member("used", used)
    }
  }

  private func writeMembers(to writer: inout JSONWriter) {
    writer.member("code", code.canonical)
    writer.member("display", display)
    writer.member("owner", owner)
    writer.member("limit", limit)
    writer.member("generated", isGenerated)
  }

  /// Reads a code that a caller adds to a coupon: a string, or an object with `code` and optional `owner` and `limit`.
  /// What was typed is the spelling to show.
  ///
  /// - Returns: nil after at least one error was recorded.
  public init?(reading value: ValueReader) {
    if value.kind == .string {
      guard let (code, typed) = value.typedCode() else { return nil }
      self.init(code: code, display: typed)
      return
    }
    guard value.kind == .object else {
      value.refuse(.wrongType, "must be a string or an object")
      return nil
    }
    let grant = value.object { (object: inout ObjectReader) -> CodeGrant? in
      let typed = object.required("code") { $0.typedCode() }
      let owner = object.member("owner") { $0.visibleName(UserID.self) }
      let limit = object.member("limit") { $0.int64(in: UsageLimits.usesRange) }
      guard let (code, display) = typed, let owner, let limit else { return nil }
      return CodeGrant(code: code, display: display, owner: owner, limit: limit)
    }
    guard let grant else { return nil }
    self = grant
  }

  /// Reads the written form.
  init?(stored value: ValueReader) {
    let grant = value.object { (object: inout ObjectReader) -> CodeGrant? in
      let code = object.required("code") { $0.couponCode() }
      let display = object.required("display") { $0.string(maxLength: Int.max) }
      let owner = object.member("owner") { $0.storedName(UserID.self) }
      let limit = object.member("limit") { $0.int64() }
      let isGenerated = object.required("generated") { $0.bool() }
      guard let code, let display, let owner, let limit, let isGenerated else { return nil }
      return CodeGrant(code: code, display: display, owner: owner, limit: limit, isGenerated: isGenerated)
    }
    guard let grant else { return nil }
    self = grant
  }
}

extension ValueReader {
  /// A code and the spelling in which it came.
  fileprivate func typedCode() -> (CouponCode, String)? {
    guard let text = typedText() else { return nil }
    if let code = CouponCode(text) { return (code, CouponCode.shown(text)) }
    refuse(
      RefusalReason.codeMalformed.rawValue,
      "must be \(CouponCode.expectation)")
    return nil
  }
}
