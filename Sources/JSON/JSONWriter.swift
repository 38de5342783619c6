/// Writes one JSON text as UTF-8 without white space; the same calls give the same bytes.
///
/// The writer places commas and colons. Calls that would not make JSON are mistakes and trap.
///
/// It owns its room, and is never copied: what is written goes straight to where it belongs, without a look whether somebody
/// else holds the bytes.
@safe public struct JSONWriter: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// The bytes written so far.
  private var count = 0
  /// One bit for each open container, the innermost lowest; set for an object.
  private var objects: UInt64 = 0
  private var depth = 0
  private var needsComma = false
  private var followsKey = false

  /// An empty writer with room for a number of bytes.
  public init(capacity: Int = 256) {
    precondition(capacity >= 0, "A capacity is never negative.")
    self.capacity = max(capacity, 16)
    unsafe start = .allocate(capacity: max(capacity, 16))
  }

  deinit { unsafe start.deallocate() }

  /// The bytes of the text that the closure writes.
  @inlinable
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
    return unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
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
  @inlinable
  public mutating func object<Failure: Error>(
    _ write: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    beginObject()
    try write(&self)
    endObject()
  }

  /// Writes an array around what the closure writes.
  @inlinable
  public mutating func array<Failure: Error>(
    _ write: (inout JSONWriter) throws(Failure) -> Void
  ) throws(Failure) {
    beginArray()
    try write(&self)
    endArray()
  }

  /// Writes the name of the next member, which must need no escape.
  public mutating func key(_ name: StaticString) {
    let isFirst = beginKey()
    let length = name.utf8CodeUnitCount
    unsafe assert(firstEscape(in: UnsafeBufferPointer(start: name.utf8Start, count: length)) == length)
    // A member's name is the most frequent thing to write: all of `,"name":` goes in with one check for room.
    makeRoom(for: length + 4)
    var end = unsafe start + count
    if !isFirst { unsafe put(UInt8(ascii: ","), at: &end) }
    unsafe put(UInt8(ascii: "\""), at: &end)
    unsafe putShort(name.utf8Start, length, at: &end)
    unsafe put(UInt8(ascii: "\""), at: &end)
    unsafe put(UInt8(ascii: ":"), at: &end)
    count = unsafe end - start
  }

  /// Writes the name of the next member, known only at run time.
  public mutating func key(named name: String) {
    if !beginKey() { append(UInt8(ascii: ",")) }
    appendQuoted(name)
    append(UInt8(ascii: ":"))
  }

  /// Writes a string as the next value.
  public mutating func string(_ value: String) {
    beginValue()
    appendQuoted(value)
  }

  /// Writes a string as the next value whose UTF-8 the closure appends: identifiers, moments and the like, which then
  /// need no string of their own.
  ///
  /// - Parameters:
  ///   - lengthMax: how many bytes it has at most.
  ///   - write: appends the text, which must need no escape.
  public mutating func string(lengthMax: Int, _ write: (inout OutputSpan<UInt8>) -> Void) {
    beginValue()
    unsafe append(atMost: lengthMax + 2) { output in
      let room = unsafe UnsafeMutableBufferPointer(start: output + 1, count: lengthMax)
      var text = unsafe OutputSpan(buffer: room, initializedCount: 0)
      write(&text)
      let length = unsafe text.finalize(for: room)
      unsafe assert(firstEscape(in: UnsafeBufferPointer(rebasing: room[..<length])) == length)
      unsafe output[0] = UInt8(ascii: "\"")
      unsafe output[length + 1] = UInt8(ascii: "\"")
      return length + 2
    }
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
  public mutating func raw(_ json: [UInt8]) {
    precondition(!json.isEmpty, "No bytes are no JSON value.")
    beginValue()
    unsafe json.withUnsafeBufferPointer { json in unsafe append(json) }
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

  /// Whether the member is the first of its object.
  @inline(__always)
  private mutating func beginKey() -> Bool {
    precondition(depth > 0 && objects & 1 == 1, "Only an object has members.")
    precondition(!followsKey, "The last member has no value.")
    followsKey = true
    return !needsComma
  }

  @inline(__always)
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
    unsafe start[count] = byte
    count &+= 1
  }

  private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard let start = bytes.baseAddress else { return }
    unsafe append(atMost: bytes.count) { output in
      unsafe output.update(from: start, count: bytes.count)
      return bytes.count
    }
  }

  /// Makes room for a number of bytes; the closure writes them and returns how many they are.
  @inline(__always)
  private mutating func append(atMost more: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
    makeRoom(for: more)
    count &+= unsafe write(start + count)
  }

  private mutating func append(_ literal: StaticString) {
    literal.withUTF8Buffer { literal in unsafe append(literal) }
  }

  @inline(__always)
  private mutating func makeRoom(for more: Int) {
    if capacity &- count < more { grow(by: more) }
  }

  @inline(never)
  private mutating func grow(by more: Int) {
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + max(more, capacity))
    unsafe larger.update(from: start, count: count)
    unsafe start.deallocate()
    unsafe start = larger
    capacity += max(more, capacity)
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
    unsafe append(atMost: digits) { output in
      for position in (0..<digits).reversed() {
        unsafe output[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
      return digits
    }
  }

  private mutating func appendQuoted(_ text: String) {
    unsafe text.utf8.span.withUnsafeBufferPointer { text in
      let escape = unsafe firstEscape(in: text)
      if escape == text.count {
        unsafe appendQuotedVerbatim(text)
      } else {
        unsafe appendQuoted(text, firstEscape: escape)
      }
    }
  }

  @inline(__always)
  private mutating func appendQuotedVerbatim(_ text: UnsafeBufferPointer<UInt8>) {
    unsafe append(atMost: text.count + 2) { output in
      unsafe output[0] = UInt8(ascii: "\"")
      if let source = text.baseAddress {
        var end = unsafe output + 1
        unsafe putShort(source, text.count, at: &end)
      }
      unsafe output[text.count + 1] = UInt8(ascii: "\"")
      return text.count + 2
    }
  }

  @inline(never)
  private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>, firstEscape: Int) {
    append(UInt8(ascii: "\""))
    unsafe append(UnsafeBufferPointer(rebasing: text[..<firstEscape]))
    for position in firstEscape..<text.count {
      let byte = unsafe text[position]
      if needsEscape(byte) { appendEscape(byte) } else { append(byte) }
    }
    append(UInt8(ascii: "\""))
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

@inline(__always)
private func put(_ byte: UInt8, at end: inout UnsafeMutablePointer<UInt8>) {
  unsafe end.pointee = byte
  unsafe end += 1
}

/// Copies a text that is nearly always short, which a call would cost more than: in words, the last of which may lie over
/// the one before it.
@inline(__always)
private func putShort(_ text: UnsafePointer<UInt8>, _ count: Int, at end: inout UnsafeMutablePointer<UInt8>) {
  let (from, to) = unsafe (UnsafeRawPointer(text), UnsafeMutableRawPointer(end))
  if count > 16 {
    unsafe end.update(from: text, count: count)
  } else if count >= 8 {
    unsafe to.storeBytes(of: from.loadUnaligned(as: UInt64.self), as: UInt64.self)
    unsafe (to + (count - 8)).storeBytes(
      of: (from + (count - 8)).loadUnaligned(as: UInt64.self), as: UInt64.self)
  } else if count >= 4 {
    unsafe to.storeBytes(of: from.loadUnaligned(as: UInt32.self), as: UInt32.self)
    unsafe (to + (count - 4)).storeBytes(
      of: (from + (count - 4)).loadUnaligned(as: UInt32.self), as: UInt32.self)
  } else {
    for index in 0..<count { unsafe end[index] = text[index] }
  }
  unsafe end += count
}

/// The position of the first byte that must be escaped, or the end; looks at eight bytes at a time, at the last eight
/// even if it has seen some of them before.
private func firstEscape(in text: UnsafeBufferPointer<UInt8>) -> Int {
  let bytes = UnsafeRawBufferPointer(text)
  var position = 0
  if bytes.count >= 8 {
    while position < bytes.count {
      let start = min(position, bytes.count - 8)
      if unsafe hasEscape(bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)) { break }
      position = start + 8
    }
  }
  while position < bytes.count, unsafe !needsEscape(bytes[position]) { position += 1 }
  return position
}

/// Whether any of eight bytes must be escaped.
@inline(__always)
private func hasEscape(_ word: UInt64) -> Bool {
  let controls = (word &- 0x20 &* onePerByte) & ~word
  let quotes = zeroBytes(word ^ UInt64(UInt8(ascii: "\"")) &* onePerByte)
  let backslashes = zeroBytes(word ^ UInt64(UInt8(ascii: "\\")) &* onePerByte)
  return (controls | quotes | backslashes) & highBits != 0
}

private let onePerByte: UInt64 = 0x0101_0101_0101_0101
private let highBits: UInt64 = 0x8080_8080_8080_8080

/// Sets the high bit of the lowest zero byte, and possibly of bytes above it.
private func zeroBytes(_ word: UInt64) -> UInt64 { (word &- onePerByte) & ~word }

private func needsEscape(_ byte: UInt8) -> Bool {
  byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
}
