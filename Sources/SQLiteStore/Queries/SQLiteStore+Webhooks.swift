import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// A page of an endpoint's messages, those that were noted last before others.
  func webhookDeliveries(_ search: WebhookDeliveries) throws(StoreFailure) -> [WebhookDelivery] {
    let sql = search.state == nil ? SQLiteStore.deliveriesOfWebhook : SQLiteStore.deliveriesInState
    return try webhookDeliveries(sql, of: search.webhook.tenant) {
      $0.bind(search.webhook.tenant)
      $0.bind(search.webhook.value)
      $0.bind(search.after ?? Identifier(.max))
      $0.bind(search.limit)
      $0.bind(search.skipping)
      if let state = search.state { $0.bind(state.stored) }
    }
  }

  /// The messages to an endpoint that are to be sent, those first whose time comes first.
  func dueWebhookDeliveries(_ search: DueWebhookDeliveries) throws(StoreFailure) -> [WebhookDelivery] {
    try webhookDeliveries(SQLiteStore.dueDeliveries, of: search.webhook.tenant) {
      $0.bind(search.webhook.tenant)
      $0.bind(search.webhook.value)
      $0.bind(search.moment)
      $0.bind(search.origin.columnText)
      $0.bind(search.limit)
      $0.bind(search.skipping)
    }
  }

  private func webhookDeliveries(
    _ sql: StatementText, of tenant: Tenant.ID, _ bind: (Statement) -> Void
  ) throws(StoreFailure) -> [WebhookDelivery] {
    try list { (rows, unreadable) throws(StoreFailure) in
      try rows.connection.rows(sql, bind) { (row) throws(StoreFailure) in
        let id: WebhookDelivery.ID? = row.readableIdentifier(2)
        return try unreadable.read("webhook delivery", id?.description, of: tenant) {
          () throws(StoreFailure) in try row.row(WebhookDeliveryRow.self).row.delivery
        }
      }.compactMap { $0 }
    }
  }

  private static let deliveriesOfWebhook = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(WebhookDeliveryRow.self)) FROM webhook_delivery
      WHERE tenant = ?1 AND webhook_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4 OFFSET ?5
      """)

  private static let deliveriesInState = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(WebhookDeliveryRow.self)) FROM webhook_delivery
      WHERE tenant = ?1 AND webhook_id = ?2 AND id < ?3 AND state = ?6
      ORDER BY id DESC LIMIT ?4 OFFSET ?5
      """)

  private static let dueDeliveries = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(WebhookDeliveryRow.self)) FROM webhook_delivery
      WHERE tenant = ?1 AND webhook_id = ?2 AND next_try_at <= ?3 AND origin = ?4
      ORDER BY next_try_at, id LIMIT ?5 OFFSET ?6
      """)

  /// What is to be sent to an endpoint once more and is not noted yet.
  func webhookReplays(_ search: WebhookReplays) throws(StoreFailure) -> WebhookReplays.Found {
    try list { (rows, unreadable) throws(StoreFailure) in
      try rows.connection.rows(SQLiteStore.replaysOfWebhook) {
        $0.bind(search.webhook.tenant)
        $0.bind(search.webhook.value)
      } read: { (row) throws(StoreFailure) in
        try unreadable.read("webhook replay", nil, of: search.webhook.tenant) { () throws(StoreFailure) in
          let (key, found) = try row.row(WebhookReplayRow.self)
          return (key: key.value, row: found)
        }
      }.compactMap { $0 }
    }
  }

  private static let replaysOfWebhook = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(WebhookReplayRow.self)) FROM webhook_replay
      WHERE tenant = ?1 AND webhook_id = ?2 ORDER BY slot
      """)

  /// Where an event stands in the log.
  func position(_ search: PositionOfEvent) throws(StoreFailure) -> Int64? {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.first(
        "SELECT position FROM event WHERE tenant = ?1 AND stream = ?2 AND sequence = ?3"
      ) {
        $0.bind(search.tenant)
        $0.bind(search.stream)
        $0.bind(search.sequence)
      } read: {
        $0.int64(0)
      }
    }
  }
}
