import CPostgres

/// The rows that a statement answered with, all of them in memory.
struct ResultRows: Sequence {
  private let result: QueryResult

  init(_ result: QueryResult) { self.result = result }

  /// How many rows there are.
  var count: Int { unsafe Int(PQntuples(result.raw)) }

  var isEmpty: Bool { count == 0 }

  /// The first row, if there is one.
  var first: ResultRow? { isEmpty ? nil : self[0] }

  subscript(_ index: Int) -> ResultRow {
    precondition(index >= 0 && index < count, "there is no such row")
    return ResultRow(result: result, index: Int32(index))
  }

  /// How many rows the statement changed; for one that reads, how many it found.
  var changed: Int {
    guard let text = unsafe PQcmdTuples(result.raw) else { return 0 }
    return unsafe Int(String(cString: text)) ?? 0
  }

  func makeIterator() -> Iterator { Iterator(result: result, count: Int32(count)) }

  struct Iterator: IteratorProtocol {
    fileprivate let result: QueryResult
    fileprivate let count: Int32
    private var index: Int32 = 0

    fileprivate init(result: QueryResult, count: Int32) {
      self.result = result
      self.count = count
    }

    mutating func next() -> ResultRow? {
      guard index < count else { return nil }
      defer { index += 1 }
      return ResultRow(result: result, index: index)
    }
  }
}
