import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// A page of an endpoint's messages, those that were noted last before others.
  func webhookDeliveries(_ search: WebhookDeliveries) throws(StoreFailure) -> [WebhookDelivery] {
    let sql = search.state == nil ? PostgresStore.deliveriesOfWebhook : PostgresStore.deliveriesInState
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
    try webhookDeliveries(PostgresStore.dueDeliveries, of: search.webhook.tenant) {
      $0.bind(search.webhook.tenant)
      $0.bind(search.webhook.value)
      $0.bind(search.moment)
      $0.bind(search.origin.columnText)
      $0.bind(search.limit)
      $0.bind(search.skipping)
    }
  }

  private func webhookDeliveries(
    _ sql: StatementText, of tenant: Tenant.ID, _ bind: (inout Parameters) -> Void
  ) throws(StoreFailure) -> [WebhookDelivery] {
    try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      try transaction.rows(sql, bind).map { (row) throws(StoreFailure) in
        let id: WebhookDelivery.ID = try row.identifier(2)
        return try unreadable.read("webhook delivery", id.description, of: tenant) {
          () throws(StoreFailure) in try row.row(WebhookDeliveryRow.self).row.delivery
        }
      }.compactMap { $0 }
    }
  }

  private static let deliveriesOfWebhook = StatementText(
    made: """
      SELECT \(PostgresTable.columns(WebhookDeliveryRow.self, of: "t")) FROM scrip.webhook_delivery AS t
      WHERE t.tenant = $1 AND t.webhook_id = $2 AND t.id < $3 ORDER BY t.id DESC LIMIT $4 OFFSET $5
      """)

  private static let deliveriesInState = StatementText(
    made: """
      SELECT \(PostgresTable.columns(WebhookDeliveryRow.self, of: "t")) FROM scrip.webhook_delivery AS t
      WHERE t.tenant = $1 AND t.webhook_id = $2 AND t.id < $3 AND t.state = $6
      ORDER BY t.id DESC LIMIT $4 OFFSET $5
      """)

  private static let dueDeliveries = StatementText(
    made: """
      SELECT \(PostgresTable.columns(WebhookDeliveryRow.self, of: "t")) FROM scrip.webhook_delivery AS t
      WHERE t.tenant = $1 AND t.webhook_id = $2 AND t.next_try_at <= $3 AND t.origin = $4
      ORDER BY t.next_try_at, t.id LIMIT $5 OFFSET $6
      """)

  /// What is to be sent to an endpoint once more and is not noted yet.
  func webhookReplays(_ search: WebhookReplays) throws(StoreFailure) -> WebhookReplays.Found {
    try query(of: [search.webhook.tenant]) { (transaction) throws(StoreFailure) in
      try transaction.rows(PostgresStore.replaysOfWebhook) {
        $0.bind(search.webhook.tenant)
        $0.bind(search.webhook.value)
      }.map { (row) throws(StoreFailure) in
        try unreadable.read("webhook replay", nil, of: search.webhook.tenant) { () throws(StoreFailure) in
          let (key, found) = try row.row(WebhookReplayRow.self)
          return (key: key.value, row: found)
        }
      }.compactMap { $0 }
    }
  }

  private static let replaysOfWebhook = StatementText(
    made: """
      SELECT \(PostgresTable.columns(WebhookReplayRow.self, of: "t")) FROM scrip.webhook_replay AS t
      WHERE t.tenant = $1 AND t.webhook_id = $2 ORDER BY t.slot
      """)

  /// Where an event stands in the log.
  func position(_ search: PositionOfEvent) throws(StoreFailure) -> Int64? {
    try query(of: [search.tenant]) { (transaction) throws(StoreFailure) in
      try transaction.rows(
        "SELECT position FROM scrip.event WHERE tenant = $1 AND stream = $2 AND sequence = $3"
      ) {
        $0.bind(search.tenant)
        $0.bind(search.stream)
        $0.bind(search.sequence)
      }.map { $0.int64(0) }.first
    }
  }
}
