import Digest
import Scrip

/// Values in the order of `$1`, `$2`… in PostgreSQL's binary form, one behind the other in one buffer.
///
/// Each Swift type stands for one type of the database, which is told to the server when the statement is prepared.
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
    write(value)
    note(TypeID.int8, 8)
  }

  mutating func bind(_ value: Int64?) {
    if let value { bind(value) } else { note(TypeID.int8, Parameters.nullLength) }
  }

  mutating func bind(_ value: Int) { bind(Int64(value)) }

  mutating func bind(_ value: Bool) {
    bytes.append(value ? 1 : 0)
    note(TypeID.bool, 1)
  }

  mutating func bind(_ value: String) {
    note(TypeID.text, write(value))
  }

  mutating func bind(_ value: String?) {
    if let value { bind(value) } else { note(TypeID.text, Parameters.nullLength) }
  }

  mutating func bind(_ value: [UInt8]) {
    bytes.append(contentsOf: value)
    note(TypeID.bytea, Int32(value.count))
  }

  mutating func bind(_ value: [UInt8]?) {
    if let value { bind(value) } else { note(TypeID.bytea, Parameters.nullLength) }
  }

  /// Binds UTF-8 as a text.
  mutating func bindText(_ value: [UInt8]) {
    note(TypeID.text, writeText(value))
  }

  mutating func bindText(_ value: [UInt8]?) {
    if let value { bindText(value) } else { note(TypeID.text, Parameters.nullLength) }
  }

  mutating func bind(_ instant: Instant) { bind(instant.microseconds) }

  mutating func bind(_ instant: Instant?) { bind(instant?.microseconds) }

  mutating func bind(_ tenant: Tenant.ID) { bind(tenant.number) }

  mutating func bind(_ hash: Hash256) { bind(hash.bytes) }

  mutating func bind<Subject>(_ id: Identifier<Subject>) {
    write(id.value)
    note(TypeID.uuid, 16)
  }

  mutating func bind<Subject>(_ id: Identifier<Subject>?) {
    if let id { bind(id) } else { note(TypeID.uuid, Parameters.nullLength) }
  }

  /// Binds the coupon's identifier; the nil UUID for the tenant's own stream.
  mutating func bind(_ stream: EventStream) {
    write(stream.uuid)
    note(TypeID.uuid, 16)
  }
}

extension EventStream {
  /// The UUID that stands for the stream in the database.
  var uuid: UInt128 {
    switch self {
    case .tenant: 0
    case .coupon(let id): id.value
    }
  }
}

extension Parameters {
  private mutating func note(_ type: UInt32, _ length: Int32) {
    types.append(type)
    lengths.append(length)
  }

  /// Writes a number, most significant byte first.
  mutating func write<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
    unsafe withUnsafeBytes(of: number.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func writeBytes(_ value: [UInt8]) { bytes.append(contentsOf: value) }

  /// Writes a text's UTF-8; says how many bytes that is.
  mutating func write(_ text: String) -> Int32 {
    let before = bytes.count
    bytes.append(contentsOf: text.utf8)
    noteNUL(from: before)
    return Int32(bytes.count - before)
  }

  mutating func writeText(_ text: [UInt8]) -> Int32 {
    let before = bytes.count
    bytes.append(contentsOf: text)
    noteNUL(from: before)
    return Int32(text.count)
  }

  private mutating func noteNUL(from start: Int) {
    if bytes[start...].contains(0) { hasNUL = true }
  }

  /// Notes a value that was written behind `start`.
  mutating func noteValue(_ type: UInt32, from start: Int) {
    note(type, Int32(bytes.count - start))
  }
}
