import Ledger
import Promotions

/// The walk that gathers rows column by column: those of some roles, in their order.
struct ColumnArrays: ColumnWalk, ~Copyable {
  private let roles: ColumnRoles
  private var columns: [ColumnArray]
  private var next = 0

  /// No rows of a table's columns of some roles.
  init(_ shape: TableShape, _ roles: ColumnRoles) {
    self.roles = roles
    columns = shape.columns.filter { roles.contains(ColumnRoles($0.role)) }.map { ColumnArray($0.type) }
  }

  /// Adds a key.
  mutating func add<Row: StoredRow>(_ key: Row.Key, of row: Row.Type) {
    next = 0
    // Nothing is read, so nothing can be unreadable.
    do throws(StoreFailure) { _ = try Row.walkKey(&self, key) } catch {
      preconditionFailure("a key is bound: \(error)")
    }
  }

  /// Adds a row.
  mutating func add<Row: StoredRow>(_ row: Row, _ key: Row.Key) {
    next = 0
    do throws(StoreFailure) {
      _ = try Row.walkKey(&self, key)
      _ = try Row.walk(&self, row, of: key)
    } catch {
      preconditionFailure("a row is bound: \(error)")
    }
  }

  /// Binds an array for each column.
  func bind(to parameters: inout Parameters) {
    for column in columns { parameters.bind(column) }
  }

  mutating func column<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) -> Value {
    guard let value else { preconditionFailure("a row that is written has a value in each column") }
    if roles.contains(ColumnRoles(role)) {
      value.write(to: &columns[next])
      next += 1
    }
    return value
  }

  mutating func optional<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) -> Value? {
    if roles.contains(ColumnRoles(role)) {
      if let value { value.write(to: &columns[next]) } else { columns[next].putNull(Value.columnType) }
      next += 1
    }
    return value
  }
}

/// The values of one column in PostgreSQL's binary form, each behind its length.
struct ColumnArray: ColumnSink {
  let type: ColumnType
  private(set) var bytes: [UInt8] = []
  private(set) var count = 0
  private(set) var hasNull = false
  /// Whether a text holds U+0000, which the database can't store.
  private(set) var hasNUL = false

  init(_ type: ColumnType) { self.type = type }

  mutating func put(_ integer: Int64) { append(integer) }

  mutating func put(_ flag: Bool) { append(flag ? 1 : 0 as UInt8) }

  mutating func put(_ uuid: UInt128) { append(uuid) }

  mutating func put(_ text: String) {
    let start = begin(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
    noteNUL(from: start)
  }

  mutating func put(utf8: [UInt8]) {
    let start = begin(utf8.count)
    bytes += utf8
    noteNUL(from: start)
  }

  mutating func put(_ bytes: [UInt8]) {
    _ = begin(bytes.count)
    self.bytes += bytes
  }

  mutating func putNull(_ type: ColumnType) {
    append(bigEndian: Parameters.nullLength)
    hasNull = true
    count += 1
  }

  private mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
    _ = begin(MemoryLayout<Number>.size)
    append(bigEndian: number)
  }

  private mutating func begin(_ length: Int) -> Int {
    append(bigEndian: Int32(length))
    count += 1
    return bytes.count
  }

  private mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(bigEndian number: Number) {
    unsafe withUnsafeBytes(of: number.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  private mutating func noteNUL(from start: Int) {
    if hasNUL { return }
    hasNUL = unsafe bytes.withUnsafeBytes { bytes in
      unsafe Parameters.holdsNUL(UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }
  }
}

extension Parameters {
  /// Binds the values of a column as an array.
  mutating func bind(_ column: ColumnArray) {
    let (array, element) = column.type.ids
    let start = beginArray(count: column.count, of: element)
    append(bytes: column.bytes)
    if column.hasNUL { noteNUL() }
    endArray(array, start: start, hasNull: column.hasNull)
  }
}

extension ColumnType {
  /// What PostgreSQL calls an array of the type, and the type. A choice is sent as a number of 8 bytes, which the column
  /// takes where it fits.
  fileprivate var ids: (array: UInt32, element: UInt32) {
    switch self {
    case .integer, .choice: (Parameters.TypeID.int8Array, Parameters.TypeID.int8)
    case .flag: (Parameters.TypeID.boolArray, Parameters.TypeID.bool)
    case .text: (Parameters.TypeID.textArray, Parameters.TypeID.text)
    case .bytes: (Parameters.TypeID.byteaArray, Parameters.TypeID.bytea)
    case .uuid: (Parameters.TypeID.uuidArray, Parameters.TypeID.uuid)
    }
  }
}
