import struct Scrip.Tenant

/// Something of a tenant's that is loaded, changed and written as a whole: a row of a table, or what several rows tell.
public protocol StoredRecord: Sendable {
  /// How it is found.
  associatedtype Key: RowKey

  /// Whether a changed row makes room for others under a unique key, so that it is written before them.
  var makesRoom: Bool { get }

  /// Whether others can do without a row that can't be read, so that it is noted and only those fail who need it.
  static var isDispensable: Bool { get }

  /// What people call the row of a key.
  static func label(of key: Key) -> String

  /// Whether the row says nothing that its absence does not say as well: it is then deleted.
  var isVoid: Bool { get }
}

/// A row of a table that belongs to a tenant. A table is declared once, by a type of rows: from it follow its statements
/// in both stores, copies, rebuilds with their comparison, who may see which rows, and the test that the schema which the
/// migrations make is the declared one.
public protocol StoredRow: StoredRecord {
  /// What is declared of the table. Made once: `static let shape = TableShape(Row.self, "name", …)`.
  static var shape: TableShape { get }

  /// Names the columns of the key.
  static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Key?
  ) throws(StoreFailure) -> Key

  /// Names all other columns, in order.
  ///
  /// - Parameter key: the row's key.
  static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Key
  ) throws(StoreFailure) -> Self
}

extension StoredRecord {
  /// No unique key but the primary one.
  public var makesRoom: Bool { false }

  /// A row says something.
  public var isVoid: Bool { false }

  /// Whoever asks needs it.
  public static var isDispensable: Bool { false }
}

/// Something of a tenant.
public protocol TenantKey: Hashable, Sendable {
  /// Whose it is.
  var tenant: Tenant.ID { get }
}

/// How a row is found.
public protocol RowKey: TenantKey, Comparable {}

extension RowKey {
  /// Keys in the order in which rows are written and locked.
  public static func inOrder(_ keys: some Collection<Self>) -> [Self] {
    keys.count < 2 ? Array(keys) : keys.sorted()
  }
}

extension Owned: TenantKey {}

extension Owned: RowKey where Value: Comparable {}

extension Tenant.ID: RowKey {
  /// Itself.
  public var tenant: Tenant.ID { self }
}
