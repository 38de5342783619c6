extension Migration {
  /// Endpoints of webhooks, how far each has got, and the messages to them. `webhook_delivery_by_state` lists those of an
  /// endpoint that stand in one way, `webhook_delivery_due` finds what is to be sent next, new events apart from those that
  /// are sent once more.
  static let webhookTables: StaticString = """
    CREATE TABLE webhook (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      version INTEGER NOT NULL,
      settings TEXT NOT NULL,
      disabled_because TEXT,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE webhook_progress (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      position INTEGER NOT NULL,
      failing_version INTEGER NOT NULL,
      failing_since INTEGER,
      failed_at INTEGER,
      last_taken_at INTEGER,
      PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE webhook_delivery (
      tenant INTEGER NOT NULL,
      webhook_id BLOB NOT NULL,
      id BLOB NOT NULL,
      position INTEGER NOT NULL,
      event_id TEXT NOT NULL,
      type TEXT NOT NULL,
      origin TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      state INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      next_try_at INTEGER,
      tried_at INTEGER,
      milliseconds INTEGER,
      status INTEGER,
      failure TEXT,
      response TEXT,
      PRIMARY KEY (tenant, webhook_id, id)
    ) STRICT;

    CREATE INDEX webhook_delivery_by_state ON webhook_delivery (tenant, webhook_id, state, id);
    CREATE INDEX webhook_delivery_due ON webhook_delivery (tenant, webhook_id, origin, next_try_at, id)
      WHERE next_try_at IS NOT NULL;

    CREATE TABLE webhook_replay (
      tenant INTEGER NOT NULL,
      webhook_id BLOB NOT NULL,
      slot INTEGER NOT NULL,
      position INTEGER NOT NULL,
      until INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      choice TEXT NOT NULL,
      PRIMARY KEY (tenant, webhook_id, slot)
    ) STRICT, WITHOUT ROWID;
    """

  static let dropWebhookTables: StaticString = """
    DROP TABLE webhook_replay;
    DROP TABLE webhook_delivery;
    DROP TABLE webhook_progress;
    DROP TABLE webhook;
    """
}
