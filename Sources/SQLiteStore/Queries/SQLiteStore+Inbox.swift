import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// A page of a tenant's messages in one state, newest first.
  func messages(_ search: MessagesOfTenant) throws(StoreFailure) -> [KeptMessage] {
    try list { (rows, unreadable) throws(StoreFailure) in
      try unreadable.page(search.limit) { (last: KeptMessage?, limit) throws(StoreFailure) in
        let before = last?.place ?? search.before
        return try rows.connection.rows(SQLiteStore.messagesOfTenant) {
          $0.bind(search.tenant)
          $0.bind(search.state.rawValue)
          $0.bind(before?.at ?? .latest)
          $0.bind(before?.id ?? Identifier(.max))
          $0.bind(limit)
          $0.bind(last == nil ? search.offset : 0)
        } read: { (row) throws(StoreFailure) in
          let id: Identifier<InboxMessage> = try row.identifier(1)
          return try unreadable.read("message", id.description, of: search.tenant) {
            () throws(StoreFailure) in
            let (key, message) = try row.row(InboxMessageRow.self)
            return KeptMessage(id: key.value, row: message)
          }
        }
      }
    }
  }

  private static let messagesOfTenant = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(InboxMessageRow.self)) FROM inbox_message
      WHERE tenant = ?1 AND state = ?2 AND (received_at, id) < (?3, ?4)
      ORDER BY received_at DESC, id DESC LIMIT ?5 OFFSET ?6
      """)

  /// What has been kept for long enough.
  func oldMessages(_ search: OldMessages) throws(StoreFailure) -> OldMessages.Names {
    OldMessages.Names(
      messages: try old(SQLiteStore.oldMessages, search), orders: try old(SQLiteStore.oldOrders, search))
  }

  private func old<Subject>(
    _ statement: StatementText, _ search: OldMessages
  ) throws(StoreFailure) -> [Identifier<Subject>] {
    try list { (rows, _) throws(StoreFailure) in
      try rows.connection.rows(statement) {
        $0.bind(search.tenant)
        $0.bind(search.before)
        $0.bind(search.limit)
      } read: { (row) throws(StoreFailure) in
        try row.identifier(0) as Identifier<Subject>
      }
    }
  }

  private static let oldMessages: StatementText = """
    SELECT id FROM inbox_message WHERE tenant = ?1 AND updated_at < ?2 ORDER BY updated_at LIMIT ?3
    """

  private static let oldOrders: StatementText = """
    SELECT id FROM inbox_order WHERE tenant = ?1 AND updated_at < ?2 ORDER BY updated_at LIMIT ?3
    """
}
