import Digest
import Scrip

extension StoredAnswer: StoredRow {
  /// `answer`
  public static let shape = TableShape(Self.self, "answer", noun: "answer", .kept)

  /// The caller's idempotency key.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<IdempotencyKey.Name>?
  ) throws(StoreFailure) -> Owned<IdempotencyKey.Name> {
    Owned(try walk.tenant(key?.tenant), try walk.column("key", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<IdempotencyKey.Name>
  ) throws(StoreFailure) -> Self {
    Self(
      fingerprint: try walk.column("fingerprint", .fixed, row?.fingerprint),
      form: AnswerForm(
        kind: try walk.column("kind", .fixed, row?.form.kind),
        body: try walk.column("body", .fixed, row?.form.body)),
      at: try walk.column("at", .fixed, row?.at))
  }

  /// What people call it.
  public static func label(of key: Owned<IdempotencyKey.Name>) -> String { key.value.text }
}

extension AnswerForm.Kind: ColumnValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    try self.init(stored: source.text())
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(stored) }

  /// A tenant.
  public static var sample: AnswerForm.Kind { .reply(.tenant, isNew: false) }
}
