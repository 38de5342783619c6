extension Migration {
  /// Where the parts of a shop's messages stand; the messages, with what they said while somebody may want it; and what
  /// was told of each order. `inbox_message_old` and `inbox_order_old` find what has been kept for long enough.
  static let inboxTables: StaticString = """
    CREATE TABLE inbox_mapping (
      tenant INTEGER NOT NULL PRIMARY KEY,
      version INTEGER NOT NULL,
      mapping TEXT NOT NULL
    ) STRICT;

    CREATE TABLE inbox_message (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      source TEXT NOT NULL,
      event_id TEXT NOT NULL,
      sent_at INTEGER,
      received_at INTEGER NOT NULL,
      type TEXT,
      order_id TEXT,
      state TEXT NOT NULL,
      reason TEXT,
      pointer TEXT,
      detail TEXT,
      application_id BLOB,
      attempts INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      body BLOB,
      PRIMARY KEY (tenant, id)
    ) STRICT;

    CREATE INDEX inbox_message_by_state ON inbox_message (tenant, state, received_at, id);
    CREATE INDEX inbox_message_old ON inbox_message (tenant, updated_at);

    CREATE TABLE inbox_order (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      order_id TEXT NOT NULL,
      updated_at INTEGER NOT NULL,
      facts TEXT NOT NULL,
      PRIMARY KEY (tenant, id)
    ) STRICT;

    CREATE INDEX inbox_order_old ON inbox_order (tenant, updated_at);
    """

  static let dropInboxTables: StaticString = """
    DROP TABLE inbox_order;
    DROP TABLE inbox_message;
    DROP TABLE inbox_mapping;
    """
}
