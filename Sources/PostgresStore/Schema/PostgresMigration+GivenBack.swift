extension PostgresMigration {
  /// An application can be released because none of its codes applied any more when the order was paid.
  static let givenBack = PostgresMigration(
    step: 9, name: "reports name codes that no longer applied", up: [usageReport], down: [firstUsageReport],
    oldestProgram: 4)

  private static let usageReport: StaticString = """
    CREATE OR REPLACE VIEW scrip.usage_report WITH (security_invoker = true) AS
    SELECT usage.tenant, scrip.public_id('usage', usage.id) AS usage_id,
      scrip.public_id('application', application.id) AS application_id,
      scrip.public_id('coupon', usage.coupon_id) AS coupon_id, usage.code, application.order_id, application.buyer,
      (ARRAY['locked', 'redeemed', 'released'])[usage.state + 1] AS state,
      (ARRAY['requested', 'expired', 'revoked', 'canceled', 'fully_refunded', 'no_longer_applies'])[
        application.release_cause + 1] AS release_cause,
      scrip.major(usage.amount, scrip.currency_exponent(application.currency)) AS discount, application.currency,
      scrip.moment(application.locked_at) AS locked_at, scrip.moment(application.expires_at) AS expires_at,
      scrip.moment(application.settled_at) AS settled_at, application.locked_at AS locked_at_microseconds
    FROM scrip.application
    JOIN scrip.usage ON usage.tenant = application.tenant AND usage.application_id = application.id
    """

  private static let firstUsageReport: StaticString = """
    CREATE OR REPLACE VIEW scrip.usage_report WITH (security_invoker = true) AS
    SELECT usage.tenant, scrip.public_id('usage', usage.id) AS usage_id,
      scrip.public_id('application', application.id) AS application_id,
      scrip.public_id('coupon', usage.coupon_id) AS coupon_id, usage.code, application.order_id, application.buyer,
      (ARRAY['locked', 'redeemed', 'released'])[usage.state + 1] AS state,
      (ARRAY['requested', 'expired', 'revoked', 'canceled', 'fully_refunded'])[application.release_cause + 1]
        AS release_cause,
      scrip.major(usage.amount, scrip.currency_exponent(application.currency)) AS discount, application.currency,
      scrip.moment(application.locked_at) AS locked_at, scrip.moment(application.expires_at) AS expires_at,
      scrip.moment(application.settled_at) AS settled_at, application.locked_at AS locked_at_microseconds
    FROM scrip.application
    JOIN scrip.usage ON usage.tenant = application.tenant AND usage.application_id = application.id
    """
}
