import Digest
import Engine
import Scrip

extension RowReader {
  func accessKey(_ key: Owned<AccessKey.ID>) throws(StoreFailure) -> AccessKey? {
    try connection.first(
      """
      SELECT tenant, id, role, name, secret_hash, created_at, revoked_at
      FROM access_key WHERE tenant = ?1 AND id = ?2
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
    } read: { (row) throws(StoreFailure) in
      try RowReader.accessKey(row)
    }
  }

  func accessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? {
    if let cached = cache?.accessKeys.find(secretHash) { return cached }
    let key = try connection.first(
      """
      SELECT tenant, id, role, name, secret_hash, created_at, revoked_at
      FROM access_key WHERE secret_hash = ?1
      """
    ) {
      $0.bind(secretHash)
    } read: { (row) throws(StoreFailure) in
      try RowReader.accessKey(row)
    }
    cache?.accessKeys.insert(key, for: secretHash)
    return key
  }

  func accessKeys(
    of tenant: Tenant.ID, after: AccessKey.ID?, _ limit: Int, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [AccessKey?] {
    try connection.rows(
      """
      SELECT tenant, id, role, name, secret_hash, created_at, revoked_at
      FROM access_key WHERE tenant = ?1 AND id > ifnull(?2, x'') ORDER BY id LIMIT ?3
      """
    ) {
      $0.bind(tenant)
      $0.bind(after)
      $0.bind(limit)
    } read: { (row) throws(StoreFailure) in
      let id: AccessKey.ID? = row.readableIdentifier(1)
      return try unreadable.read("key", id?.description, of: tenant) { () throws(StoreFailure) in
        try RowReader.accessKey(row)
      }
    }
  }

  func adminKeyCount(of tenant: Tenant.ID) throws(StoreFailure) -> Int64 {
    let count = try connection.first(
      "SELECT count(*) FROM access_key WHERE tenant = ?1 AND role = ?2 AND revoked_at IS NULL"
    ) {
      $0.bind(tenant)
      $0.bind(AccessKey.Role.admin.stored)
    } read: {
      $0.int64(0)
    }
    return count ?? 0
  }

  /// A key from the columns tenant, id, role, name, secret_hash, created_at, revoked_at.
  private static func accessKey(_ row: Statement) throws(StoreFailure) -> AccessKey {
    AccessKey(
      id: try row.identifier(1), tenant: row.tenant(0), role: try AccessKey.Role(stored: row.int64(2)),
      name: row.text(3), secretHash: row.bytes(4), createdAt: try row.instant(5),
      revokedAt: try row.optionalInstant(6))
  }
}
