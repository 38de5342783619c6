extension PostgresMigration {
  /// Subscriptions with their coupons, and invoices with lists of them, newest first: of all, in one state, of one
  /// subscription. What coupons gave to them.
  static let billingTables: StaticString = """
    CREATE TABLE scrip.subscription (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      version bigint NOT NULL,
      head_sequence bigint NOT NULL,
      head_hash bytea NOT NULL,
      subscription_id text COLLATE "C" NOT NULL,
      customer text COLLATE "C",
      status text COLLATE "C",
      associations text NOT NULL,
      content text NOT NULL,
      PRIMARY KEY (tenant, id)
    ) WITH (fillfactor = 80);

    CREATE INDEX subscription_newest ON scrip.subscription (tenant, created_at, id);
    CREATE INDEX subscription_of_customer ON scrip.subscription (tenant, customer, created_at, id);

    CREATE TABLE scrip.invoice (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      subscription_id uuid,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      finalized_at bigint,
      voided_at bigint,
      discount bigint,
      total bigint,
      head_sequence bigint NOT NULL,
      state smallint NOT NULL,
      head_hash bytea NOT NULL,
      invoice_id text COLLATE "C" NOT NULL,
      customer text COLLATE "C",
      currency text COLLATE "C",
      price text NOT NULL,
      content text NOT NULL,
      PRIMARY KEY (tenant, id),
      CONSTRAINT a_discount_is_not_below_zero CHECK (discount >= 0)
    ) WITH (fillfactor = 80);

    CREATE INDEX invoice_newest ON scrip.invoice (tenant, created_at, id);
    CREATE INDEX invoice_by_state ON scrip.invoice (tenant, state, created_at, id);
    CREATE INDEX invoice_of_subscription ON scrip.invoice (tenant, subscription_id, created_at, id)
      WHERE subscription_id IS NOT NULL;

    CREATE TABLE scrip.coupon_billing (
      tenant bigint NOT NULL,
      coupon_id uuid NOT NULL,
      attached bigint NOT NULL CHECK (attached >= 0),
      detached bigint NOT NULL CHECK (detached >= 0),
      given_back bigint NOT NULL CHECK (given_back >= 0),
      invoices bigint NOT NULL CHECK (invoices >= 0),
      discount_high bigint NOT NULL,
      discount_low bigint NOT NULL,
      currency text COLLATE "C" NOT NULL,
      PRIMARY KEY (tenant, coupon_id, currency)
    ) WITH (fillfactor = 50);
    """
}
