extension PostgresMigration {
  /// What a database administrator runs instead of `createRoles` where the migration itself may not. The role that
  /// migrates and the one that the service logs in as have to be members.
  static let rolesByHand: StaticString = """
    CREATE ROLE scrip_app NOLOGIN;
    CREATE ROLE scrip_report NOLOGIN;
    CREATE ROLE scrip_admin NOLOGIN;
    CREATE ROLE scrip_user NOLOGIN;
    """

  /// Roles belong to the whole server, so another migration, of another schema or database, may have made them, or be about
  /// to.
  static let createRoles: StaticString = """
    DO $$
    DECLARE
      v_role text;
    BEGIN
      FOREACH v_role IN ARRAY ARRAY['scrip_app', 'scrip_report', 'scrip_admin', 'scrip_user'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = v_role) THEN
          BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
          EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
          END;
        END IF;
        IF NOT pg_has_role(v_role, 'USAGE') THEN
          BEGIN
            EXECUTE format('GRANT %I TO CURRENT_USER', v_role);
          EXCEPTION WHEN unique_violation THEN
            NULL;
          END;
        END IF;
      END LOOP;
    END
    $$;
    """

  /// What the service may touch.
  static let serviceGrants: StaticString = """
    GRANT USAGE ON SCHEMA scrip TO scrip_app;
    GRANT SELECT ON scrip.schema_version TO scrip_app;

    GRANT SELECT, INSERT, UPDATE ON scrip.tenant, scrip.coupon, scrip.campaign, scrip.usage, scrip.access_key,
      scrip.shop_order, scrip.payment, scrip.payment_settings, scrip.subscription, scrip.invoice TO scrip_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON scrip.code, scrip.counter, scrip.answer, scrip.person,
      scrip.mail_template TO scrip_app;
    GRANT SELECT, INSERT, UPDATE, DELETE ON scrip.projection, scrip.coupon_day, scrip.coupon_user, scrip.due_work,
      scrip.coupon_billing
      TO scrip_app;
    GRANT SELECT, INSERT ON scrip.coupon_version, scrip.event TO scrip_app;
    GRANT USAGE ON SEQUENCE scrip.event_position TO scrip_app;
    GRANT SELECT, INSERT ON scrip.identity_check TO scrip_app;
    GRANT SELECT, INSERT, UPDATE, TRUNCATE ON scrip.write_probe TO scrip_app;
    """

  /// What people, and other programs, may touch at all; policies say which rows.
  static let peopleGrants: StaticString = """
    GRANT USAGE ON SCHEMA scrip TO scrip_report, scrip_admin, scrip_user;
    GRANT SELECT ON scrip.schema_version TO scrip_report, scrip_admin;

    GRANT SELECT, INSERT, UPDATE ON scrip.tenant, scrip.coupon, scrip.campaign, scrip.usage, scrip.access_key,
      scrip.shop_order, scrip.payment, scrip.payment_settings, scrip.subscription, scrip.invoice TO scrip_admin;
    GRANT SELECT, INSERT, UPDATE, DELETE ON scrip.code, scrip.counter, scrip.answer, scrip.person,
      scrip.mail_template TO scrip_admin;
    GRANT SELECT, INSERT, UPDATE, DELETE ON scrip.projection, scrip.coupon_day, scrip.coupon_user, scrip.due_work,
      scrip.coupon_billing
      TO scrip_admin;
    GRANT SELECT, INSERT ON scrip.coupon_version, scrip.event TO scrip_admin;
    GRANT USAGE ON SEQUENCE scrip.event_position TO scrip_admin;

    GRANT SELECT ON scrip.tenant, scrip.coupon, scrip.coupon_version, scrip.code, scrip.counter, scrip.usage,
      scrip.event, scrip.projection, scrip.coupon_day, scrip.coupon_user, scrip.campaign, scrip.shop_order,
      scrip.mail_template, scrip.subscription, scrip.invoice, scrip.coupon_billing TO scrip_report;
    GRANT SELECT (tenant, id, created_at, revoked_at, role, name) ON scrip.access_key TO scrip_report;
    GRANT SELECT (tenant, id, order_id, provider, capture, currency, amount, pay_by, created_at, state, intent,
      given_up_for, problem, refund_count, refund_due, refunded, updated_at) ON scrip.payment TO scrip_report;
    GRANT SELECT (tenant, kind, key, due_at, is_told, attempt, try_at, parked_at, lease_holder, reason)
      ON scrip.due_work TO scrip_report;

    GRANT SELECT (tenant, id, version, starts_at, ends_at, state, owner, seller_id) ON scrip.coupon TO scrip_user;
    GRANT SELECT (tenant, canonical, coupon_id, display, owner, use_limit, used) ON scrip.code TO scrip_user;
    GRANT SELECT (tenant, holder_id, counter, used) ON scrip.counter TO scrip_user;
    GRANT SELECT (tenant, application_id, coupon_id, id, code, order_id, state, amount, is_first, buyer,
      application_state, locked_at, expires_at, settled_at, currency, discount, total) ON scrip.usage TO scrip_user;
    """

  static let revoke: StaticString = """
    REVOKE ALL ON ALL TABLES IN SCHEMA scrip FROM scrip_app, scrip_report, scrip_admin, scrip_user;
    REVOKE ALL ON ALL SEQUENCES IN SCHEMA scrip FROM scrip_app, scrip_report, scrip_admin, scrip_user;
    REVOKE ALL ON SCHEMA scrip FROM scrip_app, scrip_report, scrip_admin, scrip_user;
    """
}
