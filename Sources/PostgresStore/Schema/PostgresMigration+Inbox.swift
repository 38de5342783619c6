extension PostgresMigration {
  /// Where the parts of a shop's messages stand; the messages, with what they said while somebody may want it; and what
  /// was told of each order. `inbox_message_old` and `inbox_order_old` find what has been kept for long enough.
  static let inboxTables: StaticString = """
    CREATE TABLE scrip.inbox_mapping (
      tenant bigint NOT NULL PRIMARY KEY,
      version bigint NOT NULL,
      mapping text NOT NULL
    );

    CREATE TABLE scrip.inbox_message (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      application_id uuid,
      sent_at bigint,
      received_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      attempts bigint NOT NULL,
      source text COLLATE "C" NOT NULL,
      event_id text COLLATE "C" NOT NULL,
      type text COLLATE "C",
      order_id text COLLATE "C",
      state text COLLATE "C" NOT NULL,
      reason text COLLATE "C",
      pointer text COLLATE "C",
      detail text COLLATE "C",
      body bytea,
      PRIMARY KEY (tenant, id)
    );

    CREATE INDEX inbox_message_by_state ON scrip.inbox_message (tenant, state, received_at, id);
    CREATE INDEX inbox_message_old ON scrip.inbox_message (tenant, updated_at);

    CREATE TABLE scrip.inbox_order (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      updated_at bigint NOT NULL,
      order_id text COLLATE "C" NOT NULL,
      facts text NOT NULL,
      PRIMARY KEY (tenant, id)
    );

    CREATE INDEX inbox_order_old ON scrip.inbox_order (tenant, updated_at);
    """

  static let dropInboxTables: StaticString = """
    DROP TABLE scrip.inbox_order;
    DROP TABLE scrip.inbox_message;
    DROP TABLE scrip.inbox_mapping;
    """

  /// What the service may touch.
  static let inboxServiceGrants: StaticString = """
    GRANT SELECT, INSERT, UPDATE ON scrip.inbox_mapping TO scrip_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON scrip.inbox_message, scrip.inbox_order TO scrip_app;
    """

  /// What people may touch. What messages said may name persons, and is no report's.
  static let inboxPeopleGrants: StaticString = """
    GRANT SELECT, INSERT, UPDATE ON scrip.inbox_mapping TO scrip_admin;
    GRANT SELECT, INSERT, UPDATE, DELETE ON scrip.inbox_message, scrip.inbox_order TO scrip_admin;
    GRANT SELECT ON scrip.inbox_mapping TO scrip_report;
    GRANT SELECT (tenant, id, application_id, sent_at, received_at, updated_at, attempts, source, event_id, type,
      order_id, state, reason, pointer) ON scrip.inbox_message TO scrip_report;
    GRANT SELECT (tenant, id, updated_at, order_id) ON scrip.inbox_order TO scrip_report;
    """
}
