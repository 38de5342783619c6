extension PostgresMigration {
  /// Coupons and what opens and counts them. Tenant first in every key. Moments are microseconds, states are the small
  /// numbers of `StoredForms`. Wide columns come first in each row, because PostgreSQL pads narrow ones before them.
  ///
  /// `fillfactor` leaves room in each page for the next form of a row: counts change all the time, and a change that
  /// stays in its page touches no index. So no index holds what a use of a coupon changes.
  ///
  /// `revocations` says how often a coupon's locks were revoked, and how often they had been when a usage was locked.
  ///
  /// Codes are found by their skeletons: without hyphens, O read as 0, I and L as 1. PostgreSQL makes each itself, so
  /// that no row, of whatever program, can have another skeleton than its own. It is a column, because a policy keeps
  /// functions of other columns from being looked up. Two digits of its length stand first, so that the codes of a
  /// pattern are counted among codes of their length.
  static let couponTables: StaticString = """
    CREATE TABLE scrip.tenant (
      tenant bigint PRIMARY KEY,
      lock_seconds bigint NOT NULL,
      test_clock bigint,
      head_sequence bigint NOT NULL,
      name text NOT NULL,
      rounding text NOT NULL,
      percent_base text NOT NULL,
      mail text,
      customer_facts text NOT NULL DEFAULT 'caller',
      head_hash bytea NOT NULL
    ) WITH (fillfactor = 50);

    CREATE INDEX tenant_with_clock ON scrip.tenant (tenant) WHERE test_clock IS NOT NULL;

    CREATE TABLE scrip.coupon (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      version bigint NOT NULL,
      locked bigint NOT NULL CHECK (locked >= 0),
      redeemed bigint NOT NULL CHECK (redeemed >= 0),
      limit_total bigint,
      starts_at bigint,
      ends_at bigint,
      head_sequence bigint NOT NULL,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      revocations bigint NOT NULL DEFAULT 0,
      state smallint NOT NULL,
      revokes_locks boolean NOT NULL,
      head_hash bytea NOT NULL,
      owner text COLLATE "C",
      seller_id text COLLATE "C",
      PRIMARY KEY (tenant, id)
    ) WITH (fillfactor = 50);

    CREATE INDEX coupon_of_owner ON scrip.coupon (tenant, owner) WHERE owner IS NOT NULL;
    CREATE INDEX coupon_of_seller ON scrip.coupon (tenant, seller_id, id) WHERE seller_id IS NOT NULL;
    CREATE INDEX coupon_by_state ON scrip.coupon (tenant, state, id);
    CREATE INDEX coupon_revoking ON scrip.coupon (tenant) WHERE revokes_locks;

    CREATE TABLE scrip.campaign (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      version bigint NOT NULL,
      head_sequence bigint NOT NULL,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      head_hash bytea NOT NULL,
      terms text NOT NULL,
      PRIMARY KEY (tenant, id)
    );

    CREATE TABLE scrip.coupon_version (
      tenant bigint NOT NULL,
      coupon_id uuid NOT NULL,
      version bigint NOT NULL,
      terms text NOT NULL,
      PRIMARY KEY (tenant, coupon_id, version),
      FOREIGN KEY (tenant, coupon_id) REFERENCES scrip.coupon (tenant, id)
    );

    CREATE TABLE scrip.code (
      tenant bigint NOT NULL,
      coupon_id uuid NOT NULL,
      use_limit bigint,
      used bigint NOT NULL CHECK (used >= 0),
      is_generated boolean NOT NULL,
      canonical text COLLATE "C" NOT NULL,
      display text COLLATE "C",
      owner text COLLATE "C",
      skeleton text COLLATE "C" GENERATED ALWAYS AS (
        lpad(length(replace(canonical, '-', ''))::text, 2, '0') || translate(replace(canonical, '-', ''), 'OIL', '011')
      ) STORED,
      PRIMARY KEY (tenant, canonical),
      FOREIGN KEY (tenant, coupon_id) REFERENCES scrip.coupon (tenant, id)
    ) WITH (fillfactor = 80);

    CREATE INDEX code_of_coupon ON scrip.code (tenant, coupon_id, canonical);
    CREATE INDEX code_of_owner ON scrip.code (tenant, owner, coupon_id) WHERE owner IS NOT NULL;
    CREATE INDEX code_of_skeleton ON scrip.code (tenant, skeleton);

    CREATE TABLE scrip.counter (
      tenant bigint NOT NULL,
      holder_id uuid NOT NULL,
      used bigint NOT NULL CHECK (used > 0),
      counter text COLLATE "C" NOT NULL,
      PRIMARY KEY (tenant, holder_id, counter)
    ) WITH (fillfactor = 80);
    """

  /// Usages of coupons by orders, each with what it shares with the others of its application: most orders use one
  /// coupon, and lock it with one row. What stands for an application stands in its first usage by coupon.
  ///
  /// What is written with every lock refers to other rows without a foreign key: it is written together with them, none of
  /// them can be deleted, and checking each reference would cost as much as the row.
  ///
  /// - `usage_live` finds an order's application, and keeps a second live one out.
  /// - `usage_settled` finds the last one of an order that has no live one. A lock is not in it.
  /// - `usage_ending` finds locks whose time is over. What is settled is not in it.
  /// - `usage_of_coupon` begins with the coupon, so that no plan that was made while the table was young takes it for a way
  ///   to find anything else of a tenant. It finds a coupon's locks among any number of other usages; a lock pays nothing
  ///   for being kept apart, its settlement new entries.
  /// - `usage_by_time` is what a report over a period looks for. It holds one entry for many pages: rows come in the order
  ///   of time.
  static let orderTables: StaticString = """
    CREATE TABLE scrip.usage (
      tenant bigint NOT NULL,
      application_id uuid NOT NULL,
      coupon_id uuid NOT NULL,
      id uuid NOT NULL,
      agreed_coupon_id uuid,
      agreed_sequence bigint NOT NULL,
      version bigint NOT NULL,
      amount bigint NOT NULL,
      revocations bigint NOT NULL DEFAULT 0,
      locked_at bigint NOT NULL,
      expires_at bigint NOT NULL,
      settled_at bigint,
      discount bigint NOT NULL,
      total bigint NOT NULL,
      state smallint NOT NULL,
      application_state smallint NOT NULL,
      release_cause smallint,
      is_first boolean NOT NULL,
      over_limit boolean NOT NULL DEFAULT false,
      currency text COLLATE "C" NOT NULL,
      code text COLLATE "C" NOT NULL,
      order_id text COLLATE "C" NOT NULL,
      buyer text COLLATE "C",
      counters text,
      PRIMARY KEY (tenant, application_id, coupon_id),
      CONSTRAINT usage_lives_with_its_application CHECK (application_state < 2 OR state = 2),
      CONSTRAINT usage_over_limit_counts_nowhere CHECK (NOT over_limit OR (state > 0 AND counters IS NULL))
    ) WITH (fillfactor = 80);

    CREATE UNIQUE INDEX usage_live ON scrip.usage (tenant, order_id) WHERE is_first AND application_state < 2;
    CREATE INDEX usage_settled ON scrip.usage (tenant, order_id) WHERE is_first AND application_state > 1;
    CREATE INDEX usage_ending ON scrip.usage (tenant, expires_at) WHERE is_first AND application_state = 0;
    CREATE INDEX usage_of_coupon ON scrip.usage (coupon_id, tenant, state);
    CREATE INDEX usage_by_time ON scrip.usage USING brin (locked_at) WITH (autosummarize = on);
    """

  /// The log, who may write, who is named, and what was answered. No other table than `person` holds what names anybody;
  /// callers that speak SQL find pseudonyms there by user id. A secret opens one tenant, and is looked up before it is known which.
  /// There is no index on the log's positions alone: every event would pay for what only audits ask.
  static let logTables: StaticString = """
    CREATE SEQUENCE scrip.event_position;

    CREATE TABLE scrip.event (
      tenant bigint NOT NULL,
      position bigint NOT NULL,
      sequence bigint NOT NULL,
      at bigint NOT NULL,
      settled_after xid8 NOT NULL,
      stream_kind smallint NOT NULL,
      stream uuid NOT NULL,
      type text NOT NULL,
      actor text NOT NULL,
      request_id text,
      payload bytea NOT NULL,
      hash bytea NOT NULL,
      PRIMARY KEY (tenant, position),
      UNIQUE (tenant, stream, sequence)
    );

    CREATE TABLE scrip.access_key (
      tenant bigint NOT NULL,
      id uuid NOT NULL,
      created_at bigint NOT NULL,
      revoked_at bigint,
      role smallint NOT NULL,
      name text NOT NULL,
      secret_hash bytea NOT NULL,
      PRIMARY KEY (tenant, id),
      UNIQUE (secret_hash)
    );

    CREATE TABLE scrip.person (
      tenant bigint NOT NULL,
      pseudonym text COLLATE "C" NOT NULL,
      user_id text COLLATE "C",
      owner text COLLATE "C",
      address text COLLATE "C",
      name text COLLATE "C",
      PRIMARY KEY (tenant, pseudonym),
      UNIQUE (tenant, user_id)
    );

    CREATE INDEX person_by_owner ON scrip.person (tenant, owner) WHERE owner IS NOT NULL;

    CREATE TABLE scrip.answer (
      tenant bigint NOT NULL,
      at bigint NOT NULL,
      key text COLLATE "C" NOT NULL,
      kind text NOT NULL,
      fingerprint bytea NOT NULL,
      body bytea NOT NULL,
      PRIMARY KEY (tenant, key)
    );

    CREATE INDEX answer_by_age ON scrip.answer USING brin (at);
    """

  /// Rows of no tenant, that no event tells of.
  ///
  /// - `identity_check`: the check value of the key under which identities are hashed. Written once.
  /// - `write_probe`: written only to see whether writing works, and read by nobody. Its bytes are kept beside the row
  ///   and as they are, so that many of them need much room.
  static let nodeTables: StaticString = """
    CREATE TABLE scrip.identity_check (
      number bigint PRIMARY KEY CHECK (number = 1),
      value bytea NOT NULL CHECK (octet_length(value) = 32)
    );

    CREATE TABLE scrip.write_probe (
      number bigint PRIMARY KEY CHECK (number = 1),
      value bytea NOT NULL
    );
    ALTER TABLE scrip.write_probe ALTER COLUMN value SET STORAGE EXTERNAL;
    """

  /// What projections have made of the log, and how far they have read it.
  static let projectionTables: StaticString = """
    CREATE TABLE scrip.projection (
      tenant bigint NOT NULL,
      version bigint NOT NULL,
      position bigint NOT NULL CHECK (position > 0),
      name text COLLATE "C" NOT NULL,
      PRIMARY KEY (tenant, name)
    ) WITH (fillfactor = 50);

    CREATE TABLE scrip.coupon_day (
      tenant bigint NOT NULL,
      coupon_id uuid NOT NULL,
      day bigint NOT NULL,
      locked bigint NOT NULL CHECK (locked >= 0),
      redeemed bigint NOT NULL CHECK (redeemed >= 0),
      released bigint NOT NULL CHECK (released >= 0),
      over_limit bigint NOT NULL DEFAULT 0 CHECK (over_limit >= 0),
      discount_high bigint NOT NULL,
      discount_low bigint NOT NULL,
      currency text COLLATE "C" NOT NULL,
      PRIMARY KEY (tenant, coupon_id, day, currency)
    ) WITH (fillfactor = 80);

    CREATE TABLE scrip.coupon_user (
      tenant bigint NOT NULL,
      coupon_id uuid NOT NULL,
      live bigint NOT NULL CHECK (live > 0),
      buyer text COLLATE "C" NOT NULL,
      PRIMARY KEY (tenant, coupon_id, buyer)
    ) WITH (fillfactor = 80);
    """

  static let dropTables: StaticString = """
    DROP TABLE scrip.coupon_user;
    DROP TABLE scrip.coupon_day;
    DROP TABLE scrip.projection;
    DROP TABLE scrip.write_probe;
    DROP TABLE scrip.identity_check;
    DROP TABLE scrip.due_work;
    DROP TABLE scrip.answer;
    DROP TABLE scrip.person;
    DROP TABLE scrip.access_key;
    DROP TABLE scrip.event;
    DROP SEQUENCE scrip.event_position;
    DROP TABLE scrip.usage;
    DROP TABLE scrip.counter;
    DROP TABLE scrip.code;
    DROP TABLE scrip.coupon_version;
    DROP TABLE scrip.payment;
    DROP TABLE scrip.payment_settings;
    DROP TABLE scrip.mail_template;
    DROP TABLE scrip.shop_order;
    DROP TABLE scrip.coupon_billing;
    DROP TABLE scrip.invoice;
    DROP TABLE scrip.subscription;
    DROP TABLE scrip.campaign;
    DROP TABLE scrip.coupon;
    DROP TABLE scrip.tenant;
    """
}
