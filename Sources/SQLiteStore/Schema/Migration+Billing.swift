extension Migration {
  /// Subscriptions with their coupons, and invoices with lists of them, newest first: of all, in one state, of one
  /// subscription. What coupons gave to them.
  ///
  /// Rows with long texts stand in tables with row numbers: a page of an index, which a table without them is, keeps a
  /// kilobyte of a row and puts the rest on a page of its own.
  static let billingTables: StaticString = """
    CREATE TABLE subscription (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      subscription_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      customer TEXT,
      status TEXT,
      updated_at INTEGER NOT NULL,
      version INTEGER NOT NULL,
      head_sequence INTEGER NOT NULL,
      head_hash BLOB NOT NULL,
      associations TEXT NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (tenant, id)
    ) STRICT;

    CREATE INDEX subscription_newest ON subscription (tenant, created_at, id);
    CREATE INDEX subscription_of_customer ON subscription (tenant, customer, created_at, id);

    CREATE TABLE invoice (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      invoice_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      subscription_id BLOB,
      customer TEXT,
      currency TEXT,
      discount INTEGER CHECK (discount >= 0),
      total INTEGER,
      state INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      finalized_at INTEGER,
      voided_at INTEGER,
      head_sequence INTEGER NOT NULL,
      head_hash BLOB NOT NULL,
      price TEXT NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (tenant, id)
    ) STRICT;

    CREATE INDEX invoice_newest ON invoice (tenant, created_at, id);
    CREATE INDEX invoice_by_state ON invoice (tenant, state, created_at, id);
    CREATE INDEX invoice_of_subscription ON invoice (tenant, subscription_id, created_at, id)
      WHERE subscription_id IS NOT NULL;

    CREATE TABLE coupon_billing (
      tenant INTEGER NOT NULL,
      coupon_id BLOB NOT NULL,
      currency TEXT NOT NULL,
      attached INTEGER NOT NULL CHECK (attached >= 0),
      detached INTEGER NOT NULL CHECK (detached >= 0),
      given_back INTEGER NOT NULL CHECK (given_back >= 0),
      invoices INTEGER NOT NULL CHECK (invoices >= 0),
      discount_high INTEGER NOT NULL,
      discount_low INTEGER NOT NULL,
      PRIMARY KEY (tenant, coupon_id, currency)
    ) STRICT, WITHOUT ROWID;
    """
}
