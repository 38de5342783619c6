extension PostgresMigration {
  /// What the database checks itself.
  ///
  /// - `scrip.require`: fails the transaction with SQLSTATE `SC001` unless a condition holds.
  /// - `scrip.next_transaction`: the first transaction id that was not given yet at the moment of the call. It is
  ///   volatile and in PL/pgSQL because only then each call looks at the transactions anew: a reader of the log relies
  ///   on it having been taken after the row's position.
  static let guardFunctions: StaticString = """
    CREATE FUNCTION scrip.require(p_holds boolean, p_otherwise text) RETURNS boolean
    LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
      IF p_holds IS NOT TRUE THEN
        RAISE EXCEPTION USING ERRCODE = 'SC001', MESSAGE = p_otherwise;
      END IF;
      RETURN true;
    END
    $$;

    CREATE FUNCTION scrip.next_transaction() RETURNS xid8
    LANGUAGE plpgsql VOLATILE AS $$
    BEGIN
      BEGIN
        PERFORM pg_catalog.pg_logical_emit_message(true, 'scrip', '');
        RAISE EXCEPTION USING ERRCODE = 'SC000';
      EXCEPTION WHEN SQLSTATE 'SC000' THEN
        NULL;
      END;
      RETURN pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot());
    END
    $$;

    CREATE FUNCTION scrip.refuse_change() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION USING ERRCODE = 'restrict_violation', MESSAGE = TG_ARGV[0];
    END
    $$;
    """

  /// The database's own refusal to change or lose history, whoever asks for it.
  static let triggers: StaticString = """
    CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON scrip.event
      FOR EACH ROW EXECUTE FUNCTION scrip.refuse_change('an event is never changed');
    CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON scrip.event
      FOR EACH ROW EXECUTE FUNCTION scrip.refuse_change('an event is never deleted');
    CREATE TRIGGER events_are_never_emptied BEFORE TRUNCATE ON scrip.event
      FOR EACH STATEMENT EXECUTE FUNCTION scrip.refuse_change('an event is never deleted');

    CREATE TRIGGER usage_is_never_deleted BEFORE DELETE ON scrip.usage
      FOR EACH ROW EXECUTE FUNCTION scrip.refuse_change('a usage is never deleted');
    CREATE TRIGGER usages_are_never_emptied BEFORE TRUNCATE ON scrip.usage
      FOR EACH STATEMENT EXECUTE FUNCTION scrip.refuse_change('a usage is never deleted');
    """

  static let dropTriggers: StaticString = """
    DROP TRIGGER usages_are_never_emptied ON scrip.usage;
    DROP TRIGGER usage_is_never_deleted ON scrip.usage;
    DROP TRIGGER events_are_never_emptied ON scrip.event;
    DROP TRIGGER event_is_never_deleted ON scrip.event;
    DROP TRIGGER event_is_never_changed ON scrip.event;
    """

  static let dropGuardFunctions: StaticString = """
    DROP FUNCTION scrip.refuse_change();
    DROP FUNCTION scrip.next_transaction();
    DROP FUNCTION scrip.require(boolean, text);
    """
}
