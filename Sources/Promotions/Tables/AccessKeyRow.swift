import Ledger
import Scrip

extension AccessKey: StoredRow {
  /// `access_key`
  public static let shape = TableShape(Self.self, "access_key", noun: "key")

  /// Its identifier.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<AccessKey.ID>?
  ) throws(StoreFailure) -> Owned<AccessKey.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<AccessKey.ID>
  ) throws(StoreFailure) -> Self {
    Self(
      id: key.value, tenant: key.tenant,
      role: try walk.column("role", .fixed, row?.role),
      name: try walk.column("name", .fixed, row?.name),
      secretHash: try walk.column("secret_hash", .fixed, row?.secretHash),
      createdAt: try walk.column("created_at", .fixed, row?.createdAt),
      revokedAt: try walk.optional("revoked_at", .plain, row?.revokedAt))
  }

  /// What people call it.
  public static func label(of key: Owned<AccessKey.ID>) -> String { key.value.description }
}
