extension PostgresMigration {
  /// What tenants have said about fraud, and whom or what is suspected. `fraud_case_by_state` is the reviewers' list, and
  /// `fraud_case_by_rule` counts what they found.
  static let fraudTables: StaticString = """
    CREATE TABLE scrip.fraud_settings (
      tenant bigint NOT NULL PRIMARY KEY,
      version bigint NOT NULL,
      settings text NOT NULL
    );

    CREATE TABLE scrip.fraud_case (
      tenant bigint NOT NULL,
      score bigint NOT NULL,
      attempts bigint NOT NULL,
      blocked bigint NOT NULL,
      opened_at bigint NOT NULL,
      latest_at bigint NOT NULL,
      reviewed_at bigint,
      suspect text COLLATE "C" NOT NULL,
      state text COLLATE "C" NOT NULL,
      severity text COLLATE "C" NOT NULL,
      rule text COLLATE "C" NOT NULL,
      alerted text COLLATE "C",
      review text COLLATE "C",
      review_rule text COLLATE "C",
      evidence text NOT NULL,
      PRIMARY KEY (tenant, suspect)
    );

    CREATE INDEX fraud_case_by_state ON scrip.fraud_case (tenant, state, latest_at, suspect);
    CREATE INDEX fraud_case_by_rule ON scrip.fraud_case (tenant, review_rule);
    """

  static let dropFraudTables: StaticString = """
    DROP TABLE scrip.fraud_case;
    DROP TABLE scrip.fraud_settings;
    """

  /// What the service may touch.
  static let fraudServiceGrants: StaticString = """
    GRANT SELECT, INSERT, UPDATE ON scrip.fraud_settings, scrip.fraud_case TO scrip_app;
    """

  /// What people may touch. Cases name nobody; where alerts are mailed to is no report's.
  static let fraudPeopleGrants: StaticString = """
    GRANT SELECT, INSERT, UPDATE ON scrip.fraud_settings, scrip.fraud_case TO scrip_admin;
    GRANT SELECT (tenant, version) ON scrip.fraud_settings TO scrip_report;
    GRANT SELECT ON scrip.fraud_case TO scrip_report;
    """
}
