import CSimdJSON

/// A JSON text that has been read: strict RFC 8259 in valid UTF-8, at most 64 levels of
/// arrays and objects deep, an empty one being no level.
///
/// A document holds a pooled parser until its last node is gone; keep values, not nodes. Numbers that neither
/// a 64-bit integer nor a finite double can represent are refused like malformed ones. Members with the same
/// name are kept by the document and refused by ``ObjectReader``.
///
/// `@unchecked Sendable`: everything is immutable once the initializer returns.
@safe public final class JSONDocument: @unchecked Sendable {
  private let parser: JSONParser
  let tape: Tape

  /// Reads one JSON text, which must take up all the bytes but for white space around it.
  ///
  /// - Throws: where and why the bytes are not JSON; empty input is an error too.
  public convenience init(parsing bytes: [UInt8]) throws(JSONSyntaxError) {
    try self.init(parsing: bytes.span)
  }

  /// Reads one JSON text, which must take up all the bytes but for white space around it; the bytes are copied.
  ///
  /// - Throws: where and why the bytes are not JSON; empty input is an error too.
  public init(parsing bytes: Span<UInt8>) throws(JSONSyntaxError) {
    let parser = JSONParserPool.shared.take()
    let parsed = unsafe parser.parse(bytes)
    guard unsafe parsed.code == 0, let tape = unsafe Tape(parsed.tape) else {
      JSONParserPool.shared.giveBack(parser)
      throw unsafe JSONSyntaxError(in: bytes, reason: String(cString: csimdjson_error_text(parsed.code)))
    }
    self.parser = parser
    self.tape = tape
  }

  deinit { JSONParserPool.shared.giveBack(parser) }

  /// The value that the text consists of.
  public var root: JSONNode { JSONNode(document: self, index: 1) }
}
