import Digest
import Ledger
import Promotions
import Scrip

extension PostgresStore {
  /// Finds a key by the hash of its secret in the database. Whose it is, is not known before.
  func findAccessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? {
    try query(of: []) { (transaction) throws(StoreFailure) in
      let rows = try transaction.rows(PostgresStore.keyOfSecret) {
        $0.bind(secretHash)
      }
      return try rows.first.map { (row) throws(StoreFailure) in try row.row(AccessKey.self).row }
    }
  }

  /// A page of a tenant's keys, oldest first.
  public func accessKeys(
    of tenant: Tenant.ID, after: AccessKey.ID?, limit: Int
  ) throws(StoreFailure) -> [AccessKey] {
    try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      try unreadable.page(limit) { (last: AccessKey?, limit) throws(StoreFailure) in
        try accessKeys(of: tenant, after: last?.id ?? after, limit, in: transaction)
      }
    }
  }

  private func accessKeys(
    of tenant: Tenant.ID, after: AccessKey.ID?, _ limit: Int, in transaction: ReadTransaction
  ) throws(StoreFailure) -> [AccessKey?] {
    let rows = try transaction.rows(PostgresStore.keysOfTenant) {
      $0.bind(tenant)
      // No key has the identifier zero.
      $0.bind(after ?? AccessKey.ID(0))
      $0.bind(limit)
    }
    return try rows.map { (row) throws(StoreFailure) in
      let id: AccessKey.ID = try row.identifier(1)
      return try unreadable.read("key", id.description, of: tenant) { () throws(StoreFailure) in
        try row.row(AccessKey.self).row
      }
    }
  }

  /// All tenants, by number.
  public func tenants() throws(StoreFailure) -> [Tenant] {
    try query(of: []) { (transaction) throws(StoreFailure) in
      try transaction.rows(PostgresStore.everyTenant).map { (row) throws(StoreFailure) in
        try row.row(TenantRecord.self).row.tenant
      }
    }
  }

  /// The numbers of all tenants, in order.
  public func tenantIDs() throws(StoreFailure) -> [Tenant.ID] {
    try query(of: []) { (transaction) throws(StoreFailure) in
      try transaction.rows("SELECT tenant FROM scrip.tenant_list() ORDER BY tenant").map { $0.tenant(0) }
    }
  }

  /// A page of a coupon's codes, in the order of their canonical form.
  public func codes(
    of couponID: Coupon.ID, tenant: Tenant.ID, after: CouponCode?, limit: Int
  ) throws(StoreFailure) -> [CodeRecord] {
    try query(of: [tenant]) { (transaction) throws(StoreFailure) in
      try unreadable.page(limit) { (last: CodeRecord?, limit) throws(StoreFailure) in
        try codes(of: Owned(tenant, couponID), after: last?.grant.code ?? after, limit, in: transaction)
      }
    }
  }

  private func codes(
    of key: Owned<Coupon.ID>, after: CouponCode?, _ limit: Int, in transaction: ReadTransaction
  ) throws(StoreFailure) -> [CodeRecord?] {
    let rows = try transaction.rows(PostgresStore.codesOfCoupon) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(after?.canonical ?? "")
      $0.bind(limit)
    }
    return try rows.map { (row) throws(StoreFailure) in
      try unreadable.read("code", row.text(1), of: key.tenant) { () throws(StoreFailure) in
        try row.row(CodeRecord.self).row
      }
    }
  }
}

extension PostgresStore {
  fileprivate static let keyOfSecret = StatementText(
    made: """
      SELECT \(PostgresTable.columns(AccessKey.self, of: "found"))
      FROM scrip.access_key_by_secret($1) AS found ORDER BY tenant, id LIMIT 1
      """)

  fileprivate static let keysOfTenant = StatementText(
    made: """
      SELECT \(PostgresTable.columns(AccessKey.self, of: "access_key"))
      FROM scrip.access_key WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3
      """)

  fileprivate static let codesOfCoupon = StatementText(
    made: """
      SELECT \(PostgresTable.columns(CodeRecord.self, of: "code"))
      FROM scrip.code WHERE tenant = $1 AND coupon_id = $2 AND canonical > $3 ORDER BY canonical LIMIT $4
      """)

  fileprivate static let everyTenant = StatementText(
    made: """
      SELECT \(PostgresTable.columns(TenantRecord.self, of: "t")) FROM scrip.tenant_list() AS t ORDER BY tenant
      """)
}
