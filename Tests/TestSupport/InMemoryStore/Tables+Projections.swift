import Digest
import Ledger
import Promotions
import Scrip

extension InMemoryStore {
  func tenants(_ question: TenantsBehind) throws(StoreFailure) -> [Tenant.ID] {
    let tables = snapshot
    return tables.tenants.keys.sorted().filter { tenant in
      let cursor = tables[ProjectionCursor.self][Owned(tenant, question.name)]
      let position = cursor.flatMap { $0.version >= question.version ? $0.position : nil } ?? 0
      return tables.events.contains { $0.envelope.tenant == tenant && $0.position > position }
    }
  }

  func projectionCursors() throws(StoreFailure) -> ProjectionCursors.Found { snapshot[ProjectionCursor.self] }
}

extension Tables {
  /// Takes away all rows of a tenant's.
  mutating func empty(_ shapes: [TableShape], of tenant: Tenant.ID) {
    for shape in shapes {
      if shape === CouponDayRow.shape { removeAll(CouponDayRow.self, of: tenant) }
      if shape === CouponBillingRow.shape { removeAll(CouponBillingRow.self, of: tenant) }
      if shape === CouponUserRow.shape { removeAll(CouponUserRow.self, of: tenant) }
    }
  }

  private mutating func removeAll<Row: StoredRow>(_ row: Row.Type, of tenant: Tenant.ID) {
    self[row] = self[row].filter { $0.key.tenant != tenant }
  }
}

extension Tables: CouponUsesReader {
  func couponDays(
    of key: Owned<Coupon.ID>
  ) throws(StoreFailure) -> [(Owned<CouponDayKey>, CouponDayRow)] {
    self[CouponDayRow.self].filter { $0.key.tenant == key.tenant && $0.key.value.couponID == key.value }
      .map { ($0.key, $0.value) }
  }

  func couponUserCount(of key: Owned<Coupon.ID>) throws(StoreFailure) -> Int64 {
    Int64(
      self[CouponUserRow.self].keys.count { $0.tenant == key.tenant && $0.value.couponID == key.value })
  }

  func tail(
    of stream: StreamID, _ tenant: Tenant.ID, after position: Int64, limit: Int
  ) throws(StoreFailure) -> [LoggedRow] {
    events.lazy.filter {
      $0.envelope.tenant == tenant && $0.envelope.stream == stream && $0.position > position
    }.prefix(limit).map { LoggedRow($0) }
  }
}
