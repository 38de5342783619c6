import Ledger
import Promotions
import Scrip

/// A question with the way in which this store answers it.
private protocol MemorySearch: Search {
  func find(in store: InMemoryStore) throws(StoreFailure) -> Found
}

extension InMemoryStore {
  /// Answers a question that is declared by its type.
  public func find<Question: Search>(_ question: Question) throws(StoreFailure) -> Question.Found {
    guard let known = question as? any MemorySearch, let found = try known.find(in: self) as? Question.Found
    else { throw StoreFailure(kind: .other, message: "nobody has said how \(Question.self) is answered") }
    return found
  }
}

extension KeyOfSecret: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> AccessKey? {
    try store.accessKey(secretHash: secretHash)
  }
}

extension KeysOfTenant: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [AccessKey] {
    try store.accessKeys(of: tenant, after: after, limit: limit)
  }
}

extension AllTenants: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [Tenant] { try store.tenants() }
}

extension TenantNumbers: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [Tenant.ID] { try store.tenantIDs() }
}

extension CouponSearch: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [Coupon] {
    try store.coupons(filter, of: tenant)
  }
}

extension CodesOfCoupon: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [CodeRecord] {
    try store.codes(of: couponID, tenant: tenant, after: after, limit: limit)
  }
}

extension WalletSearch: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [PersonalCoupon] {
    try store.wallet(filter, of: tenant)
  }
}

extension AgreementOfEvent: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> Agreement {
    try store.agreement(in: event)
  }
}

extension StatisticsOfCoupon: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> CouponStatistics {
    try store.statistics(of: couponID, tenant: tenant)
  }
}

extension TenantsBehind: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [Tenant.ID] {
    try store.tenants(self)
  }
}

extension ProjectionCursors: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> Found {
    try store.projectionCursors()
  }
}

extension TenantsToTidy: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [UntidyTenant] {
    try store.tenantsToTidy(at: moment)
  }
}

extension LockSearch: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [FoundLock] {
    try store.locks(filter)
  }
}

extension NewestFirst: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [Row] {
    let found = store.snapshot[Row.self].filter { key, _ in
      key.tenant == tenant && after.map { key.value < $0 } ?? true
    }
    return Array(found.sorted { $0.key.value > $1.key.value }.prefix(limit).map(\.value))
  }
}

extension BillingOfCoupon: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> Found {
    let rows = store.snapshot[CouponBillingRow.self].filter {
      $0.key.tenant == coupon.tenant && $0.key.value.couponID == coupon.value
    }
    return rows.sorted { $0.key.value < $1.key.value }.map { ($0.key, $0.value) }
  }
}

extension LatestRows: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [Row] {
    let found = store.snapshot[Row.self].filter { holds($0, $1) }
    return Array(
      found.sorted { place(of: $0.key, $0.value) > place(of: $1.key, $1.value) }.prefix(limit).map(\.value))
  }
}

extension OrderSearch: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> ListPage<Order> {
    let found = store.snapshot[OrderRow.self].filter { key, row in
      key.tenant == tenant && (filter.state.map { row.state == $0 } ?? true)
        && (filter.buyer.map { row.content.content.customer.buyer == $0 } ?? true)
        && (filter.after.map { OrderFilter.Place(of: row.order) < $0 } ?? true)
    }
    let newestFirst = found.map(\.value).sorted {
      OrderFilter.Place(of: $0.order) > OrderFilter.Place(of: $1.order)
    }
    let page = filter.limit.prefix(of: newestFirst) { $0.content.form.count }
    return ListPage(page.entries.map(\.order), isCut: page.isCut)
  }
}

extension MailTemplatesOfTenant: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [StoredMailTemplate] {
    let found = store.snapshot[MailTemplateRow.self].filter { key, _ in
      key.tenant == tenant && after.map { key.value > $0 } ?? true
    }
    return found.sorted { $0.key.value < $1.key.value }.prefix(limit)
      .compactMap { $0.value.template($0.key.value) }
  }
}

extension DueWorkOfTenant: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [DueEntry] {
    store.snapshot.dueEntries(at: store.now)
      .filter { entry in
        entry.key.tenant == tenant && (!isParked || entry.state == .parked)
          && after.map { entry.key.value > $0 } ?? true
      }.prefix(limit).map { $0 }
  }
}

extension DueCounts: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> Numbers {
    let tables = store.snapshot
    let entries = tables.dueEntries(at: moment)
    return Numbers(
      due: entries.count { $0.state == .waiting && tables.claimable($0).map { $0 <= moment } == true },
      leased: entries.count { $0.state == .leased }, parked: entries.count { $0.state == .parked })
  }
}

extension NextDue: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> Instant? {
    let tables = store.snapshot
    return tables.dueEntries(at: store.now).filter { kinds.contains($0.key.value.kind) }
      .compactMap { tables.claimable($0) }.min()
  }
}

extension LastPosition: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> Int64 {
    try store.events(EventFilter(tenant: tenant, limit: .max)).last?.position ?? 0
  }
}

extension WebhookDeliveries: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [WebhookDelivery] {
    let found = store.snapshot[WebhookDeliveryRow.self].filter { key, row in
      key.tenant == webhook.tenant && key.value.webhookID == webhook.value
        && (state.map { row.delivery.state == $0 } ?? true) && (after.map { key.value.id < $0 } ?? true)
    }
    return found.sorted { $0.key.value > $1.key.value }.dropFirst(skipping).prefix(limit).map(
      \.value.delivery)
  }
}

extension DueWebhookDeliveries: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [WebhookDelivery] {
    let found = store.snapshot[WebhookDeliveryRow.self].compactMap {
      key, row -> (Instant, WebhookDelivery)? in
      guard key.tenant == webhook.tenant, key.value.webhookID == webhook.value,
        row.delivery.origin == origin,
        let next = row.delivery.nextTryAt, next <= moment
      else { return nil }
      return (next, row.delivery)
    }
    return found.sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }.dropFirst(skipping).prefix(limit).map(\.1)
  }
}

extension WebhookReplays: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> Found {
    store.snapshot[WebhookReplayRow.self].filter {
      $0.key.tenant == webhook.tenant && $0.key.value.webhookID == webhook.value
    }
    .map { (key: $0.key.value, row: $0.value) }
    .sorted { $0.key < $1.key }
  }
}

extension PositionOfEvent: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> Int64? {
    try store.events(EventFilter(tenant: tenant, stream: stream, limit: .max))
      .first { $0.envelope.sequence == sequence }?.position
  }
}

extension MessagesOfTenant: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [KeptMessage] {
    let found = store.snapshot[InboxMessageRow.self].filter {
      $0.key.tenant == tenant && $0.value.state == state
    }
    .map { KeptMessage(id: $0.key.value, row: $0.value) }
    let rest = found.filter { message in before.map { message.place < $0 } ?? true }
    return Array(rest.sorted { $0.place > $1.place }.dropFirst(offset).prefix(limit))
  }
}

extension OldMessages: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> Names {
    let messages = store.snapshot[InboxMessageRow.self].filter {
      $0.key.tenant == tenant && $0.value.updatedAt < before
    }
    let orders = store.snapshot[InboxOrderRow.self].filter {
      $0.key.tenant == tenant && $0.value.updatedAt < before
    }
    return Names(
      messages: messages.sorted { $0.value.updatedAt < $1.value.updatedAt }.prefix(limit).map(\.key.value),
      orders: orders.sorted { $0.value.updatedAt < $1.value.updatedAt }.prefix(limit).map(\.key.value))
  }
}

extension FraudCasesOfTenant: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [FraudCase] {
    let found = store.snapshot[FraudCaseRow.self].filter {
      $0.key.tenant == tenant && $0.value.content.state == state
    }.map(\.value.content)
    let rest = found.filter { content in before.map { content.place < $0 } ?? true }
    return Array(rest.sorted { $0.place > $1.place }.prefix(limit))
  }
}

extension FraudReviewsOfTenant: MemorySearch {
  fileprivate func find(in store: InMemoryStore) throws(StoreFailure) -> [FraudReviews] {
    let cases = store.snapshot[FraudCaseRow.self].filter { $0.key.tenant == tenant }
    return Dictionary(grouping: cases.compactMap(\.value.content.review), by: \.rule).map { rule, reviews in
      FraudReviews(
        rule: rule, confirmed: Int64(reviews.count { $0.isConfirmed }),
        dismissed: Int64(reviews.count { !$0.isConfirmed }))
    }.sorted { $0.rule < $1.rule }
  }
}
