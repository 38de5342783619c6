/// Writes one JSON text as UTF-8 without white space; the same calls give the same bytes.
///
/// The writer places commas and colons. Calls that would not make JSON are mistakes and trap.
public struct JSONWriter: Sendable {
  private var output: [UInt8] = []
  /// One bit for each open container, the innermost lowest; set for an object.
  private var objects: UInt64 = 0
  private var depth = 0
  private var needsComma = false
  private var followsKey = false

  /// An empty writer with room for a number of bytes.
  public init(capacity: Int = 256) { output.reserveCapacity(capacity) }

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
    output.append(UInt8(ascii: ":"))
  }

  /// Writes the name of the next member, known only at run time.
  public mutating func key(named name: String) {
    beginKey()
    appendQuoted(name)
    output.append(UInt8(ascii: ":"))
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
    let literal: StaticString = value ? "true" : "false"
    literal.withUTF8Buffer { literal in unsafe output.append(contentsOf: literal) }
  }

  /// Writes `null` as the next value.
  public mutating func null() {
    beginValue()
    output.append(contentsOf: "null".utf8)
  }

  /// Writes bytes that already are one JSON value as the next value; they are not checked.
  public mutating func raw(_ json: some Collection<UInt8>) {
    precondition(!json.isEmpty, "No bytes are no JSON value.")
    beginValue()
    output.append(contentsOf: json)
  }

  private mutating func open(_ bracket: UInt8, isObject: Bool) {
    beginValue()
    precondition(depth < depthMax, "The JSON text is nested too deeply to be read again.")
    output.append(bracket)
    depth += 1
    objects = objects << 1 | (isObject ? 1 : 0)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8, isObject: Bool) {
    precondition(depth > 0 && (objects & 1 == 1) == isObject, "Another container is open, or none.")
    precondition(!followsKey, "The last member has no value.")
    output.append(bracket)
    depth -= 1
    objects >>= 1
    needsComma = true
  }

  private mutating func beginKey() {
    precondition(depth > 0 && objects & 1 == 1, "Only an object has members.")
    precondition(!followsKey, "The last member has no value.")
    if needsComma { output.append(UInt8(ascii: ",")) }
    followsKey = true
  }

  private mutating func beginValue() {
    if followsKey {
      followsKey = false
    } else {
      precondition(depth > 0 ? objects & 1 == 0 : !needsComma, "A value is not expected here.")
      if needsComma { output.append(UInt8(ascii: ",")) }
    }
    needsComma = true
  }

  private mutating func appendDigits(_ value: Int64) {
    var rest = value.magnitude
    if value < 0 { output.append(UInt8(ascii: "-")) }
    var count = 1
    var limit: UInt64 = 10
    while rest >= limit {
      count += 1
      limit *= 10
    }
    output.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: count))
    var position = output.count
    while rest > 0 {
      position -= 1
      output[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
  }

  private mutating func appendQuoted(_ text: String) {
    var text = text
    text.withUTF8 { text in unsafe appendQuoted(text) }
  }

  private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>) {
    output.append(UInt8(ascii: "\""))
    var written = 0
    for position in text.indices where unsafe needsEscape(text[position]) {
      unsafe output.append(contentsOf: text[written..<position])
      unsafe appendEscape(text[position])
      written = position + 1
    }
    unsafe output.append(contentsOf: UnsafeBufferPointer(rebasing: text[written...]))
    output.append(UInt8(ascii: "\""))
  }

  private func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func appendEscape(_ byte: UInt8) {
    output.append(UInt8(ascii: "\\"))
    switch byte {
    case 0x08: output.append(UInt8(ascii: "b"))
    case 0x09: output.append(UInt8(ascii: "t"))
    case 0x0a: output.append(UInt8(ascii: "n"))
    case 0x0c: output.append(UInt8(ascii: "f"))
    case 0x0d: output.append(UInt8(ascii: "r"))
    case 0..<0x20:
      let digits = StaticString("0123456789abcdef")
      output.append(contentsOf: "u00".utf8)
      unsafe output.append(digits.utf8Start[Int(byte >> 4)])
      unsafe output.append(digits.utf8Start[Int(byte & 15)])
    default: output.append(byte)
    }
  }
}
