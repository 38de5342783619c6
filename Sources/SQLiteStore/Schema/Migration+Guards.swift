extension Migration {
  /// The database's own refusal to change or lose history, whoever asks for it.
  static let guards: StaticString = """
    CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;

    CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;

    CREATE TRIGGER usage_is_never_deleted BEFORE DELETE ON usage
    BEGIN SELECT RAISE(ABORT, 'a usage is never deleted'); END;
    """

  /// What a rebuild takes away for the time of its transaction.
  static let dropGuards: StaticString = """
    DROP TRIGGER usage_is_never_deleted;
    DROP TRIGGER event_is_never_deleted;
    DROP TRIGGER event_is_never_changed;
    """
}
