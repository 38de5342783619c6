extension PostgresMigration {
  /// Orders that are kept here, and lists of them, newest first: of all, in one state, of one buyer. `shop_order_paid`
  /// counts what a buyer has paid, without those that were called off. Their payments, and what mails about them say.
  static let keptOrderTables: StaticString = """
    CREATE TABLE scrip.shop_order (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      application_id uuid,
      payment_id uuid,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      paid_at bigint,
      discount bigint,
      total bigint,
      refunded bigint NOT NULL,
      head_sequence bigint NOT NULL,
      state smallint NOT NULL,
      head_hash bytea NOT NULL,
      order_id text COLLATE "C" NOT NULL,
      buyer text COLLATE "C",
      currency text COLLATE "C",
      payment_reference text COLLATE "C",
      returned text,
      content text NOT NULL,
      PRIMARY KEY (tenant, id),
      CONSTRAINT refunds_are_not_above_the_total CHECK (refunded BETWEEN 0 AND total)
    ) WITH (fillfactor = 80);

    CREATE INDEX shop_order_newest ON scrip.shop_order (tenant, created_at, id);
    CREATE INDEX shop_order_by_state ON scrip.shop_order (tenant, state, created_at, id);
    CREATE INDEX shop_order_of_buyer ON scrip.shop_order (tenant, buyer, created_at, id) WHERE buyer IS NOT NULL;
    CREATE INDEX shop_order_paid ON scrip.shop_order (tenant, buyer) WHERE buyer IS NOT NULL AND state IN (3, 4, 5);

    CREATE TABLE scrip.payment (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      amount bigint NOT NULL,
      pay_by bigint NOT NULL,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      refund_count bigint NOT NULL,
      refund_due bigint NOT NULL,
      refunded bigint NOT NULL,
      provider smallint NOT NULL,
      capture smallint NOT NULL,
      state smallint NOT NULL,
      given_up_for smallint,
      order_id text COLLATE "C" NOT NULL,
      currency text COLLATE "C" NOT NULL,
      intent text COLLATE "C",
      given_up_reason text COLLATE "C",
      problem text COLLATE "C",
      client_secret text,
      PRIMARY KEY (tenant, id),
      CONSTRAINT refunds_are_not_above_the_payment
        CHECK (refund_due BETWEEN 0 AND amount AND refunded BETWEEN 0 AND refund_due)
    ) WITH (fillfactor = 80);

    CREATE TABLE scrip.payment_settings (
      tenant bigint NOT NULL PRIMARY KEY,
      version bigint NOT NULL,
      settings text NOT NULL
    );

    CREATE TABLE scrip.mail_template (
      tenant bigint NOT NULL,
      version bigint NOT NULL,
      updated_at bigint NOT NULL,
      kind text COLLATE "C" NOT NULL,
      language text COLLATE "C" NOT NULL,
      subject text NOT NULL,
      body text NOT NULL,
      html text,
      PRIMARY KEY (tenant, kind, language)
    );
    """
}
