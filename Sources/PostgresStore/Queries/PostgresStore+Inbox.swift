import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// A page of a tenant's messages in one state, newest first.
  func messages(_ search: MessagesOfTenant) throws(StoreFailure) -> [KeptMessage] {
    try query(of: [search.tenant]) { (transaction) throws(StoreFailure) in
      try unreadable.page(search.limit) { (last: KeptMessage?, limit) throws(StoreFailure) in
        let before = last?.place ?? search.before
        let rows = try transaction.rows(PostgresStore.messagesOfTenant) {
          $0.bind(search.tenant)
          $0.bind(search.state.rawValue)
          $0.bind(before?.at ?? .latest)
          $0.bind(before?.id ?? Identifier(.max))
          $0.bind(limit)
          $0.bind(last == nil ? search.offset : 0)
        }
        return try rows.map { (row) throws(StoreFailure) in
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
      SELECT \(PostgresTable.columns(InboxMessageRow.self, of: "t")) FROM scrip.inbox_message AS t
      WHERE t.tenant = $1 AND t.state = $2 AND (t.received_at, t.id) < ($3, $4)
      ORDER BY t.received_at DESC, t.id DESC LIMIT $5 OFFSET $6
      """)

  /// What has been kept for long enough.
  func oldMessages(_ search: OldMessages) throws(StoreFailure) -> OldMessages.Names {
    OldMessages.Names(
      messages: try old(PostgresStore.oldMessages, search), orders: try old(PostgresStore.oldOrders, search))
  }

  private func old<Subject>(
    _ statement: StatementText, _ search: OldMessages
  ) throws(StoreFailure) -> [Identifier<Subject>] {
    try query(of: [search.tenant]) { (transaction) throws(StoreFailure) in
      let rows = try transaction.rows(statement) {
        $0.bind(search.tenant)
        $0.bind(search.before)
        $0.bind(search.limit)
      }
      return try rows.map { (row) throws(StoreFailure) in try row.identifier(0) as Identifier<Subject> }
    }
  }

  private static let oldMessages: StatementText = """
    SELECT t.id FROM scrip.inbox_message AS t WHERE t.tenant = $1 AND t.updated_at < $2
    ORDER BY t.updated_at LIMIT $3
    """

  private static let oldOrders: StatementText = """
    SELECT t.id FROM scrip.inbox_order AS t WHERE t.tenant = $1 AND t.updated_at < $2
    ORDER BY t.updated_at LIMIT $3
    """
}
