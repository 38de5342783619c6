extension Migration {
  /// Work that is due at some time. `try_at` is when a lease ends, or when what failed is tried again; NULL where neither is
  /// so.
  ///
  /// - `due_work_open` finds what can be claimed; what is parked is not in it.
  /// - `due_work_held` counts what is claimed or parked, of which there is little.
  static let dueTable: StaticString = """
    CREATE TABLE due_work (
      tenant INTEGER NOT NULL,
      kind TEXT NOT NULL,
      key TEXT NOT NULL,
      due_at INTEGER NOT NULL,
      payload BLOB NOT NULL,
      is_told INTEGER NOT NULL,
      attempt INTEGER,
      try_at INTEGER,
      lease_holder BLOB,
      parked_at INTEGER,
      reason TEXT,
      PRIMARY KEY (tenant, kind, key)
    ) STRICT, WITHOUT ROWID;

    CREATE INDEX due_work_open ON due_work (max(coalesce(try_at, due_at), due_at)) WHERE parked_at IS NULL;
    CREATE INDEX due_work_held ON due_work (tenant) WHERE parked_at IS NOT NULL OR lease_holder IS NOT NULL;
    """
}
