import CPostgres
import Digest
import Ledger
import Promotions
import Scrip

/// One row, read straight from the result's memory. Where a value is NULL, the forms that are not optional give zero,
/// false or nothing.
struct ResultRow {
  let result: QueryResult
  let index: Int32

  func isNull(_ column: Int) -> Bool {
    unsafe assert(column < PQnfields(result.raw), "there is no such column")
    return unsafe PQgetisnull(result.raw, index, Int32(column)) != 0
  }

  /// A whole number of 8, 4 or 2 bytes.
  func int64(_ column: Int) -> Int64 {
    let value = unsafe self.value(column)
    switch value.count {
    case 8: return unsafe Int64(bigEndian: value.loadUnaligned(as: Int64.self))
    case 4: return unsafe Int64(Int32(bigEndian: value.loadUnaligned(as: Int32.self)))
    case 2: return unsafe Int64(Int16(bigEndian: value.loadUnaligned(as: Int16.self)))
    default:
      precondition(isNull(column), "the column is no whole number")
      return 0
    }
  }

  /// A count, an amount or a number of a row or event.
  func count(_ column: Int, of what: StaticString) throws(StoreFailure) -> Int64 {
    try StoredCount.decode(int64(column), what)
  }

  func optionalInt64(_ column: Int) -> Int64? { isNull(column) ? nil : int64(column) }

  func bool(_ column: Int) -> Bool {
    let value = unsafe self.value(column)
    return unsafe value.count == 1 && value[0] != 0
  }

  func instant(_ column: Int) throws(StoreFailure) -> Instant {
    guard let instant = Instant(exactly: int64(column)) else { throw .corrupt("a moment") }
    return instant
  }

  func tenant(_ column: Int) -> Tenant.ID { Tenant.ID(int64(column)) }

  func text(_ column: Int) -> String { unsafe String(decoding: value(column), as: UTF8.self) }

  func name<Subject>(_ column: Int) -> ExactText<Subject> { ExactText(text(column)) }

  func optionalText(_ column: Int) -> String? { isNull(column) ? nil : text(column) }

  /// The bytes of a `bytea` or of a text.
  func bytes(_ column: Int) -> [UInt8] { unsafe [UInt8](value(column)) }

  func identifier<Subject>(_ column: Int) throws(StoreFailure) -> Identifier<Subject> {
    Identifier(try uuid(column))
  }

  func optionalIdentifier<Subject>(_ column: Int) throws(StoreFailure) -> Identifier<Subject>? {
    isNull(column) ? nil : Identifier(try uuid(column))
  }

  func hash(_ column: Int) throws(StoreFailure) -> Hash256 {
    guard let hash = unsafe Hash256(bytes: value(column)) else { throw .corrupt("a hash") }
    return hash
  }

  func code(_ column: Int) throws(StoreFailure) -> CouponCode {
    guard let code = CouponCode(text(column)) else { throw .corrupt("a code") }
    return code
  }

  func currency(_ column: Int) throws(StoreFailure) -> Currency {
    guard let currency = Currency(code: text(column)) else { throw .corrupt("a currency") }
    return currency
  }

  /// A stream by its UUID and its kind, which stands in another column.
  func stream(_ column: Int, kind: Int) throws(StoreFailure) -> StreamID {
    guard let stream = readableStream(column, kind: kind) else { throw .corrupt("an identifier") }
    return stream
  }

  /// A stream; nil for what is none.
  func readableStream(_ column: Int, kind: Int) -> StreamID? {
    guard let number = UInt8(exactly: int64(kind)), let uuid = readableUUID(column),
      (uuid == 0) == (number == StreamKind.tenant.number)
    else { return nil }
    return StreamID(StreamKind(number), uuid)
  }

  private func uuid(_ column: Int) throws(StoreFailure) -> UInt128 {
    guard let uuid = readableUUID(column) else { throw .corrupt("an identifier") }
    return uuid
  }

  /// 16 bytes, most significant first; nil for what is not as long.
  func readableUUID(_ column: Int) -> UInt128? {
    let value = unsafe self.value(column)
    guard value.count == 16 else { return nil }
    return unsafe UInt128(bigEndian: value.loadUnaligned(as: UInt128.self))
  }

  /// Valid for as long as the row is.
  private func value(_ column: Int) -> UnsafeRawBufferPointer {
    // What is NULL or empty has an address as well.
    guard let start = unsafe PQgetvalue(result.raw, index, Int32(column)) else {
      preconditionFailure("there is no such column")
    }
    let count = unsafe PQgetlength(result.raw, index, Int32(column))
    return unsafe UnsafeRawBufferPointer(start: start, count: Int(count))
  }
}
