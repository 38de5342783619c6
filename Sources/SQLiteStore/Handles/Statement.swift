import CSQLite
import Digest
import Ledger
import Promotions
import Scrip

/// A prepared statement of one connection, kept for its next use: the connection's cache is its only owner.
///
/// Values are bound in the order of the parameters' numbers.
@safe final class Statement {
  private let raw: OpaquePointer
  private let connection: OpaquePointer
  private let sql: StatementText
  private let values: BoundValues
  private var nextParameter: Int32 = 1
  private var bindCode = SQLITE_OK
  private(set) var isInUse = false

  init(_ sql: StatementText, on connection: OpaquePointer, values: BoundValues) throws(StoreFailure) {
    var raw: OpaquePointer?
    let code =
      switch sql.source {
      case .literal(let text):
        unsafe Statement.prepare(
          UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self), text.utf8CodeUnitCount,
          on: connection, &raw)
      case .made(let made):
        unsafe made.text.withCString { text in
          unsafe Statement.prepare(text, made.text.utf8.count, on: connection, &raw)
        }
      }
    guard code == SQLITE_OK, let raw = unsafe raw else {
      throw unsafe .last(on: connection, statement: sql)
    }
    unsafe self.raw = raw
    unsafe self.connection = connection
    self.sql = sql
    self.values = values
  }

  private static func prepare(
    _ text: UnsafePointer<CChar>, _ count: Int, on connection: OpaquePointer, _ raw: inout OpaquePointer?
  ) -> Int32 {
    unsafe sqlite3_prepare_v3(
      connection, text, Int32(count), UInt32(SQLITE_PREPARE_PERSISTENT), &raw, nil)
  }

  deinit { unsafe sqlite3_finalize(raw) }

  /// What was prepared.
  var text: String { sql.description }

  /// Whether it reads rows of tables.
  var isQuery: Bool {
    let start = text.drop(while: \.isWhitespace)
    return start.hasPrefix("SELECT") || start.hasPrefix("WITH")
  }

  /// How the database goes about it, a line for each table.
  func plan() throws(StoreFailure) -> [String] {
    var explained: OpaquePointer?
    let code = unsafe sqlite3_prepare_v2(connection, "EXPLAIN QUERY PLAN " + text, -1, &explained, nil)
    defer { unsafe sqlite3_finalize(explained) }
    guard code == SQLITE_OK else { throw unsafe .last(on: connection, statement: sql) }
    var lines: [String] = []
    while unsafe sqlite3_step(explained) == SQLITE_ROW {
      guard let line = unsafe sqlite3_column_text(explained, 3) else { continue }
      lines.append(unsafe String(cString: line))
    }
    return lines
  }

  /// Takes the statement for one use, which ends with `reset()`.
  func begin() {
    precondition(!isInUse, "a statement is used once at a time")
    isInUse = true
    values.begin()
    nextParameter = 1
  }

  /// Ends the use and forgets the bound values. Its code repeats what `step` has reported already.
  func reset() {
    unsafe sqlite3_reset(raw)
    unsafe sqlite3_clear_bindings(raw)
    values.end()
    bindCode = SQLITE_OK
    isInUse = false
  }

  /// Advances to the next row; false when there is none.
  func step() throws(StoreFailure) -> Bool {
    guard bindCode == SQLITE_OK else { throw .code(bindCode, statement: sql) }
    switch unsafe sqlite3_step(raw) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw unsafe .last(on: connection, statement: sql)
    }
  }
}

extension Statement {
  func bind(_ value: Int64) { note(unsafe sqlite3_bind_int64(raw, nextParameter, value)) }

  func bind(_ value: Int64?) {
    if let value { bind(value) } else { bindNull() }
  }

  func bind(_ value: Int) { bind(Int64(value)) }

  func bind(_ value: Bool) { bind(value ? 1 : 0 as Int64) }

  func bind(_ value: String) {
    var value = value
    note(
      value.withUTF8 { text in
        unsafe text.isEmpty
          ? csqlite_bind_text(raw, nextParameter, "", 0) : bindText(UnsafeRawBufferPointer(text))
      })
  }

  func bind(_ value: String?) {
    if let value { bind(value) } else { bindNull() }
  }

  func bind(_ bytes: [UInt8]) {
    note(
      unsafe bytes.withUnsafeBytes { bytes in unsafe bindBlob(bytes) })
  }

  func bind(_ bytes: [UInt8]?) {
    if let bytes { bind(bytes) } else { bindNull() }
  }

  /// Binds UTF-8 as a text.
  func bindText(_ bytes: [UInt8]) {
    note(
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe bindText(bytes)
      })
  }

  func bindText(_ bytes: [UInt8]?) {
    if let bytes { bindText(bytes) } else { bindNull() }
  }

  func bind<Subject>(_ name: ExactText<Subject>) { bind(name.text) }

  func bind<Subject>(_ name: ExactText<Subject>?) { bind(name?.text) }

  func bind(_ tenant: Tenant.ID) { bind(tenant.number) }

  func bind(_ instant: Instant) { bind(instant.microseconds) }

  func bind(_ instant: Instant?) { bind(instant?.microseconds) }

  func bind(_ hash: Hash256) { bind(hash.bytes) }

  /// Binds the 16 bytes, most significant first, so that rows sort as identifiers do.
  func bind<Subject>(_ id: Identifier<Subject>) { bind(id.value) }

  /// Binds 16 bytes, most significant first.
  func bind(_ uuid: UInt128) {
    let bigEndian = uuid.bigEndian
    note(
      unsafe withUnsafeBytes(of: bigEndian) { bytes in unsafe bindBlob(bytes) })
  }

  private func bindText(_ text: UnsafeRawBufferPointer) -> Int32 {
    if text.count > 0, let kept = unsafe values.keep(text) {
      return unsafe csqlite_bind_kept_text(raw, nextParameter, kept, Int32(text.count))
    }
    return unsafe csqlite_bind_text(raw, nextParameter, text.baseAddress, Int32(text.count))
  }

  private func bindBlob(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    if bytes.count > 0, let kept = unsafe values.keep(bytes) {
      return unsafe csqlite_bind_kept_blob(raw, nextParameter, kept, Int32(bytes.count))
    }
    return unsafe csqlite_bind_blob(raw, nextParameter, bytes.baseAddress, Int32(bytes.count))
  }

  func bind<Subject>(_ id: Identifier<Subject>?) {
    if let id { bind(id) } else { bindNull() }
  }

  /// Binds the stream's 16 bytes; none for the tenant's own stream.
  func bind(_ stream: StreamID) {
    if stream.kind == .tenant { bind([]) } else { bind(stream.id) }
  }

  func bind(_ kind: StreamKind) { bind(Int64(kind.number)) }

  func bindNull() { note(unsafe sqlite3_bind_null(raw, nextParameter)) }

  private func note(_ code: Int32) {
    nextParameter += 1
    if code != SQLITE_OK, bindCode == SQLITE_OK { bindCode = code }
  }
}

extension Statement {
  func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(raw, column) == SQLITE_NULL }

  func int64(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(raw, column) }

  /// A count, an amount or a number of a row or event.
  func count(_ column: Int32, of what: StaticString) throws(StoreFailure) -> Int64 {
    try StoredCount.decode(int64(column), what)
  }

  func optionalInt64(_ column: Int32) -> Int64? { isNull(column) ? nil : int64(column) }

  func bool(_ column: Int32) -> Bool { int64(column) != 0 }

  func instant(_ column: Int32) throws(StoreFailure) -> Instant {
    guard let instant = Instant(exactly: int64(column)) else { throw .corrupt("a moment") }
    return instant
  }

  func tenant(_ column: Int32) -> Tenant.ID { Tenant.ID(int64(column)) }

  func text(_ column: Int32) -> String {
    guard let start = unsafe sqlite3_column_text(raw, column) else { return "" }
    let count = unsafe Int(sqlite3_column_bytes(raw, column))
    return unsafe String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func name<Subject>(_ column: Int32) -> ExactText<Subject> { ExactText(text(column)) }

  func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  /// How many bytes a blob or a text has.
  func byteCount(_ column: Int32) -> Int { unsafe Int(sqlite3_column_bytes(raw, column)) }

  /// The bytes of a blob or of a text.
  func bytes(_ column: Int32) -> [UInt8] {
    guard let start = unsafe sqlite3_column_blob(raw, column) else { return [] }
    let count = unsafe Int(sqlite3_column_bytes(raw, column))
    return unsafe [UInt8](UnsafeRawBufferPointer(start: start, count: count))
  }

  func identifier<Subject>(_ column: Int32) throws(StoreFailure) -> Identifier<Subject> {
    guard let identifier: Identifier<Subject> = readableIdentifier(column) else {
      throw .corrupt("an identifier")
    }
    return identifier
  }

  /// An identifier; nil for what is none.
  func readableIdentifier<Subject>(_ column: Int32) -> Identifier<Subject>? {
    uuid(column).map { Identifier($0) }
  }

  /// 16 bytes, most significant first; nil for what is not as long.
  func uuid(_ column: Int32) -> UInt128? {
    guard let start = unsafe sqlite3_column_blob(raw, column),
      unsafe sqlite3_column_bytes(raw, column) == 16
    else { return nil }
    return unsafe UInt128(bigEndian: UnsafeRawPointer(start).loadUnaligned(as: UInt128.self))
  }

  func hash(_ column: Int32) throws(StoreFailure) -> Hash256 {
    guard let hash = Hash256(bytes: bytes(column)) else { throw .corrupt("a hash") }
    return hash
  }

  func code(_ column: Int32) throws(StoreFailure) -> CouponCode {
    guard let code = CouponCode(text(column)) else { throw .corrupt("a code") }
    return code
  }

  func currency(_ column: Int32) throws(StoreFailure) -> Currency {
    guard let currency = Currency(code: text(column)) else { throw .corrupt("a currency") }
    return currency
  }

  /// A stream whose kind stands in another column; nil for what is none.
  func readableStream(_ column: Int32, kind: Int32) -> StreamID? {
    guard let number = UInt8(exactly: int64(kind)) else { return nil }
    let isTenant = unsafe sqlite3_column_bytes(raw, column) == 0
    if isTenant { return number == StreamKind.tenant.number ? .tenant : nil }
    return uuid(column).map { StreamID(StreamKind(number), $0) }
  }

  func stream(_ column: Int32, kind: Int32) throws(StoreFailure) -> StreamID {
    guard let stream = readableStream(column, kind: kind) else { throw .corrupt("an identifier") }
    return stream
  }
}
