/// Where a header field lies in the bytes of its head: its name, and its value without blanks around it.
struct HeaderField {
  let name: Range<Int>
  let value: Range<Int>
}

extension HeaderField {
  /// Appends a field to a head that is being made up.
  init(name: String, value: String, appendingTo head: inout [UInt8]) {
    let nameStart = head.count
    head.append(contentsOf: name.utf8)
    self.name = nameStart..<head.count
    let valueStart = head.count
    head.append(contentsOf: value.utf8)
    self.value = head.span.trimming(valueStart..<head.count)
  }
}

/// The outline of a request's head: what the server must know to frame the request, and where the rest lies.
///
/// Strict where leniency lets two servers disagree about where a request ends: lines end in CRLF, fields are not
/// folded, a length is given at most once and never beside `Transfer-Encoding`, and HTTP/1.1 names its host. Host and
/// authorization are given at most once, lest a proxy and this server each look at another one.
struct RequestHead {
  enum Body: Equatable {
    case none
    case sized(Int)
    case chunked
  }

  private(set) var method: HTTPMethod
  private(set) var path: Range<Int>
  private(set) var query: Range<Int>?
  private(set) var fields: [HeaderField] = []
  private(set) var body = Body.none
  private(set) var expectsContinue = false
  private(set) var isVersion1_0 = false
  private(set) var closesConnection = false

  private var namesHost = false
  private var isAuthorized = false
  private var keepsAlive = false

  /// Reads a head that starts at the first byte of `bytes` and ends with its empty line.
  init(parsing bytes: Span<UInt8>) throws(ProtocolError) {
    guard let lineEnd = bytes.firstIndex(of: .carriageReturn, in: 0..<bytes.count),
      bytes[lineEnd + 1] == .lineFeed, let methodEnd = bytes.firstIndex(of: .space, in: 0..<lineEnd),
      methodEnd > 0,
      let targetEnd = bytes.firstIndex(of: .space, in: (methodEnd + 1)..<lineEnd), targetEnd > methodEnd + 1
    else { throw .malformedRequest }
    for index in 0..<methodEnd where !bytes[index].isToken { throw .malformedRequest }
    isVersion1_0 = try Self.isVersion1_0(bytes, in: (targetEnd + 1)..<lineEnd)
    guard let method = HTTPMethod(spelledBy: bytes, in: 0..<methodEnd) else { throw .unknownMethod }
    self.method = method
    (path, query) = try Self.splitTarget(bytes, (methodEnd + 1)..<targetEnd, method: method)
    try readFields(bytes, in: (lineEnd + 2)..<(bytes.count - 2))
    if isVersion1_0 {
      if body == .chunked { throw .malformedRequest }
      closesConnection = closesConnection || !keepsAlive
      expectsContinue = false
    } else if !namesHost {
      throw .malformedRequest
    }
  }

  /// Refuses a head that no further bytes can mend: a line that does not end in CRLF, or a control byte. Without this
  /// a client that ends its lines otherwise would wait for an answer until its time is over.
  ///
  /// - Parameter start: what was looked at before, but for its last three bytes.
  static func checkUnfinished(_ bytes: Span<UInt8>, from start: Int) throws(ProtocolError) {
    for index in start..<bytes.count {
      switch bytes[index] {
      case .lineFeed where index == 0 || bytes[index - 1] != .carriageReturn: throw .malformedRequest
      case .carriageReturn where index + 1 < bytes.count && bytes[index + 1] != .lineFeed:
        throw .malformedRequest
      case .lineFeed, .carriageReturn: break
      case let byte where !byte.isFieldContent: throw .malformedRequest
      default: break
      }
    }
  }

  private static func isVersion1_0(
    _ bytes: Span<UInt8>, in range: Range<Int>
  ) throws(ProtocolError) -> Bool {
    if bytes.spells("HTTP/1.1", in: range) { return false }
    if bytes.spells("HTTP/1.0", in: range) { return true }
    guard range.count == 8, bytes.spells("HTTP/", in: range.lowerBound..<(range.lowerBound + 5)) else {
      throw .malformedRequest
    }
    throw .unsupportedVersion
  }

  /// Path and query of a target in origin, absolute or asterisk form.
  private static func splitTarget(
    _ bytes: Span<UInt8>, _ target: Range<Int>, method: HTTPMethod
  ) throws(ProtocolError) -> (path: Range<Int>, query: Range<Int>?) {
    for index in target where bytes[index] <= .space || bytes[index] >= 0x7F { throw .malformedRequest }
    var start = target.lowerBound
    if bytes[start] != .slash {
      if method == .options, bytes.spells("*", in: target) { return (target, nil) }
      start = try authorityEnd(bytes, target)
    }
    guard let questionMark = bytes.firstIndex(of: .questionMark, in: start..<target.upperBound) else {
      return (start..<target.upperBound, nil)
    }
    return (start..<questionMark, (questionMark + 1)..<target.upperBound)
  }

  /// Where the path starts in `http://host/path`.
  private static func authorityEnd(
    _ bytes: Span<UInt8>, _ target: Range<Int>
  ) throws(ProtocolError) -> Int {
    for scheme in ["http://", "https://"] where target.count > scheme.utf8.count {
      let schemeEnd = target.lowerBound + scheme.utf8.count
      guard bytes.spellsIgnoringCase(scheme, in: target.lowerBound..<schemeEnd) else { continue }
      if let slash = bytes.firstIndex(of: .slash, in: schemeEnd..<target.upperBound), slash > schemeEnd {
        return slash
      }
    }
    throw .malformedRequest
  }

  private mutating func readFields(
    _ bytes: Span<UInt8>, in range: Range<Int>
  ) throws(ProtocolError) {
    fields.reserveCapacity(8)
    var start = range.lowerBound
    while start < range.upperBound {
      var colon = start
      while bytes[colon].isToken { colon += 1 }
      guard bytes[colon] == .colon, colon > start else { throw .malformedRequest }
      var end = colon + 1
      while bytes[end].isFieldContent { end += 1 }
      guard bytes[end] == .carriageReturn, bytes[end + 1] == .lineFeed else { throw .malformedRequest }
      let field = HeaderField(name: start..<colon, value: bytes.trimming((colon + 1)..<end))
      fields.append(field)
      try read(field, bytes)
      start = end + 2
    }
  }

  /// Takes note of a field that concerns framing or the connection.
  private mutating func read(_ field: HeaderField, _ bytes: Span<UInt8>) throws(ProtocolError) {
    let name = field.name
    let value = field.value
    switch name.count {
    case 4 where bytes.spellsIgnoringCase("host", in: name):
      if namesHost { throw .malformedRequest }
      namesHost = true
    case 6 where bytes.spellsIgnoringCase("expect", in: name):
      guard bytes.spellsIgnoringCase("100-continue", in: value) else {
        throw .expectationFailed
      }
      expectsContinue = true
    case 10 where bytes.spellsIgnoringCase("connection", in: name):
      readConnectionOptions(bytes, value)
    case 13 where bytes.spellsIgnoringCase("authorization", in: name):
      if isAuthorized { throw .malformedRequest }
      isAuthorized = true
    case 14 where bytes.spellsIgnoringCase("content-length", in: name):
      guard body == .none, let length = Self.decimal(bytes, in: value) else {
        throw .malformedRequest
      }
      body = .sized(length)
    case 17 where bytes.spellsIgnoringCase("transfer-encoding", in: name):
      guard body == .none else { throw .malformedRequest }
      guard bytes.spellsIgnoringCase("chunked", in: value) else {
        throw .unsupportedTransferEncoding
      }
      body = .chunked
    default:
      break
    }
  }

  private mutating func readConnectionOptions(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    var start = value.lowerBound
    while start <= value.upperBound {
      let end = bytes.firstIndex(of: .comma, in: start..<value.upperBound) ?? value.upperBound
      let option = bytes.trimming(start..<end)
      if bytes.spellsIgnoringCase("close", in: option) { closesConnection = true }
      if bytes.spellsIgnoringCase("keep-alive", in: option) { keepsAlive = true }
      start = end + 1
    }
  }

  private static func decimal(_ bytes: Span<UInt8>, in range: Range<Int>) -> Int? {
    // Eighteen digits always fit in 64 bits.
    guard !range.isEmpty, range.count <= 18 else { return nil }
    var value = 0
    for index in range {
      guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
      value = value * 10 + Int(bytes[index] - 0x30)
    }
    return value
  }
}
