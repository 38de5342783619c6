extension Migration {
  /// The schema as it was first released.
  static let first = Migration(
    number: 1, name: "first schema",
    up: [
      couponTables, orderTables, keptOrderTables, billingTables, logTables, projectionTables, nodeTables,
      dueTable, webhookTables, inboxTables, fraudTables, guards,
    ],
    down: [dropGuards, dropWebhookTables, dropInboxTables, dropFraudTables, dropTables])
}
