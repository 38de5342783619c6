/// Writes one JSON text as UTF-8 without white space; the same calls give the same bytes.
///
/// The writer places commas and colons. Calls that would not make JSON are mistakes and trap.
public struct JSONWriter: Sendable {
  /// The bytes written so far, then as many unused ones as there is room for.
  private var output: [UInt8]
  private var count = 0
  /// One bit for each open container, the innermost lowest; set for an object.
  private var objects: UInt64 = 0
  private var depth = 0
  private var needsComma = false
  private var followsKey = false

  /// An empty writer with room for a number of bytes.
  public init(capacity: Int = 256) {
    precondition(capacity >= 0, "A capacity is never negative.")
    output = [UInt8](repeating: 0, count: max(capacity, 16))
  }

  /// The bytes of the text that the closure writes.
  public static func bytes<Failure: Error>(
    capacity: Int = 256, _ write: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) -> [UInt8] {
    var writer = JSONWriter(capacity: capacity)
    try write(&writer)
    return writer.finish()
  }

  /// The bytes of the text, which must be complete.
  public consuming func finish() -> [UInt8] {
    precondition(depth == 0, "A container of the JSON text is still open.")
    precondition(needsComma, "The JSON text has no value.")
    output.removeLast(output.count - count)
    return output
  }

  /// Opens an object as the next value.
  public mutating func beginObject() { open(UInt8(ascii: "{"), isObject: true) }

  /// Closes the innermost container, which must be an object.
  public mutating func endObject() { close(UInt8(ascii: "}"), isObject: true) }

  /// Opens an array as the next value.
  public mutating func beginArray() { open(UInt8(ascii: "["), isObject: false) }

  /// Closes the innermost container, which must be an array.
  public mutating func endArray() { close(UInt8(ascii: "]"), isObject: false) }

  /// Writes an object around what the closure writes.
  public mutating func object<Failure: Error>(
    _ write: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    beginObject()
    try write(&self)
    endObject()
  }

  /// Writes an array around what the closure writes.
  public mutating func array<Failure: Error>(
    _ write: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    beginArray()
    try write(&self)
    endArray()
  }

  /// Writes the name of the next member.
  public mutating func key(_ name: StaticString) {
    beginKey()
    name.withUTF8Buffer { name in unsafe appendQuoted(name) }
    append(UInt8(ascii: ":"))
  }

  /// Writes the name of the next member, known only at run time.
  public mutating func key(named name: String) {
    beginKey()
    appendQuoted(name)
    append(UInt8(ascii: ":"))
  }

  /// Writes a string as the next value.
  public mutating func string(_ value: String) {
    beginValue()
    appendQuoted(value)
  }

  /// Writes an integer as the next value.
  public mutating func int(_ value: Int64) {
    beginValue()
    appendDigits(value)
  }

  /// Writes an integer as the next value.
  public mutating func int(_ value: Int) { int(Int64(value)) }

  /// Writes a boolean as the next value.
  public mutating func bool(_ value: Bool) {
    beginValue()
    append(value ? "true" : "false")
  }

  /// Writes `null` as the next value.
  public mutating func null() {
    beginValue()
    append("null")
  }

  /// Writes bytes that already are one JSON value as the next value; they are not checked.
  public mutating func raw(_ json: some Collection<UInt8>) {
    precondition(!json.isEmpty, "No bytes are no JSON value.")
    beginValue()
    appendAll(json)
  }

  private mutating func open(_ bracket: UInt8, isObject: Bool) {
    beginValue()
    precondition(depth < depthMax, "The JSON text is nested too deeply to be read again.")
    append(bracket)
    depth += 1
    objects = objects << 1 | (isObject ? 1 : 0)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8, isObject: Bool) {
    precondition(depth > 0 && (objects & 1 == 1) == isObject, "Another container is open, or none.")
    precondition(!followsKey, "The last member has no value.")
    append(bracket)
    depth -= 1
    objects >>= 1
    needsComma = true
  }

  private mutating func beginKey() {
    precondition(depth > 0 && objects & 1 == 1, "Only an object has members.")
    precondition(!followsKey, "The last member has no value.")
    if needsComma { append(UInt8(ascii: ",")) }
    followsKey = true
  }

  private mutating func beginValue() {
    if followsKey {
      followsKey = false
    } else {
      precondition(depth > 0 ? objects & 1 == 0 : !needsComma, "A value is not expected here.")
      if needsComma { append(UInt8(ascii: ",")) }
    }
    needsComma = true
  }

  @inline(__always)
  private mutating func append(_ byte: UInt8) {
    makeRoom(for: 1)
    output[count] = byte
    count += 1
  }

  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    makeRoom(for: bytes.count)
    unsafe output.withUnsafeMutableBufferPointer { output in
      guard let end = output.baseAddress else { return }
      unsafe (end + count).update(from: start, count: bytes.count)
    }
    count += bytes.count
  }

  private mutating func appendAll(_ bytes: some Collection<UInt8>) {
    let isContiguous: Void? = bytes.withContiguousStorageIfAvailable { bytes in unsafe append(bytes) }
    if isContiguous == nil { for byte in bytes { append(byte) } }
  }

  private mutating func append(_ literal: StaticString) {
    literal.withUTF8Buffer { literal in unsafe append(literal) }
  }

  @inline(__always)
  private mutating func makeRoom(for more: Int) {
    if output.count - count < more { grow(by: more) }
  }

  @inline(never)
  private mutating func grow(by more: Int) {
    output.append(contentsOf: repeatElement(0, count: max(more, output.count)))
  }

  private mutating func appendDigits(_ value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    var limit: UInt64 = 10
    var digits = 1
    while rest >= limit {
      digits += 1
      limit *= 10
    }
    makeRoom(for: digits)
    unsafe output.withUnsafeMutableBufferPointer { output in
      for position in (count..<count + digits).reversed() {
        unsafe output[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
    }
    count += digits
  }

  private mutating func appendQuoted(_ text: String) {
    var text = text
    text.withUTF8 { text in unsafe appendQuoted(text) }
  }

  private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
    var position = unsafe firstEscape(in: text, from: 0)
    if position == text.count { return unsafe appendQuotedVerbatim(text) }
    append(UInt8(ascii: "\""))
    var written = 0
    while position < text.count {
      unsafe append(UnsafeBufferPointer(rebasing: text[written..<position]))
      unsafe appendEscape(text[position])
      written = position + 1
      position = unsafe firstEscape(in: text, from: written)
    }
    unsafe append(UnsafeBufferPointer(rebasing: text[written...]))
    append(UInt8(ascii: "\""))
  }

  private mutating func appendQuotedVerbatim(_ text: UnsafeBufferPointer<UInt8>) {
    let quote = UInt8(ascii: "\"")
    makeRoom(for: text.count + 2)
    unsafe output.withUnsafeMutableBufferPointer { output in
      guard let start = output.baseAddress else { return }
      unsafe start[count] = quote
      if let source = text.baseAddress { unsafe (start + count + 1).update(from: source, count: text.count) }
      unsafe start[count + 1 + text.count] = quote
    }
    count += text.count + 2
  }

  private mutating func appendEscape(_ byte: UInt8) {
    append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: append(UInt8(ascii: "b"))
    case 0x09: append(UInt8(ascii: "t"))
    case 0x0a: append(UInt8(ascii: "n"))
    case 0x0c: append(UInt8(ascii: "f"))
    case 0x0d: append(UInt8(ascii: "r"))
    case 0..<0x20:
      append("u00")
      append(hexDigit(byte >> 4))
      append(hexDigit(byte & 15))
    default: append(byte)
    }
  }
}

private func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}

/// The position of the first byte that must be escaped, or the end; looks at eight bytes at a time.
private func firstEscape(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
  let bytes = UnsafeRawBufferPointer(text)
  var position = start
  while position + 8 <= bytes.count {
    let word = unsafe bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
    let controls = (word &- 0x20 &* onePerByte) & ~word
    let quotes = zeroBytes(word ^ UInt64(UInt8(ascii: "\"")) &* onePerByte)
    let backslashes = zeroBytes(word ^ UInt64(UInt8(ascii: "\\")) &* onePerByte)
    if (controls | quotes | backslashes) & highBits != 0 { break }
    position += 8
  }
  while position < bytes.count, unsafe !needsEscape(bytes[position]) { position += 1 }
  return position
}

private let onePerByte: UInt64 = 0x0101_0101_0101_0101
private let highBits: UInt64 = 0x8080_8080_8080_8080

/// Sets the high bit of the lowest zero byte, and possibly of bytes above it.
private func zeroBytes(_ word: UInt64) -> UInt64 { (word &- onePerByte) & ~word }

private func needsEscape(_ byte: UInt8) -> Bool {
  byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
}
