extension Migration {
  /// Orders that are kept here, and lists of them, newest first: of all, in one state, of one buyer. `shop_order_paid`
  /// counts what a buyer has paid, without those that were called off. Their payments, and what mails about them say.
  /// Rows of orders are long, so their table has row numbers, as those of `billingTables`.
  static let keptOrderTables: StaticString = """
    CREATE TABLE shop_order (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      order_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      state INTEGER NOT NULL,
      application_id BLOB,
      buyer TEXT,
      currency TEXT,
      discount INTEGER,
      total INTEGER,
      refunded INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND total),
      returned TEXT,
      payment_reference TEXT,
      payment_id BLOB,
      updated_at INTEGER NOT NULL,
      paid_at INTEGER,
      head_sequence INTEGER NOT NULL,
      head_hash BLOB NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (tenant, id)
    ) STRICT;

    CREATE INDEX shop_order_newest ON shop_order (tenant, created_at, id);
    CREATE INDEX shop_order_by_state ON shop_order (tenant, state, created_at, id);
    CREATE INDEX shop_order_of_buyer ON shop_order (tenant, buyer, created_at, id) WHERE buyer IS NOT NULL;
    CREATE INDEX shop_order_paid ON shop_order (tenant, buyer) WHERE buyer IS NOT NULL AND state IN (3, 4, 5);

    CREATE TABLE payment (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      order_id TEXT NOT NULL,
      provider INTEGER NOT NULL,
      capture INTEGER NOT NULL,
      currency TEXT NOT NULL,
      amount INTEGER NOT NULL,
      pay_by INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      state INTEGER NOT NULL,
      intent TEXT,
      client_secret TEXT,
      given_up_for INTEGER,
      given_up_reason TEXT,
      problem TEXT,
      refund_count INTEGER NOT NULL,
      refund_due INTEGER NOT NULL CHECK (refund_due BETWEEN 0 AND amount),
      refunded INTEGER NOT NULL CHECK (refunded BETWEEN 0 AND refund_due),
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE payment_settings (
      tenant INTEGER NOT NULL PRIMARY KEY,
      version INTEGER NOT NULL,
      settings TEXT NOT NULL
    ) STRICT;

    CREATE TABLE mail_template (
      tenant INTEGER NOT NULL,
      kind TEXT NOT NULL,
      language TEXT NOT NULL,
      version INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      subject TEXT NOT NULL,
      body TEXT NOT NULL,
      html TEXT,
      PRIMARY KEY (tenant, kind, language)
    ) STRICT, WITHOUT ROWID;
    """
}
