import Ledger
import Promotions

/// Reads columns of the row at which a statement stands.
struct ColumnReader: ColumnSource {
  private let statement: Statement
  private var next: Int32

  init(_ statement: Statement, from first: Int32 = 0) {
    self.statement = statement
    next = first
  }

  private mutating func take() -> Int32 {
    defer { next += 1 }
    return next
  }

  mutating func skipsNull() -> Bool {
    guard statement.isNull(next) else { return false }
    next += 1
    return true
  }

  mutating func integer() -> Int64 { statement.int64(take()) }
  mutating func flag() -> Bool { statement.bool(take()) }
  mutating func text() -> String { statement.text(take()) }
  mutating func bytes() -> [UInt8] { statement.bytes(take()) }
  mutating func uuid() -> UInt128? { statement.uuid(take()) }
}
