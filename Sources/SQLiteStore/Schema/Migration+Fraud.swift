extension Migration {
  /// What tenants have said about fraud, and whom or what is suspected. `fraud_case_by_state` is the reviewers' list, and
  /// `fraud_case_by_rule` counts what they found.
  static let fraudTables: StaticString = """
    CREATE TABLE fraud_settings (
      tenant INTEGER NOT NULL PRIMARY KEY,
      version INTEGER NOT NULL,
      settings TEXT NOT NULL
    ) STRICT;

    CREATE TABLE fraud_case (
      tenant INTEGER NOT NULL,
      suspect TEXT NOT NULL,
      state TEXT NOT NULL,
      severity TEXT NOT NULL,
      rule TEXT NOT NULL,
      score INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      blocked INTEGER NOT NULL,
      opened_at INTEGER NOT NULL,
      latest_at INTEGER NOT NULL,
      alerted TEXT,
      reviewed_at INTEGER,
      review TEXT,
      review_rule TEXT,
      evidence TEXT NOT NULL,
      PRIMARY KEY (tenant, suspect)
    ) STRICT;

    CREATE INDEX fraud_case_by_state ON fraud_case (tenant, state, latest_at, suspect);
    CREATE INDEX fraud_case_by_rule ON fraud_case (tenant, review_rule);
    """

  static let dropFraudTables: StaticString = """
    DROP TABLE fraud_case;
    DROP TABLE fraud_settings;
    """
}
