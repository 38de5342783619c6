/// Finds the first byte at which a text stops being JSON within the parser's limits; used once parsing failed,
/// because the parser's tape has no positions.
struct SyntaxFaultFinder {
  struct Fault: Error {
    let message: String
    let offset: Int
  }

  private let bytes: [UInt8]
  private var offset = 0
  private var depth = 0

  /// The member of the outermost object whose list is forgiven elements that are JSON in form and say nothing: numbers
  /// beyond every type, surrogates without a pair.
  private let forgivenMember: [UInt8]?
  private var isForgiving = false
  private var saysNothing = false
  /// Where the forgiven elements lie.
  private(set) var forgiven: [Range<Int>] = []

  /// How deep the forgiven elements lie: those of a member's list, or those of an outermost list.
  private let forgivenDepth: Int
  /// Which element of its list each of the forgiven ones is.
  private(set) var forgivenPlaces: [Int] = []

  init(_ bytes: Span<UInt8>, forgiving member: StaticString? = nil) {
    self.bytes = bytes.indices.map { bytes[$0] }
    forgivenMember = member.map { Array("\"\($0)\"".utf8) }
    forgivenDepth = 2
  }

  /// Forgives the elements of an outermost list, or whatever else the text consists of.
  init(forgivingElementsOf bytes: Span<UInt8>) {
    self.bytes = bytes.indices.map { bytes[$0] }
    forgivenMember = nil
    forgivenDepth = 1
    isForgiving = true
  }

  /// The first fault, or nil if the text is JSON.
  mutating func firstFault() -> Fault? {
    do throws(Fault) {
      skipWhiteSpace()
      if offset == bytes.count { throw fault("a JSON value is expected but there is only white space") }
      let start = offset
      try readValue()
      if saysNothing {
        forgiven.append(start..<offset)
        forgivenPlaces.append(0)
      }
      skipWhiteSpace()
      if offset < bytes.count { throw fault("nothing may follow the JSON value") }
      return nil
    } catch {
      return error
    }
  }

  private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  private func fault(_ message: String, at offset: Int? = nil) -> Fault {
    let offset = offset ?? self.offset
    return Fault(message: offset < bytes.count ? message : "\(message), but the text ends", offset: offset)
  }

  private mutating func skipWhiteSpace() {
    while let byte = current, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { offset += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard current == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  private mutating func readValue() throws(Fault) {
    switch current.map({ Unicode.Scalar($0) }) {
    case "{": try readContainer(end: "}") { reader throws(Fault) in try reader.readMembers() }
    case "[": try readContainer(end: "]") { reader throws(Fault) in try reader.readElements() }
    case "\"": try readString()
    case "t": try readLiteral("true")
    case "f": try readLiteral("false")
    case "n": try readLiteral("null")
    case "-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9": try readNumber()
    default: throw fault("a JSON value is expected")
    }
  }

  /// Empty containers do not count as a level: the parser does not enter them.
  private mutating func readContainer(
    end: Unicode.Scalar, _ readEntries: (inout Self) throws(Fault) -> Void
  ) throws(Fault) {
    let start = offset
    offset += 1
    skipWhiteSpace()
    if skip(end) { return }
    if depth == depthMax {
      throw fault("arrays and objects may be nested at most \(depthMax) levels deep", at: start)
    }
    depth += 1
    try readEntries(&self)
    depth -= 1
  }

  private mutating func readElements() throws(Fault) {
    var place = 0
    while true {
      skipWhiteSpace()
      let start = offset
      try readValue()
      if saysNothing, depth == forgivenDepth {
        forgiven.append(start..<offset)
        forgivenPlaces.append(place)
        saysNothing = false
      }
      place += 1
      skipWhiteSpace()
      if skip("]") { return }
      if !skip(",") { throw fault("',' or ']' is expected after an element") }
    }
  }

  private mutating func readMembers() throws(Fault) {
    while true {
      skipWhiteSpace()
      if current != UInt8(ascii: "\"") { throw fault("a member name in double quotes is expected") }
      let name = offset
      try readString()
      let isForgivenMember =
        depth == 1 && forgivenMember.map { bytes[name..<offset].elementsEqual($0) } ?? false
      skipWhiteSpace()
      if !skip(":") { throw fault("':' is expected after a member name") }
      skipWhiteSpace()
      if isForgivenMember { isForgiving = current == UInt8(ascii: "[") }
      try readValue()
      if isForgivenMember { isForgiving = false }
      skipWhiteSpace()
      if skip("}") { return }
      if !skip(",") { throw fault("',' or '}' is expected after a member") }
    }
  }

  private mutating func readLiteral(_ literal: StaticString) throws(Fault) {
    let wanted = Array("\(literal)".utf8)
    guard bytes[offset...].starts(with: wanted) else {
      throw Fault(message: "\(literal) is misspelled", offset: offset)
    }
    offset += wanted.count
  }

  private mutating func readNumber() throws(Fault) {
    let start = offset
    var isInteger = true
    _ = skip("-")
    if skip("0") {
      if let next = current, isDigit(next) { throw fault("a number must not begin with a zero", at: start) }
    } else {
      try readDigits()
    }
    if skip(".") {
      isInteger = false
      try readDigits()
    }
    if skip("e") || skip("E") {
      isInteger = false
      if !skip("-") { _ = skip("+") }
      try readDigits()
    }
    let text = String(decoding: bytes[start..<offset], as: UTF8.self)
    let isRepresentable =
      isInteger ? Int64(text) != nil || UInt64(text) != nil : Double(text)?.isFinite == true
    if !isRepresentable { try forgive(Fault(message: "the number is too large", offset: start)) }
  }

  /// Goes on behind what says nothing where that is forgiven.
  private mutating func forgive(_ fault: Fault) throws(Fault) {
    if !isForgiving { throw fault }
    saysNothing = true
  }

  private mutating func readDigits() throws(Fault) {
    guard let first = current, isDigit(first) else { throw fault("a digit is expected") }
    while let next = current, isDigit(next) { offset += 1 }
  }

  private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private mutating func readString() throws(Fault) {
    offset += 1
    while true {
      guard let byte = current else { throw fault("a closing double quote is expected") }
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        return
      case UInt8(ascii: "\\"): try readEscape()
      case 0..<0x20: throw fault("control characters in strings must be escaped")
      case 0..<0x80: offset += 1
      default: try readMultibyteCharacter()
      }
    }
  }

  private mutating func readEscape() throws(Fault) {
    let start = offset
    offset += 1
    guard let kind = current else { throw fault("an escape sequence is expected") }
    offset += 1
    if kind != UInt8(ascii: "u") {
      if "\"\\/bfnrt".utf8.contains(kind) { return }
      throw Fault(message: "there is no such escape sequence", offset: start)
    }
    let unit = try readCodeUnit()
    let fault = Fault(message: "a surrogate has no pair", offset: start)
    if UTF16.isTrailSurrogate(unit) { return try forgive(fault) }
    guard UTF16.isLeadSurrogate(unit) else { return }
    let end = offset
    if skip("\\"), skip("u"), UTF16.isTrailSurrogate(try readCodeUnit()) { return }
    try forgive(fault)
    // What stands there instead of the other half is read as what it is.
    offset = end
  }

  private mutating func readCodeUnit() throws(Fault) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("four hexadecimal digits are expected after \\u")
      }
      unit = unit << 4 | UInt16(digit)
      offset += 1
    }
    return unit
  }

  private mutating func readMultibyteCharacter() throws(Fault) {
    var decoder = UTF8()
    var rest = bytes[offset...].prefix(4).makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&rest) else {
      throw Fault(message: "the text is not valid UTF-8", offset: offset)
    }
    offset += UTF8.width(scalar)
  }
}
