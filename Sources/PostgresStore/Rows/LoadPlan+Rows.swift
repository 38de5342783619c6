import Ledger
import Promotions

/// Loading rows of declared tables by key.
extension LoadPlan {
  /// Reads rows. What the set holds already stays as it is.
  mutating func load<Row: StoredRow>(
    _ keys: Set<Row.Key>, _ place: any WritableKeyPath<WorkingSet, Rows<Row>> & Sendable,
    to pipeline: inout Pipeline
  ) {
    if keys.isEmpty { return }
    let table = PostgresTable.of(Row.shape)
    add(table.select, to: &pipeline) { parameters in
      var arrays = ColumnArrays(table.shape, .key)
      for key in keys { arrays.add(key, of: Row.self) }
      arrays.bind(to: &parameters)
    } read: { (results, set, _) throws(StoreFailure) in
      for result in results { try result.load(into: &set[keyPath: place]) }
    }
  }
}

/// Loading rows of ordinary tables.
extension LoadPlan {
  /// Reads rows of ordinary tables, and locks those that are to be held, such as those in which streams end, in the order of
  /// their keys: behind orders and coupons, and before whatever is counted by them.
  mutating func addShelf(_ request: LoadRequest, locks: Bool, to pipeline: inout Pipeline) {
    if request.shelf.isEmpty { return }
    for type in Catalogue.tables { load(type, request, locks: locks, to: &pipeline) }
  }

  private mutating func load<Row: StoredRow>(
    _ row: Row.Type, _ request: LoadRequest, locks: Bool, to pipeline: inout Pipeline
  ) {
    let keys = request.shelf[row]
    if keys.isEmpty { return }
    let table = PostgresTable.of(Row.shape)
    let statement = locks && Row.shape.isHeld ? table.lock : table.select
    add(statement, to: &pipeline) { parameters in
      var arrays = ColumnArrays(table.shape, .key)
      for key in keys { arrays.add(key, of: Row.self) }
      arrays.bind(to: &parameters)
    } read: { (results, set, _) throws(StoreFailure) in
      for result in results { try result.load(into: &set.shelf[row]) }
    }
  }
}

extension ResultRow {
  /// The row of a table whose columns begin with one, those of the key first.
  func row<Row: StoredRow>(
    _ row: Row.Type, from first: Int = 0
  ) throws(StoreFailure) -> (key: Row.Key, row: Row) {
    var scanner = RowScanner(ColumnReader(self, from: first))
    let key = try Row.walkKey(&scanner, nil)
    return (key, try Row.walk(&scanner, nil, of: key))
  }

  /// The key of a row whose columns begin with one.
  func key<Row: StoredRow>(_ row: Row.Type, from first: Int = 0) throws(StoreFailure) -> Row.Key {
    var scanner = RowScanner(ColumnReader(self, from: first))
    return try Row.walkKey(&scanner, nil)
  }

  /// Puts a row among others that does not stand there yet; says which one.
  @discardableResult
  func load<Row: StoredRow>(
    into rows: inout Rows<Row>, from first: Int = 0
  ) throws(StoreFailure) -> Row.Key {
    var scanner = RowScanner(ColumnReader(self, from: first))
    let key = try Row.walkKey(&scanner, nil)
    try rows.load(key) { () throws(StoreFailure) in try Row.walk(&scanner, nil, of: key) }
    return key
  }
}
