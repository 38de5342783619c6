import Digest
import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension InMemoryStore {
  /// The key with that secret's hash.
  public func accessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? {
    snapshot.accessKeys.values.first { $0.secretHash == secretHash.bytes }
  }

  /// A page of a tenant's keys, oldest first.
  public func accessKeys(
    of tenant: Tenant.ID, after: AccessKey.ID?, limit: Int
  ) throws(StoreFailure) -> [AccessKey] {
    let keys = snapshot.accessKeys.values.filter { key in
      key.tenant == tenant && after.map { key.id > $0 } ?? true
    }
    return Array(keys.sorted { $0.id < $1.id }.prefix(limit))
  }

  /// All tenants.
  public func tenants() throws(StoreFailure) -> [Tenant] {
    snapshot.tenants.values.map(\.tenant).sorted { $0.id < $1.id }
  }

  /// The numbers of all tenants, in order.
  public func tenantIDs() throws(StoreFailure) -> [Tenant.ID] { snapshot.tenants.keys.sorted() }

  /// Coupons, newest first.
  public func coupons(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [Coupon] {
    let tables = snapshot
    let opened = filter.code.map { tables.opened(by: Owned(tenant, $0)) }
    let found = tables.coupons.filter { $0.key.tenant == tenant }.compactMap(\.value.coupon).filter {
      coupon in
      if let state = filter.state, coupon.state != state { return false }
      if let opened, coupon.id != opened { return false }
      if let owner = filter.owner, coupon.terms.owner != owner { return false }
      if let sellerID = filter.sellerID, coupon.terms.sellerID != sellerID { return false }
      if let moment = filter.activeAt, coupon.state != .active || !coupon.terms.validity.contains(moment) {
        return false
      }
      return filter.after.map { coupon.id < $0 } ?? true
    }
    return Array(found.sorted { $0.id > $1.id }.prefix(filter.limit))
  }

  /// A coupon's codes.
  public func codes(
    of couponID: Coupon.ID, tenant: Tenant.ID, after: CouponCode?, limit: Int
  ) throws(StoreFailure) -> [CodeRecord] {
    let found = snapshot.codes.filter { key, record in
      key.tenant == tenant && record.couponID == couponID && (after.map { key.value > $0 } ?? true)
    }
    return Array(found.map(\.value).sorted { $0.grant.code < $1.grant.code }.prefix(limit))
  }

  /// What is personal to a user, newest first.
  public func wallet(_ filter: WalletFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [PersonalCoupon] {
    let tables = snapshot
    let found = tables.coupons.compactMap { key, record -> PersonalCoupon? in
      guard key.tenant == tenant, let coupon = record.coupon, coupon.state != .archived else { return nil }
      if let after = filter.after, key.value >= after { return nil }
      return tables.personal(coupon, to: filter.userID, of: tenant)
    }
    return Array(found.sorted { $0.coupon.id > $1.coupon.id }.prefix(filter.limit))
  }

  /// A page of the log.
  public func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] {
    let found = snapshot.events.lazy.filter { event in
      if event.position <= filter.after { return false }
      if let tenant = filter.tenant, event.envelope.tenant != tenant { return false }
      return filter.stream.map { event.envelope.stream == $0 } ?? true
    }
    return PageLimit(entries: filter.limit, bytes: filter.bytes)
      .prefix(of: found) { $0.payload.count }.entries
  }

  /// What an event of a coupon says was agreed.
  public func agreement(in event: Owned<EventReference>) throws(StoreFailure) -> Agreement {
    let found = snapshot.events.first { stored in
      stored.envelope.tenant == event.tenant && stored.envelope.stream == .coupon(event.value.couponID)
        && stored.envelope.sequence == event.value.sequence
    }
    guard let found else { throw .corrupt("the event that an application was agreed in") }
    return try StoredAgreement.decode(type: found.envelope.type, payload: found.payload)
  }

  /// How a coupon was used.
  public func statistics(of couponID: Coupon.ID, tenant: Tenant.ID) throws(StoreFailure) -> CouponStatistics {
    try snapshot.statistics(of: Owned(tenant, couponID))
  }

  /// The tenants that have something to give back.
  public func tenantsToTidy(at moment: Instant) throws(StoreFailure) -> [UntidyTenant] {
    let tables = snapshot
    let late = tables.locked(max: .max) { key, application in
      application.expiresAt <= tables.now(of: key.tenant, at: moment)
    }
    let revoking = tables.coupons.filter { $0.value.life.revokesLocks && $0.value.life.uses.locked > 0 }
    return Set(late.map(\.key.tenant) + revoking.map(\.key.tenant)).sorted().map {
      UntidyTenant($0, at: tables.now(of: $0, at: moment))
    }
  }

  /// A page of a tenant's locks.
  public func locks(_ filter: LockFilter) throws(StoreFailure) -> [FoundLock] {
    try checkSearch(of: filter.tenant)
    let tables = snapshot
    let found = tables.locked(max: .max) { key, application in
      guard key.tenant == filter.tenant else { return false }
      return switch filter.kind {
      case .expired(let moment): application.expiresAt <= moment
      case .revoked: tables.isRevoked(key.tenant, application)
      }
    }
    guard let after = filter.after else { return Array(found.prefix(filter.limit)) }
    return Array(
      found.filter { ($0.expiresAt, $0.key) > (after.expiresAt, after.key) }.prefix(filter.limit))
  }

  /// Every stream with its head, as the records of their owners say, by tenant and stream.
  public func forEachHead(
    _ body: (Tenant.ID, StreamID, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    let tables = snapshot
    let coupons = Dictionary(grouping: tables.coupons, by: \.key.tenant)
    for tenant in Set(tables.tenants.keys).union(coupons.keys).sorted() {
      if let record = tables.tenants[tenant] { try body(tenant, .tenant, record.head) }
      for (key, record) in (coupons[tenant] ?? []).sorted(by: { $0.key.value < $1.key.value }) {
        try body(tenant, .coupon(key.value), record.head)
      }
      for type in Catalogue.tables + [OrderRow.self] {
        if let owner = type as? any StreamOwner.Type { try forEachHead(owner, tenant, in: tables, body) }
      }
    }
  }

  private func forEachHead<Row: StreamOwner>(
    _ row: Row.Type, _ tenant: Tenant.ID, in tables: Tables,
    _ body: (Tenant.ID, StreamID, StreamHead) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    guard let kind = Row.shape.streams else { return }
    let records = tables[row]
    for key in Row.Key.inOrder(records.keys.filter { $0.tenant == tenant }) {
      guard let record = records[key] else { continue }
      // Its stream is the one whose owner it is: the log has it.
      let event = tables.events.first {
        $0.envelope.stream.kind == kind && Row.key(of: $0.envelope.stream, $0.envelope.tenant) == key
      }
      if let stream = event?.envelope.stream { try body(tenant, stream, record.head) }
    }
  }
}

extension Tables {
  /// The coupon that a code opens: an archived one is opened by none.
  fileprivate func opened(by code: Owned<CouponCode>) -> Coupon.ID? {
    guard let couponID = codes[code]?.couponID,
      coupons[Owned(code.tenant, couponID)]?.life.state != .archived
    else { return nil }
    return couponID
  }

  /// The coupon as its owner, or the owner of one of its codes, sees it; nil for everybody else.
  fileprivate func personal(_ coupon: Coupon, to userID: UserID, of tenant: Tenant.ID) -> PersonalCoupon? {
    let own = codes.filter { key, record in
      key.tenant == tenant && record.couponID == coupon.id
        && (record.grant.owner ?? coupon.terms.owner) == userID
    }
    if own.isEmpty, coupon.terms.owner != userID { return nil }
    let sorted = own.values.sorted { left, right in
      let (leftIsUsedUp, rightIsUsedUp) = (left.isUsedUp(for: coupon), right.isUsedUp(for: coupon))
      return leftIsUsedUp == rightIsUsedUp ? left.grant.code < right.grant.code : rightIsUsedUp
    }
    let counter = UsageCounter.identity(IdentityKey(userID))
    return PersonalCoupon(
      coupon: coupon,
      codes: sorted.prefix(WalletFilter.codesMax).map {
        PersonalCoupon.Code(grant: $0.grant, used: $0.used)
      },
      hasMoreCodes: sorted.count > WalletFilter.codesMax,
      used: counters[Owned(tenant, CounterKey(couponID: coupon.id, counter: counter))]?.used ?? 0)
  }

  func differences(to scratch: Tables) -> [TableDifference] {
    var differing = Differing(here: self, there: scratch)
    WorkingSet().visitTables(&differing)
    RowShelf().visit(Catalogue.tables, &differing)
    return differing.found
  }
}

/// Compares the folded tables.
private struct Differing: RowVisitor {
  let here: Tables
  let there: Tables
  var found: [TableDifference] = []

  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) {
    if Row.shape.origin == .folded { compare(Row.self, Row.shape) }
  }

  mutating func visit<Group: RowGroup>(groups: Rows<Group>) {
    compare(Group.self, Group.Part.shape)
  }

  private mutating func compare<Row: StoredRecord>(_ row: Row.Type, _ shape: TableShape) {
    let (here, there) = (told(here[Row.self]), told(there[Row.self]))
    if let difference = difference(shape.name, here, there) { found.append(difference) }
  }

  /// The rows that the log tells of.
  private func told<Row: StoredRecord>(_ rows: [Row.Key: Row]) -> [Row.Key: String] {
    rows.filter { ($0.value as? DueWork)?.isTold ?? true }.mapValues(description)
  }

  /// All that a row says. What has no order of its own, as dictionaries in an order's row, is told by its form.
  private func description(of row: some StoredRecord) -> String {
    switch row {
    case let invoice as InvoiceRow: return invoice.told
    case let subscription as SubscriptionRow: return subscription.told
    default: break
    }
    guard var order = row as? OrderRow else { return String(reflecting: row) }
    let forms = [order.content.form, order.returned.json].map { String(decoding: $0, as: UTF8.self) }
    let content = OrderContent(
      cart: order.content.content.cart, customer: order.content.content.customer, locale: nil, metadata: [:],
      subtotal: 0, shipping: 0, discount: 0, total: 0, quote: [])
    order.content = KeptOrder(content)
    order.returned = ReturnedParts()
    return forms.joined(separator: " ") + String(reflecting: order)
  }

  private func difference<Key: Hashable, Value: Equatable>(
    _ name: String, _ here: [Key: Value], _ there: [Key: Value]
  ) -> TableDifference? {
    let missing = there.filter { here[$0.key] != $0.value }
    let unexplained = here.filter { there[$0.key] != $0.value }
    if missing.isEmpty, unexplained.isEmpty { return nil }
    return TableDifference(
      table: name, missing: missing.count, unexplained: unexplained.count,
      samples: unexplained.prefix(3).map { "here \($0), there \(String(describing: there[$0.key]))" }
        + missing.prefix(3).map { "missing \($0)" })
  }
}

extension InMemoryStore {
  /// How many answers are kept under idempotency keys.
  public var answerCount: Int { snapshot[StoredAnswer.self].count }
}

extension CodeRecord {
  fileprivate func isUsedUp(for coupon: Coupon) -> Bool {
    (grant.limit ?? coupon.terms.limits.perCode).map { used >= $0 } ?? false
  }
}

extension InvoiceRow {
  /// All that it says, with forms in the place of what has no order of its own.
  fileprivate var told: String {
    let rest: [Any?] = [invoiceID, state, createdAt, updatedAt, finalizedAt, voidedAt, head]
    return String(decoding: content.form + price.form, as: UTF8.self) + String(reflecting: rest)
  }
}

extension SubscriptionRow {
  /// All that it says, with forms in the place of what has no order of its own.
  fileprivate var told: String {
    let forms =
      content.form
      + associations.flatMap { one in JSONWriter.bytes { StoredAssociation(one).write(to: &$0) } }
    let rest: [Any] = [subscriptionID, createdAt, updatedAt, head, version]
    return String(decoding: forms, as: UTF8.self) + String(reflecting: rest)
  }
}
