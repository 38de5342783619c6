import Ledger

extension RowReader {
  /// The events of a statement as far as their payloads go.
  func page<Row>(
    _ sql: StatementText, _ filter: EventFilter, _ bind: (Statement) -> Void,
    read: (Statement) throws(StoreFailure) -> Row
  ) throws(StoreFailure) -> [Row] {
    try connection.rows(sql, upTo: filter.bytes, of: RowReader.payload, bind, read: read).entries.map(\.row)
  }

  /// Where an event's payload stands in the statements that list events.
  private static let payload: Int32 = 8
}
