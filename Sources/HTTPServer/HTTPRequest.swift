/// One request.
///
/// Headers stay in the bytes they arrived in; where each of them lies is known from reading the head.
public struct HTTPRequest: Sendable {
  /// The method.
  public let method: HTTPMethod
  /// The path as sent, still percent-encoded, without the query.
  public let path: String
  /// The body; empty if there is none, and until the handler has put in what it took from its `HTTPBodyReader`.
  public var body: [UInt8]
  /// The client's IP address, without the port.
  public let remoteAddress: String

  private let head: [UInt8]
  private let queryRange: Range<Int>?
  private let fields: [HeaderField]

  init(head: [UInt8], outline: RequestHead, remoteAddress: String) {
    self.head = head
    body = []
    self.remoteAddress = remoteAddress
    method = outline.method
    path = head.span.text(in: outline.path)
    queryRange = outline.query
    fields = outline.fields
  }

  /// A request made without a network, for calling a handler directly.
  ///
  /// `target` is a path with an optional query, as in a request line.
  public init(
    method: HTTPMethod, target: String, headers: [(String, String)] = [], body: [UInt8] = [],
    remoteAddress: String = "127.0.0.1"
  ) {
    let target = Array(target.utf8)
    let questionMark = target.firstIndex(of: .questionMark)
    self.method = method
    self.body = body
    self.remoteAddress = remoteAddress
    path = target.span.text(in: 0..<(questionMark ?? target.count))
    queryRange = questionMark.map { ($0 + 1)..<target.count }
    var head = target
    fields = headers.map { name, value in HeaderField(name: name, value: value, appendingTo: &head) }
    self.head = head
  }

  /// The query as sent, without its question mark; nil if there is none.
  public var query: String? {
    queryRange.map { head.span.text(in: $0) }
  }

  /// The query's items, percent-decoded, `+` read as a space, in their order.
  public var queryItems: [(name: String, value: String)] {
    guard let queryRange else { return [] }
    return head[queryRange].split(separator: UInt8(ascii: "&")).map { item in
      let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
    }
  }

  /// A segment of a path, percent-decoded; nil if its bytes are no UTF-8.
  public static func decodedSegment(_ segment: String) -> String? {
    String(validating: decodedBytes(Array(segment.utf8)[...], plus: UInt8(ascii: "+")), as: UTF8.self)
  }

  /// The value of the first field called `name`, compared without case; nil if there is none.
  public func header(_ name: String) -> String? {
    let bytes = head.span
    for field in fields where bytes.spellsIgnoringCase(name, in: field.name) {
      return bytes.text(in: field.value)
    }
    return nil
  }

  /// Every field in the order sent; a field that was sent twice appears twice.
  public var headers: [(name: String, value: String)] {
    fields.map { (head.span.text(in: $0.name), head.span.text(in: $0.value)) }
  }

  private static func decoded(_ text: ArraySlice<UInt8>) -> String {
    String(decoding: decodedBytes(text, plus: .space), as: UTF8.self)
  }

  private static func decodedBytes(_ text: ArraySlice<UInt8>, plus: UInt8) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var rest = text
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2, let high = rest[rest.startIndex].hexadecimalValue,
        let low = rest[rest.startIndex + 1].hexadecimalValue
      {
        bytes.append(UInt8(high * 16 + low))
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") ? plus : byte)
      }
    }
    return bytes
  }
}
