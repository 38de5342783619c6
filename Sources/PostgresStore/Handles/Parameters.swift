import Digest
import Glibc
import Scrip

/// Values in the order of `$1`, `$2`… in PostgreSQL's binary form, one behind the other in one buffer.
///
/// Each Swift type stands for one type of the database, which is told to the server with the statement.
struct Parameters {
  /// What PostgreSQL calls a type.
  enum TypeID {
    static let bool: UInt32 = 16
    static let bytea: UInt32 = 17
    static let int8: UInt32 = 20
    static let text: UInt32 = 25
    static let boolArray: UInt32 = 1000
    static let byteaArray: UInt32 = 1001
    static let textArray: UInt32 = 1009
    static let int8Array: UInt32 = 1016
    static let uuid: UInt32 = 2950
    static let uuidArray: UInt32 = 2951
  }

  /// What stands for the length of NULL.
  static let nullLength: Int32 = -1

  private(set) var bytes: [UInt8] = []
  private(set) var types: [UInt32] = []
  private(set) var lengths: [Int32] = []
  /// Whether a text holds U+0000, which the database can't store.
  private(set) var hasNUL = false

  /// How many values are bound.
  var count: Int { lengths.count }
}

extension Parameters {
  mutating func bind(_ value: Int64) {
    append(value)
    note(TypeID.int8, length: 8)
  }

  mutating func bind(_ value: Int64?) {
    if let value { bind(value) } else { bindNull(TypeID.int8) }
  }

  mutating func bind(_ value: Int) { bind(Int64(value)) }

  mutating func bind(_ value: Bool) {
    bytes.append(value ? 1 : 0)
    note(TypeID.bool, length: 1)
  }

  mutating func bind(_ value: String) {
    append(text: value.utf8)
    note(TypeID.text, length: value.utf8.count)
  }

  mutating func bind(_ value: String?) {
    if let value { bind(value) } else { bindNull(TypeID.text) }
  }

  mutating func bind(_ value: [UInt8]) {
    bytes += value
    note(TypeID.bytea, length: value.count)
  }

  mutating func bind(_ value: [UInt8]?) {
    if let value { bind(value) } else { bindNull(TypeID.bytea) }
  }

  mutating func bind<Subject>(_ name: ExactText<Subject>) { bind(name.text) }

  mutating func bind<Subject>(_ name: ExactText<Subject>?) { bind(name?.text) }

  /// Binds UTF-8 as a text.
  mutating func bindText(_ value: [UInt8]) {
    append(text: value)
    note(TypeID.text, length: value.count)
  }

  mutating func bindText(_ value: [UInt8]?) {
    if let value { bindText(value) } else { bindNull(TypeID.text) }
  }

  mutating func bind(_ instant: Instant) { bind(instant.microseconds) }

  mutating func bind(_ instant: Instant?) { bind(instant?.microseconds) }

  mutating func bind(_ tenant: Tenant.ID) { bind(tenant.number) }

  mutating func bind(_ hash: Hash256) { bind(hash.bytes) }

  mutating func bind<Subject>(_ id: Identifier<Subject>) {
    append(id.value)
    note(TypeID.uuid, length: 16)
  }

  mutating func bind<Subject>(_ id: Identifier<Subject>?) {
    if let id { bind(id) } else { bindNull(TypeID.uuid) }
  }

  /// Binds the stream's identifier; the nil UUID for the tenant's own stream.
  mutating func bind(_ stream: StreamID) {
    append(stream.id)
    note(TypeID.uuid, length: 16)
  }
}

extension Parameters {
  /// Notes a value whose bytes were appended.
  mutating func note(_ type: UInt32, length: Int) {
    types.append(type)
    lengths.append(Int32(length))
  }

  private mutating func bindNull(_ type: UInt32) {
    types.append(type)
    lengths.append(Parameters.nullLength)
  }

  /// Appends a number, most significant byte first.
  mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
    unsafe withUnsafeBytes(of: number.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  /// Appends bytes as they are.
  mutating func append(bytes more: [UInt8]) { bytes += more }

  private mutating func append(text: some Collection<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: text)
    let hasNUL = unsafe bytes.withUnsafeBytes { bytes in
      unsafe Parameters.holdsNUL(UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }
    if hasNUL { noteNUL() }
  }

  static func holdsNUL(_ text: UnsafeRawBufferPointer) -> Bool {
    guard let start = text.baseAddress else { return false }
    return unsafe memchr(start, 0, text.count) != nil
  }

  mutating func noteNUL() { hasNUL = true }

  /// Makes room for so many bytes and lets a body write them.
  mutating func appendInPlace(count: Int, _ body: (UnsafeMutableRawBufferPointer) -> Void) {
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: count))
    unsafe bytes.withUnsafeMutableBytes { bytes in
      unsafe body(UnsafeMutableRawBufferPointer(rebasing: bytes[start...]))
    }
  }

  /// Begins an array that counts from 1 and has one dimension, or none if it is empty; says where.
  mutating func beginArray(count: Int, of element: UInt32) -> Int {
    let start = bytes.count
    append(Int32(count == 0 ? 0 : 1))
    append(0 as Int32)
    append(element)
    if count > 0 {
      append(Int32(count))
      append(1 as Int32)
    }
    return start
  }

  /// Notes an array whose elements were appended.
  mutating func endArray(_ type: UInt32, start: Int, hasNull: Bool) {
    // The last byte of the head's second number.
    if hasNull { bytes[start + 7] = 1 }
    note(type, length: bytes.count - start)
  }

  /// Forgets all values and keeps the memory.
  mutating func clear() {
    bytes.removeAll(keepingCapacity: true)
    types.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    hasNUL = false
  }
}
