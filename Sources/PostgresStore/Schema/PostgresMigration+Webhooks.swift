extension PostgresMigration {
  /// Endpoints of webhooks, how far each has got, and the messages to them. `webhook_delivery_by_state` lists those of an
  /// endpoint that stand in one way, `webhook_delivery_due` finds what is to be sent next, new events apart from those that
  /// are sent once more.
  static let webhookTables: StaticString = """
    CREATE TABLE scrip.webhook (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      version bigint NOT NULL,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      settings text NOT NULL,
      disabled_because text,
      PRIMARY KEY (tenant, id)
    );

    CREATE TABLE scrip.webhook_progress (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      position bigint NOT NULL,
      failing_version bigint NOT NULL,
      failing_since bigint,
      failed_at bigint,
      last_taken_at bigint,
      PRIMARY KEY (tenant, id)
    ) WITH (fillfactor = 50);

    CREATE TABLE scrip.webhook_delivery (
      tenant bigint NOT NULL,
      webhook_id uuid NOT NULL,
      id uuid NOT NULL,
      position bigint NOT NULL,
      created_at bigint NOT NULL,
      attempts bigint NOT NULL,
      next_try_at bigint,
      tried_at bigint,
      milliseconds bigint,
      status bigint,
      state smallint NOT NULL,
      event_id text COLLATE "C" NOT NULL,
      type text COLLATE "C" NOT NULL,
      origin text COLLATE "C" NOT NULL,
      failure text,
      response text,
      PRIMARY KEY (tenant, webhook_id, id)
    ) WITH (fillfactor = 80);

    CREATE INDEX webhook_delivery_by_state ON scrip.webhook_delivery (tenant, webhook_id, state, id);
    CREATE INDEX webhook_delivery_due ON scrip.webhook_delivery (tenant, webhook_id, origin, next_try_at, id)
      WHERE next_try_at IS NOT NULL;

    CREATE TABLE scrip.webhook_replay (
      tenant bigint NOT NULL,
      webhook_id uuid NOT NULL,
      slot bigint NOT NULL,
      position bigint NOT NULL,
      until bigint NOT NULL,
      created_at bigint NOT NULL,
      choice text NOT NULL,
      PRIMARY KEY (tenant, webhook_id, slot)
    );
    """

  /// What the service and people may touch of them. Secrets are sealed, and no affair of reports.
  static let webhookServiceGrants: StaticString = """
    GRANT SELECT, INSERT, UPDATE, DELETE ON scrip.webhook, scrip.webhook_progress, scrip.webhook_delivery,
      scrip.webhook_replay TO scrip_app;
    """

  static let webhookPeopleGrants: StaticString = """
    GRANT SELECT, INSERT, UPDATE, DELETE ON scrip.webhook, scrip.webhook_progress, scrip.webhook_delivery,
      scrip.webhook_replay TO scrip_admin;
    GRANT SELECT ON scrip.webhook_progress, scrip.webhook_delivery, scrip.webhook_replay TO scrip_report;
    GRANT SELECT (tenant, id, version, created_at, updated_at, disabled_because) ON scrip.webhook TO scrip_report;
    """

  static let dropWebhookTables: StaticString = """
    DROP TABLE scrip.webhook_replay;
    DROP TABLE scrip.webhook_delivery;
    DROP TABLE scrip.webhook_progress;
    DROP TABLE scrip.webhook;
    """
}
