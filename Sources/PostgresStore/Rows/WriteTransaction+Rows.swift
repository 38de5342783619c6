import Ledger
import Promotions

/// Writing rows of declared tables.
extension WriteTransaction {
  /// Gathers what has changed of a table's rows, each kind as one statement. One that finds a limit or a unique key in
  /// its way, or does not find a row that is to be changed, refuses the transaction.
  func write<Row: StoredRow>(_ rows: Rows<Row>) {
    if rows.isUnchanged { return }
    let writing = rows.writing
    delete(writing.void, of: Row.self)
    // Rows that make room for others have to have done so before those are looked at.
    let rest = writing.updated.firstIndex { !rows.written($0).makesRoom } ?? writing.updated.count
    write(Array(writing.updated[..<rest]), .update, of: rows)
    write(Array(writing.updated[rest...]), .update, of: rows)
    write(writing.redefined, .redefine, of: rows)
    write(writing.counted, .count, of: rows)
    makeRoom(for: writing.new, of: Row.self)
    write(writing.new, .insert, of: rows)
  }

  /// Where events are folded again, the last row of a key counts.
  private func makeRoom<Row: StoredRow>(for keys: [Row.Key], of row: Row.Type) {
    guard let makeRoom = PostgresTable.of(Row.shape).makeRoom else { return }
    send(keys, to: enforcesLimits ? makeRoom : PostgresTable.of(Row.shape).delete, of: Row.self)
  }

  private func write<Row: StoredRow>(_ keys: [Row.Key], _ change: RowChange, of rows: Rows<Row>) {
    if keys.isEmpty { return }
    let table = PostgresTable.of(Row.shape)
    let counts = table.shape.count != nil
    add { [enforcesLimits] pipeline in
      pipeline.add(table.write(change)) { parameters in
        var arrays = ColumnArrays(table.shape, ColumnRoles(of: change))
        for key in keys { arrays.add(rows.written(key), key) }
        arrays.bind(to: &parameters)
        if counts {
          parameters.bind(keys.map { rows.limit($0) })
          parameters.bind(enforcesLimits)
        }
        if counts || change != .insert { parameters.bind(keys.count) }
      }
    }
  }

  private func delete<Row: StoredRow>(_ keys: [Row.Key], of row: Row.Type) {
    send(keys, to: PostgresTable.of(Row.shape).delete, of: Row.self)
  }

  private func send<Row: StoredRow>(_ keys: [Row.Key], to statement: StatementText, of row: Row.Type) {
    if keys.isEmpty { return }
    add { pipeline in
      pipeline.add(statement) { parameters in
        var arrays = ColumnArrays(Row.shape, .key)
        for key in keys { arrays.add(key, of: Row.self) }
        arrays.bind(to: &parameters)
      }
    }
  }
}
