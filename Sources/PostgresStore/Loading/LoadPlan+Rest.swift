import Ledger
import Promotions
import Scrip

/// What is asked of codes and keys.
extension LoadPlan {
  /// Whether any code opens a coupon. An archived coupon's codes may have gone to others; it needs none any more.
  mutating func addCodedCoupons(_ request: LoadRequest, to pipeline: inout Pipeline) {
    if request.codedCoupons.isEmpty { return }
    let keys = Array(request.codedCoupons)
    add(
      """
      SELECT k.tenant, k.id, EXISTS (SELECT FROM scrip.code AS c WHERE c.tenant = k.tenant AND c.coupon_id = k.id)
      FROM unnest($1, $2) AS k(tenant, id)
      """, to: &pipeline
    ) {
      $0.bind(keys.map(\.tenant))
      $0.bind(keys.map(\.value))
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows {
        let key: Owned<Coupon.ID> = Owned(row.tenant(0), try row.identifier(1))
        if set.found.codedCoupons[key] == nil { set.found.codedCoupons[key] = row.bool(2) }
      }
    }
  }

  /// How often the uses of coupons were revoked, without holding the coupons: whoever prices invoices does not wait for
  /// whoever uses or changes their coupons.
  mutating func addRevocations(_ request: LoadRequest, to pipeline: inout Pipeline) {
    if request.revocationsOf.isEmpty { return }
    let keys = Array(request.revocationsOf)
    add(
      """
      SELECT k.tenant, k.id, c.revocations FROM unnest($1, $2) AS k(tenant, id)
      CROSS JOIN LATERAL (
        SELECT c.revocations FROM scrip.coupon AS c WHERE c.tenant = k.tenant AND c.id = k.id OFFSET 0) AS c
      """, to: &pipeline
    ) {
      $0.bind(keys.map(\.tenant))
      $0.bind(keys.map(\.value))
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows {
        let key: Owned<Coupon.ID> = Owned(row.tenant(0), try row.identifier(1))
        if set.found.revocations[key] == nil { set.found.revocations[key] = row.int64(2) }
      }
    }
  }

  /// The addresses of users.
  mutating func addContacts(_ request: LoadRequest, to pipeline: inout Pipeline) {
    if request.contactsOf.isEmpty { return }
    let keys = Array(request.contactsOf)
    add(LoadPlan.contactsOfUsers, to: &pipeline) {
      $0.bind(keys.map(\.tenant))
      $0.bind(keys.map(\.value))
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows { try row.load(into: &set.persons) }
    }
  }

  private static let contactsOfUsers = StatementText(
    made: """
      SELECT \(PostgresTable.columns(PersonRow.self, of: "p")) FROM unnest($1, $2) AS k(tenant, owner)
      CROSS JOIN LATERAL (
        SELECT * FROM scrip.person AS p WHERE p.tenant = k.tenant AND p.owner = k.owner OFFSET 0) AS p
      """)

  mutating func addAccess(_ request: LoadRequest, to pipeline: inout Pipeline) {
    if !request.adminKeyCounts.isEmpty { countAdminKeys(request.adminKeyCounts, in: &pipeline) }
    if !request.webhookCounts.isEmpty { countWebhooks(request.webhookCounts, in: &pipeline) }
  }

  /// Counted after the tenants' heads were read: who makes a webhook meanwhile moves the head, and so has this transaction
  /// begin again.
  private mutating func countWebhooks(_ tenants: Set<Tenant.ID>, in pipeline: inout Pipeline) {
    add(
      """
      SELECT k.tenant, (SELECT count(*) FROM scrip.webhook AS w WHERE w.tenant = k.tenant)
      FROM unnest($1) AS k(tenant)
      """, to: &pipeline
    ) {
      $0.bind(Array(tenants))
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows where set.found.webhookCounts[row.tenant(0)] == nil {
        set.found.webhookCounts[row.tenant(0)] = Int(row.int64(1))
      }
    }
  }

  private mutating func countAdminKeys(_ tenants: Set<Tenant.ID>, in pipeline: inout Pipeline) {
    add(
      """
      SELECT k.tenant, (SELECT count(*) FROM scrip.access_key AS a
        WHERE a.tenant = k.tenant AND a.role = $2 AND a.revoked_at IS NULL)
      FROM unnest($1) AS k(tenant)
      """, to: &pipeline
    ) {
      $0.bind(Array(tenants))
      $0.bind(AccessKey.Role.admin.stored)
    } read: { (rows, set, _) throws(StoreFailure) in
      for row in rows where set.found.adminKeyCounts[row.tenant(0)] == nil {
        set.found.adminKeyCounts[row.tenant(0)] = row.int64(1)
      }
    }
  }
}
