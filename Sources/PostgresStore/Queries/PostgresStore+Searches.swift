import Ledger
import Promotions
import Scrip

/// A question with the way in which this store answers it.
private protocol PostgresSearch: Search {
  func find(in store: PostgresStore) throws(StoreFailure) -> Found
}

extension PostgresStore {
  /// Answers a question that is declared by its type.
  public func find<Question: Search>(_ question: Question) throws(StoreFailure) -> Question.Found {
    guard let known = question as? any PostgresSearch, let found = try known.find(in: self) as? Question.Found
    else { throw StoreFailure(kind: .other, message: "nobody has said how \(Question.self) is answered") }
    return found
  }
}

extension KeyOfSecret: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> AccessKey? {
    try store.accessKey(secretHash: secretHash)
  }
}

extension KeysOfTenant: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [AccessKey] {
    try store.accessKeys(of: tenant, after: after, limit: limit)
  }
}

extension AllTenants: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [Tenant] { try store.tenants() }
}

extension TenantNumbers: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [Tenant.ID] { try store.tenantIDs() }
}

extension CouponSearch: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [Coupon] {
    try store.coupons(filter, of: tenant)
  }
}

extension CodesOfCoupon: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [CodeRecord] {
    try store.codes(of: couponID, tenant: tenant, after: after, limit: limit)
  }
}

extension WalletSearch: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [PersonalCoupon] {
    try store.wallet(filter, of: tenant)
  }
}

extension AgreementOfEvent: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> Agreement {
    try store.agreement(in: event)
  }
}

extension StatisticsOfCoupon: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> CouponStatistics {
    try store.statistics(of: couponID, tenant: tenant)
  }
}

extension BillingOfCoupon: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> Found {
    try store.billing(of: coupon)
  }
}

extension TenantsBehind: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [Tenant.ID] {
    try store.tenants(self)
  }
}

extension ProjectionCursors: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> Found {
    try store.projectionCursors()
  }
}

extension TenantsToTidy: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [UntidyTenant] {
    try store.tenantsToTidy(at: moment)
  }
}

extension LockSearch: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [FoundLock] {
    try store.locks(filter)
  }
}

extension NewestFirst: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [Row] {
    try store.query(of: [tenant]) { (transaction) throws(StoreFailure) in
      try store.unreadable.page(limit) { (last: (key: Row.Key, row: Row)?, limit) throws(StoreFailure) in
        try page(after: last?.key.value ?? after, limit, transaction, store.unreadable)
      }.map(\.row)
    }
  }

  private func page(
    after: Identifier<Subject>?, _ limit: Int, _ transaction: ReadTransaction, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [(key: Row.Key, row: Row)?] {
    let rows = try transaction.rows(PostgresTable.of(Row.shape).newestFirst) {
      $0.bind(tenant)
      $0.bind(after ?? Identifier(.max))
      $0.bind(limit)
    }
    return try rows.map { (row) throws(StoreFailure) in
      let id: Identifier<Subject> = try row.identifier(1)
      return try unreadable.read(Row.shape.noun, id.description, of: tenant) { () throws(StoreFailure) in
        try row.row(Row.self)
      }
    }
  }
}

extension LatestRows: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [Row] {
    try store.query(of: [tenant]) { (transaction) throws(StoreFailure) in
      try store.unreadable.page(limit) { (last: (key: Row.Key, row: Row)?, limit) throws(StoreFailure) in
        try page(
          after: last.map { place(of: $0.key, $0.row) } ?? after ?? .last, limit, transaction,
          store.unreadable)
      }.map(\.row)
    }
  }

  private func page(
    after: Place, _ limit: Int, _ transaction: ReadTransaction, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [(key: Row.Key, row: Row)?] {
    let rows = try transaction.rows(PostgresTable.of(Row.shape).latest(by: condition?.column)) {
      $0.bind(tenant)
      $0.bind(after.createdAt)
      $0.bind(after.id)
      $0.bind(limit)
      if let condition { $0.bind(value: condition.value) }
    }
    return try rows.map { (row) throws(StoreFailure) in
      let id: Identifier<Subject> = try row.identifier(1)
      return try unreadable.read(Row.shape.noun, id.description, of: tenant) { () throws(StoreFailure) in
        try row.row(Row.self)
      }
    }
  }
}

extension OrderSearch: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> ListPage<Order> {
    try store.orders(filter, of: tenant)
  }
}

extension MailTemplatesOfTenant: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [StoredMailTemplate] {
    try store.mailTemplates(self)
  }
}

extension DueWorkOfTenant: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [DueEntry] {
    try store.dueWork(self)
  }
}

extension DueCounts: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> Numbers {
    try store.dueCounts(at: moment)
  }
}

extension NextDue: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> Instant? { try store.nextDue(kinds) }
}

extension LastPosition: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> Int64 {
    try store.lastPosition(of: tenant)
  }
}

extension WebhookDeliveries: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [WebhookDelivery] {
    try store.webhookDeliveries(self)
  }
}

extension WebhookReplays: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> Found {
    try store.webhookReplays(self)
  }
}

extension DueWebhookDeliveries: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [WebhookDelivery] {
    try store.dueWebhookDeliveries(self)
  }
}

extension PositionOfEvent: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> Int64? { try store.position(self) }
}

extension MessagesOfTenant: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [KeptMessage] {
    try store.messages(self)
  }
}

extension OldMessages: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> Names { try store.oldMessages(self) }
}

extension FraudCasesOfTenant: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [FraudCase] {
    try store.fraudCases(self)
  }
}

extension FraudReviewsOfTenant: PostgresSearch {
  fileprivate func find(in store: PostgresStore) throws(StoreFailure) -> [FraudReviews] {
    try store.fraudReviews(self)
  }
}
