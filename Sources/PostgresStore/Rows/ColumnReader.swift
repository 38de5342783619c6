import Ledger
import Promotions

/// Reads columns of a row of a result.
struct ColumnReader: ColumnSource {
  private let row: ResultRow
  private var next: Int

  init(_ row: ResultRow, from first: Int = 0) {
    self.row = row
    next = first
  }

  private mutating func take() -> Int {
    defer { next += 1 }
    return next
  }

  mutating func skipsNull() -> Bool {
    guard row.isNull(next) else { return false }
    next += 1
    return true
  }

  mutating func integer() -> Int64 { row.int64(take()) }
  mutating func flag() -> Bool { row.bool(take()) }
  mutating func text() -> String { row.text(take()) }
  mutating func bytes() -> [UInt8] { row.bytes(take()) }
  mutating func uuid() -> UInt128? { row.readableUUID(take()) }
}
