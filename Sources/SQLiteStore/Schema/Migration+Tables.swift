extension Migration {
  /// Coupons and what opens and counts them. Tenant first in every key; moments are microseconds, states are the small
  /// numbers of `StoredForms`. Few coupons and codes have an owner or a seller, so the others stay out of those indexes;
  /// a use of a coupon touches none of them.
  ///
  /// `revocations` says how often a coupon's locks were revoked, and how often they had been when a usage was locked.
  ///
  /// Codes are found by their skeletons: without hyphens, O read as 0, I and L as 1. The index holds what SQLite makes
  /// of each code itself, so that no row can have another skeleton than its own. The length stands first, so that the
  /// codes of a pattern are counted among codes of their length.
  static let couponTables: StaticString = """
    CREATE TABLE tenant (
      tenant INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      rounding TEXT NOT NULL,
      percent_base TEXT NOT NULL,
      lock_seconds INTEGER NOT NULL,
      mail TEXT,
      customer_facts TEXT NOT NULL DEFAULT 'caller',
      test_clock INTEGER,
      head_sequence INTEGER NOT NULL,
      head_hash BLOB NOT NULL
    ) STRICT;

    CREATE INDEX tenant_with_clock ON tenant (tenant) WHERE test_clock IS NOT NULL;

    CREATE TABLE coupon (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      state INTEGER NOT NULL,
      revokes_locks INTEGER NOT NULL,
      version INTEGER NOT NULL,
      locked INTEGER NOT NULL CHECK (locked >= 0),
      redeemed INTEGER NOT NULL CHECK (redeemed >= 0),
      revocations INTEGER NOT NULL DEFAULT 0,
      limit_total INTEGER,
      owner TEXT,
      seller_id TEXT,
      starts_at INTEGER,
      ends_at INTEGER,
      head_sequence INTEGER NOT NULL,
      head_hash BLOB NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX coupon_by_state ON coupon (tenant, state);
    CREATE INDEX coupon_of_owner ON coupon (tenant, owner) WHERE owner IS NOT NULL;
    CREATE INDEX coupon_of_seller ON coupon (tenant, seller_id) WHERE seller_id IS NOT NULL;
    CREATE INDEX coupon_revoking ON coupon (tenant) WHERE revokes_locks;

    CREATE TABLE campaign (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      version INTEGER NOT NULL,
      terms TEXT NOT NULL,
      head_sequence INTEGER NOT NULL,
      head_hash BLOB NOT NULL,
      created_at INTEGER NOT NULL,
      updated_at INTEGER NOT NULL,
      PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE coupon_version (
      tenant INTEGER NOT NULL,
      coupon_id BLOB NOT NULL,
      version INTEGER NOT NULL,
      terms TEXT NOT NULL,
      PRIMARY KEY (tenant, coupon_id, version)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE code (
      tenant INTEGER NOT NULL,
      canonical TEXT NOT NULL,
      coupon_id BLOB NOT NULL,
      display TEXT,
      owner TEXT,
      use_limit INTEGER,
      used INTEGER NOT NULL CHECK (used >= 0),
      is_generated INTEGER NOT NULL,
      PRIMARY KEY (tenant, canonical)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX code_of_coupon ON code (tenant, coupon_id);
    CREATE INDEX code_of_owner ON code (tenant, owner, coupon_id) WHERE owner IS NOT NULL;
    CREATE INDEX code_of_skeleton ON code (
      tenant, length(replace(canonical, '-', '')),
      replace(replace(replace(replace(canonical, '-', ''), 'O', '0'), 'I', '1'), 'L', '1'));

    CREATE TABLE counter (
      tenant INTEGER NOT NULL,
      holder_id BLOB NOT NULL,
      counter TEXT NOT NULL,
      used INTEGER NOT NULL CHECK (used > 0),
      PRIMARY KEY (tenant, holder_id, counter)
    ) STRICT, WITHOUT ROWID;
    """

  /// Usages of coupons by orders, each with what it shares with the others of its application: most orders use one
  /// coupon, and lock it with one row. What stands for an application stands in its first usage by coupon.
  ///
  /// A lock touches two indexes in places that nobody can foresee, `usage_live` and that of answers, and that is what
  /// it costs. Everything else is appended, because identifiers rise with time.
  ///
  /// - `usage_live` finds an order's application, and keeps a second live one out.
  /// - `usage_settled` finds the last one of an order that has no live one. A lock is not in it.
  /// - `usage_ending` finds locks whose time is over. What is settled is not in it.
  /// - `usage_of_coupon` finds a coupon's locks among any number of other usages; a lock pays nothing for being kept
  ///   apart, its settlement another entry.
  static let orderTables: StaticString = """
    CREATE TABLE usage (
      tenant INTEGER NOT NULL,
      application_id BLOB NOT NULL,
      coupon_id BLOB NOT NULL,
      id BLOB NOT NULL,
      version INTEGER NOT NULL,
      code TEXT NOT NULL,
      state INTEGER NOT NULL,
      amount INTEGER NOT NULL,
      revocations INTEGER NOT NULL DEFAULT 0,
      over_limit INTEGER NOT NULL DEFAULT 0,
      counters TEXT,
      is_first INTEGER NOT NULL,
      order_id TEXT NOT NULL,
      buyer TEXT,
      application_state INTEGER NOT NULL,
      locked_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      settled_at INTEGER,
      release_cause INTEGER,
      currency TEXT NOT NULL,
      discount INTEGER NOT NULL,
      total INTEGER NOT NULL,
      agreed_coupon_id BLOB,
      agreed_sequence INTEGER NOT NULL,
      PRIMARY KEY (tenant, application_id, coupon_id),
      CHECK (application_state < 2 OR state = 2),
      CHECK (NOT over_limit OR (state > 0 AND counters IS NULL))
    ) STRICT, WITHOUT ROWID;

    CREATE UNIQUE INDEX usage_live ON usage (tenant, order_id) WHERE is_first AND application_state < 2;
    CREATE INDEX usage_settled ON usage (tenant, order_id) WHERE is_first AND application_state > 1;
    CREATE INDEX usage_ending ON usage (tenant, expires_at) WHERE is_first AND application_state = 0;
    CREATE INDEX usage_of_coupon ON usage (tenant, coupon_id, state);
    """

  /// The log, who may write, who is named, and what was answered. No other table than `person` holds what names
  /// anybody. `event_of_tenant` costs every event about ten bytes at the end of
  /// its tenant's entries; with it a tenant's part of the log is read without the others'.
  static let logTables: StaticString = """
    CREATE TABLE event (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      tenant INTEGER NOT NULL,
      stream_kind INTEGER NOT NULL,
      stream BLOB NOT NULL,
      sequence INTEGER NOT NULL,
      type TEXT NOT NULL,
      at INTEGER NOT NULL,
      actor TEXT NOT NULL,
      request_id TEXT,
      payload BLOB NOT NULL,
      hash BLOB NOT NULL,
      UNIQUE (tenant, stream, sequence)
    ) STRICT;

    CREATE INDEX event_of_tenant ON event (tenant);

    CREATE TABLE access_key (
      tenant INTEGER NOT NULL,
      id BLOB NOT NULL,
      role INTEGER NOT NULL,
      name TEXT NOT NULL,
      secret_hash BLOB NOT NULL UNIQUE,
      created_at INTEGER NOT NULL,
      revoked_at INTEGER,
      PRIMARY KEY (tenant, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE person (
      tenant INTEGER NOT NULL,
      pseudonym TEXT NOT NULL,
      user_id TEXT,
      owner TEXT,
      address TEXT,
      name TEXT,
      PRIMARY KEY (tenant, pseudonym)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX person_by_owner ON person (tenant, owner) WHERE owner IS NOT NULL;

    CREATE TABLE answer (
      number INTEGER PRIMARY KEY,
      tenant INTEGER NOT NULL,
      key TEXT NOT NULL,
      fingerprint BLOB NOT NULL,
      kind TEXT NOT NULL,
      body BLOB NOT NULL,
      at INTEGER NOT NULL,
      UNIQUE (tenant, key)
    ) STRICT;
    """

  /// Rows of no tenant, that no event tells of.
  ///
  /// - `identity_check`: the check value of the key under which identities are hashed. Written once.
  /// - `write_probe`: written only to see whether writing works, and read by nobody.
  static let nodeTables: StaticString = """
    CREATE TABLE identity_check (
      number INTEGER PRIMARY KEY CHECK (number = 1),
      value BLOB NOT NULL CHECK (length(value) = 32)
    ) STRICT;

    CREATE TABLE write_probe (
      number INTEGER PRIMARY KEY CHECK (number = 1),
      value BLOB NOT NULL
    ) STRICT;
    """

  /// What projections have made of the log, and how far they have read it.
  static let projectionTables: StaticString = """
    CREATE TABLE projection (
      tenant INTEGER NOT NULL,
      name TEXT NOT NULL,
      version INTEGER NOT NULL,
      position INTEGER NOT NULL CHECK (position > 0),
      PRIMARY KEY (tenant, name)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE coupon_day (
      tenant INTEGER NOT NULL,
      coupon_id BLOB NOT NULL,
      day INTEGER NOT NULL,
      currency TEXT NOT NULL,
      locked INTEGER NOT NULL CHECK (locked >= 0),
      redeemed INTEGER NOT NULL CHECK (redeemed >= 0),
      released INTEGER NOT NULL CHECK (released >= 0),
      over_limit INTEGER NOT NULL DEFAULT 0 CHECK (over_limit >= 0),
      discount_high INTEGER NOT NULL,
      discount_low INTEGER NOT NULL,
      PRIMARY KEY (tenant, coupon_id, day, currency)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE coupon_user (
      tenant INTEGER NOT NULL,
      coupon_id BLOB NOT NULL,
      buyer TEXT NOT NULL,
      live INTEGER NOT NULL CHECK (live > 0),
      PRIMARY KEY (tenant, coupon_id, buyer)
    ) STRICT, WITHOUT ROWID;
    """

  static let dropTables: StaticString = """
    DROP TABLE coupon_user;
    DROP TABLE coupon_day;
    DROP TABLE projection;
    DROP TABLE write_probe;
    DROP TABLE identity_check;
    DROP TABLE due_work;
    DROP TABLE answer;
    DROP TABLE person;
    DROP TABLE access_key;
    DROP TABLE event;
    DROP TABLE usage;
    DROP TABLE counter;
    DROP TABLE code;
    DROP TABLE coupon_version;
    DROP TABLE payment;
    DROP TABLE payment_settings;
    DROP TABLE mail_template;
    DROP TABLE shop_order;
    DROP TABLE coupon_billing;
    DROP TABLE invoice;
    DROP TABLE subscription;
    DROP TABLE campaign;
    DROP TABLE coupon;
    DROP TABLE tenant;
    """
}
