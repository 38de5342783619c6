extension Migration {
  /// Orders that are kept here, and lists of them, newest first: of all, in one state, of one buyer. `shop_order_paid`
  /// counts what a buyer has paid, without those that were called off.
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
      updated_at INTEGER NOT NULL,
      paid_at INTEGER,
      head_sequence INTEGER NOT NULL,
      head_hash BLOB NOT NULL,
      content TEXT NOT NULL,
      PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX shop_order_newest ON shop_order (tenant, created_at, id);
    CREATE INDEX shop_order_by_state ON shop_order (tenant, state, created_at, id);
    CREATE INDEX shop_order_of_buyer ON shop_order (tenant, buyer, created_at, id) WHERE buyer IS NOT NULL;
    CREATE INDEX shop_order_paid ON shop_order (tenant, buyer) WHERE buyer IS NOT NULL AND state IN (3, 4, 5);
    """
}
