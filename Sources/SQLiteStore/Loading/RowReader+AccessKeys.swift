import Digest
import Ledger
import Promotions
import Scrip

extension RowReader {
  func accessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? {
    if let cached = cache?.accessKeys.find(secretHash) { return cached }
    let key = try connection.first(RowReader.keyOfSecret) {
      $0.bind(secretHash)
    } read: { (row) throws(StoreFailure) in
      try row.row(AccessKey.self).row
    }
    cache?.accessKeys.insert(key, for: secretHash)
    return key
  }

  func accessKeys(
    of tenant: Tenant.ID, after: AccessKey.ID?, _ limit: Int, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [AccessKey?] {
    try connection.rows(RowReader.keysOfTenant) {
      $0.bind(tenant)
      $0.bind(after)
      $0.bind(limit)
    } read: { (row) throws(StoreFailure) in
      let id: AccessKey.ID? = row.readableIdentifier(1)
      return try unreadable.read("key", id?.description, of: tenant) { () throws(StoreFailure) in
        try row.row(AccessKey.self).row
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

  func webhookCount(of tenant: Tenant.ID) throws(StoreFailure) -> Int {
    let count = try connection.first("SELECT count(*) FROM webhook WHERE tenant = ?1") {
      $0.bind(tenant)
    } read: {
      $0.int64(0)
    }
    return Int(count ?? 0)
  }

  private static let keyOfSecret = StatementText(
    made: "SELECT \(SQLiteTable.columns(AccessKey.self)) FROM access_key WHERE secret_hash = ?1")

  private static let keysOfTenant = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(AccessKey.self)) FROM access_key
      WHERE tenant = ?1 AND id > ifnull(?2, x'') ORDER BY id LIMIT ?3
      """)
}
