import Ledger
import Scrip

/// What a column of a row holds.
enum Cell: Hashable {
  case null
  case integer(Int64)
  case flag(Bool)
  case bytes([UInt8])
  case uuid(UInt128)

  var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
  var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
  var uuid: UInt128? { if case .uuid(let value) = self { value } else { nil } }
}

/// The columns of a row with their names, in the order of their declaration: what a database keeps of it.
struct Cells: Hashable {
  private(set) var names: [String] = []
  private(set) var cells: [Cell] = []

  /// The columns of a key.
  static func key<Row: StoredRow>(_ key: Row.Key, of row: Row.Type) throws(StoreFailure) -> Cells {
    var writing = CellWriting()
    _ = try Row.walkKey(&writing, key)
    return writing.written
  }

  /// All other columns.
  static func row<Row: StoredRow>(_ row: Row, of key: Row.Key) throws(StoreFailure) -> Cells {
    var writing = CellWriting()
    _ = try Row.walk(&writing, row, of: key)
    return writing.written
  }

  /// Reads a key.
  func key<Row: StoredRow>(of row: Row.Type) throws(StoreFailure) -> Row.Key {
    var scanner = RowScanner(CellSource(cells: cells))
    return try Row.walkKey(&scanner, nil)
  }

  /// Reads a row.
  func row<Row: StoredRow>(_ row: Row.Type, of key: Row.Key) throws(StoreFailure) -> Row {
    var scanner = RowScanner(CellSource(cells: cells))
    return try Row.walk(&scanner, nil, of: key)
  }

  /// The column with a name.
  subscript(_ name: String) -> Cell? {
    get { names.firstIndex(of: name).map { cells[$0] } }
    set { if let place = names.firstIndex(of: name), let newValue { cells[place] = newValue } }
  }

  fileprivate mutating func add(_ name: StaticString) { names.append(name.description) }
  fileprivate mutating func add(_ cell: Cell) { cells.append(cell) }
}

/// The walk that writes a row's columns. What other rows tell is for searches alone, and there are none here.
private struct CellWriting: ColumnWalk, ~Copyable {
  private(set) var written = Cells()

  mutating func column<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) -> Value {
    guard let value else { preconditionFailure("a row that is written has a value in each column") }
    written.add(name)
    value.write(to: &written)
    return value
  }

  mutating func optional<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) -> Value? {
    if role == .derived { return value }
    guard let value else {
      written.add(name)
      written.putNull(Value.columnType)
      return nil
    }
    return column(name, role, value)
  }
}

extension Cells: ColumnSink {
  mutating func put(_ integer: Int64) { add(.integer(integer)) }
  mutating func put(_ flag: Bool) { add(.flag(flag)) }
  mutating func put(_ text: String) { add(.bytes(Array(text.utf8))) }
  mutating func put(utf8: [UInt8]) { add(.bytes(utf8)) }
  mutating func put(_ bytes: [UInt8]) { add(.bytes(bytes)) }
  mutating func put(_ uuid: UInt128) { add(.uuid(uuid)) }
  mutating func putNull(_ type: ColumnType) { add(.null) }
}

/// Where the columns are read from again.
private struct CellSource: ColumnSource {
  var cells: [Cell]
  private var place = 0

  init(cells: [Cell]) { self.cells = cells }

  private mutating func next() -> Cell {
    defer { place += 1 }
    return cells[place]
  }

  mutating func integer() -> Int64 { next().integer ?? 0 }
  mutating func flag() -> Bool { next() == .flag(true) }
  mutating func text() -> String { String(decoding: bytes(), as: UTF8.self) }
  mutating func bytes() -> [UInt8] { next().bytes ?? [] }
  mutating func uuid() -> UInt128? { next().uuid }

  mutating func skipsNull() -> Bool {
    guard cells[place] == .null else { return false }
    place += 1
    return true
  }
}
