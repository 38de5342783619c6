import Ledger
import Promotions
import Scrip

/// A question with the way in which this store answers it.
private protocol SQLiteSearch: Search {
  func find(in store: SQLiteStore) throws(StoreFailure) -> Found
}

extension SQLiteStore {
  /// Answers a question that is declared by its type.
  public func find<Question: Search>(_ question: Question) throws(StoreFailure) -> Question.Found {
    guard let known = question as? any SQLiteSearch, let found = try known.find(in: self) as? Question.Found
    else { throw StoreFailure(kind: .other, message: "nobody has said how \(Question.self) is answered") }
    return found
  }
}

extension KeyOfSecret: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> AccessKey? {
    try store.accessKey(secretHash: secretHash)
  }
}

extension KeysOfTenant: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [AccessKey] {
    try store.accessKeys(of: tenant, after: after, limit: limit)
  }
}

extension AllTenants: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [Tenant] { try store.tenants() }
}

extension TenantNumbers: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [Tenant.ID] { try store.tenantIDs() }
}

extension CouponSearch: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [Coupon] {
    try store.coupons(filter, of: tenant)
  }
}

extension CodesOfCoupon: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [CodeRecord] {
    try store.codes(of: couponID, tenant: tenant, after: after, limit: limit)
  }
}

extension WalletSearch: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [PersonalCoupon] {
    try store.wallet(filter, of: tenant)
  }
}

extension AgreementOfEvent: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> Agreement {
    try store.agreement(in: event)
  }
}

extension StatisticsOfCoupon: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> CouponStatistics {
    try store.statistics(of: couponID, tenant: tenant)
  }
}

extension BillingOfCoupon: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> Found { try store.billing(of: coupon) }
}

extension TenantsBehind: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [Tenant.ID] { try store.tenants(self) }
}

extension ProjectionCursors: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> Found { try store.projectionCursors() }
}

extension TenantsToTidy: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [UntidyTenant] {
    try store.tenantsToTidy(at: moment)
  }
}

extension LockSearch: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [FoundLock] { try store.locks(filter) }
}

extension NewestFirst: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [Row] {
    try store.list { (rows, unreadable) throws(StoreFailure) in
      try unreadable.page(limit) { (last: (key: Row.Key, row: Row)?, limit) throws(StoreFailure) in
        try page(after: last?.key.value ?? after, limit, rows, unreadable)
      }.map(\.row)
    }
  }

  private func page(
    after: Identifier<Subject>?, _ limit: Int, _ rows: RowReader, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [(key: Row.Key, row: Row)?] {
    try rows.connection.rows(SQLiteTable.of(Row.shape).newestFirst) {
      $0.bind(tenant)
      $0.bind(after ?? Identifier(.max))
      $0.bind(limit)
    } read: { (row) throws(StoreFailure) in
      let id: Identifier<Subject>? = row.readableIdentifier(1)
      return try unreadable.read(Row.shape.noun, id?.description, of: tenant) { () throws(StoreFailure) in
        try row.row(Row.self)
      }
    }
  }
}

extension LatestRows: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [Row] {
    try store.list { (rows, unreadable) throws(StoreFailure) in
      try unreadable.page(limit) { (last: (key: Row.Key, row: Row)?, limit) throws(StoreFailure) in
        try page(
          after: last.map { place(of: $0.key, $0.row) } ?? after ?? .last, limit, rows, unreadable)
      }.map(\.row)
    }
  }

  private func page(
    after: Place, _ limit: Int, _ rows: RowReader, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [(key: Row.Key, row: Row)?] {
    try rows.connection.rows(SQLiteTable.of(Row.shape).latest(by: condition?.column)) {
      $0.bind(tenant)
      $0.bind(after.createdAt)
      $0.bind(after.id)
      $0.bind(limit)
      if let condition { $0.bind(value: condition.value) }
    } read: { (row) throws(StoreFailure) in
      let id: Identifier<Subject>? = row.readableIdentifier(1)
      return try unreadable.read(Row.shape.noun, id?.description, of: tenant) { () throws(StoreFailure) in
        try row.row(Row.self)
      }
    }
  }
}

extension OrderSearch: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> ListPage<Order> {
    try store.orders(filter, of: tenant)
  }
}

extension MailTemplatesOfTenant: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [StoredMailTemplate] {
    try store.mailTemplates(self)
  }
}

extension DueWorkOfTenant: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [DueEntry] { try store.dueWork(self) }
}

extension DueCounts: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> Numbers {
    try store.dueCounts(at: moment)
  }
}

extension NextDue: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> Instant? { try store.nextDue(kinds) }
}

extension LastPosition: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> Int64 {
    try store.lastPosition(of: tenant)
  }
}

extension WebhookDeliveries: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [WebhookDelivery] {
    try store.webhookDeliveries(self)
  }
}

extension WebhookReplays: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> Found {
    try store.webhookReplays(self)
  }
}

extension DueWebhookDeliveries: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [WebhookDelivery] {
    try store.dueWebhookDeliveries(self)
  }
}

extension PositionOfEvent: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> Int64? { try store.position(self) }
}

extension MessagesOfTenant: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [KeptMessage] {
    try store.messages(self)
  }
}

extension OldMessages: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> Names { try store.oldMessages(self) }
}

extension FraudCasesOfTenant: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [FraudCase] {
    try store.fraudCases(self)
  }
}

extension FraudReviewsOfTenant: SQLiteSearch {
  fileprivate func find(in store: SQLiteStore) throws(StoreFailure) -> [FraudReviews] {
    try store.fraudReviews(self)
  }
}
