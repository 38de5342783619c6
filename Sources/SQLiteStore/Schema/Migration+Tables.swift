extension Migration {
  /// The tables. Tenant first in every key; moments are microseconds, states are the small numbers of `StoredForms`.
  ///
  /// A lock touches two indexes in places that nobody can foresee, `usage_live` and that of answers, and that is what
  /// it costs. Everything else is appended, because identifiers rise with time.
  static let tables = Migration(
    number: 1, name: "tables",
    up: """
      CREATE TABLE tenant (
        number INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        rounding TEXT NOT NULL,
        percent_base TEXT NOT NULL,
        lock_seconds INTEGER NOT NULL,
        head_sequence INTEGER NOT NULL,
        head_hash BLOB NOT NULL
      ) STRICT;

      CREATE TABLE coupon (
        tenant INTEGER NOT NULL,
        id BLOB NOT NULL,
        state INTEGER NOT NULL,
        revokes_locks INTEGER NOT NULL,
        version INTEGER NOT NULL,
        locked INTEGER NOT NULL CHECK (locked >= 0),
        redeemed INTEGER NOT NULL CHECK (redeemed >= 0),
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

      CREATE TABLE counter (
        tenant INTEGER NOT NULL,
        coupon_id BLOB NOT NULL,
        counter TEXT NOT NULL,
        used INTEGER NOT NULL CHECK (used > 0),
        PRIMARY KEY (tenant, coupon_id, counter)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE application (
        tenant INTEGER NOT NULL,
        id BLOB NOT NULL,
        order_id TEXT NOT NULL,
        buyer TEXT,
        state INTEGER NOT NULL,
        locked_at INTEGER NOT NULL,
        expires_at INTEGER NOT NULL,
        settled_at INTEGER,
        release_cause INTEGER,
        currency TEXT NOT NULL,
        discount INTEGER NOT NULL,
        total INTEGER NOT NULL,
        agreed_coupon_id BLOB NOT NULL,
        agreed_sequence INTEGER NOT NULL,
        PRIMARY KEY (tenant, id)
      ) STRICT, WITHOUT ROWID;

      CREATE INDEX application_settled ON application (tenant, order_id) WHERE state > 0;
      CREATE INDEX application_locked ON application (expires_at) WHERE state = 0;

      CREATE TABLE usage (
        tenant INTEGER NOT NULL,
        application_id BLOB NOT NULL,
        coupon_id BLOB NOT NULL,
        id BLOB NOT NULL,
        version INTEGER NOT NULL,
        code TEXT NOT NULL,
        order_id TEXT NOT NULL,
        state INTEGER NOT NULL,
        amount INTEGER NOT NULL,
        counters TEXT,
        PRIMARY KEY (tenant, application_id, coupon_id)
      ) STRICT, WITHOUT ROWID;

      CREATE UNIQUE INDEX usage_live ON usage (tenant, order_id, coupon_id) WHERE state < 2;
      CREATE INDEX usage_of_coupon ON usage (tenant, coupon_id);

      CREATE TABLE event (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        tenant INTEGER NOT NULL,
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
      """,
    down: """
      DROP TABLE answer;
      DROP TABLE access_key;
      DROP TABLE event;
      DROP TABLE usage;
      DROP TABLE application;
      DROP TABLE counter;
      DROP TABLE code;
      DROP TABLE coupon_version;
      DROP TABLE coupon;
      DROP TABLE tenant;
      """)
}
