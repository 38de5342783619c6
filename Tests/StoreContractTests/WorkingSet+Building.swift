import Scrip

@testable import Ledger
@testable import Promotions

/// Builds what a batch would have changed, by hand.
extension WorkingSet {
  static func writing(_ build: (inout WorkingSet) -> Void) -> WorkingSet {
    var set = WorkingSet()
    build(&set)
    return set
  }

  mutating func put(_ record: TenantRecord, isNew: Bool = true) {
    tenants.put(record, record.tenant.id, isNew: isNew)
  }

  /// A new coupon with version 1, or a new state of one that is there.
  mutating func put(_ record: CouponRow, isNew: Bool = true, of tenant: Tenant.ID = tenant) {
    let key = Owned(tenant, record.id)
    coupons.put(record, key, isNew: isNew && record.life.version == 1)
    coupons.allow(key, upTo: record.limits?.total)
    guard isNew, let terms = record.terms.value?.terms else { return }
    versions.insert(VersionRow(KeptTerms(terms)), for: record.versionKey(of: tenant))
  }

  mutating func put(_ record: CodeRecord, isNew: Bool = true, of tenant: Tenant.ID = tenant) {
    let key = Owned(tenant, record.grant.code)
    codes.put(record, key, isNew: isNew)
    codes.allow(key, upTo: record.grant.limit ?? coupons[Owned(tenant, record.couponID)]?.limits?.perCode)
  }

  mutating func put(
    _ counter: UsageCounter, of coupon: UInt128 = 1, used: Int64, limit: Int64?, isNew: Bool = true
  ) {
    let key = Owned(tenant, CounterKey(couponID: couponID(coupon), counter: counter))
    counters.put(CounterRow(used: used), key, isNew: isNew)
    counters.allow(key, upTo: limit)
  }

  mutating func put(_ record: ApplicationRecord, isNew: Bool = true, of tenant: Tenant.ID = tenant) {
    applications.put(record, Owned(tenant, record.application.id), isNew: isNew)
    if isNew { log.events.append(agreement(of: record, tenant: tenant)) }
  }

  mutating func put(_ key: AccessKey, isNew: Bool = true) {
    accessKeys.put(key, Owned(key.tenant, key.id), isNew: isNew)
  }

  mutating func put(_ answer: StoredAnswer, under key: IdempotencyKey.Name) {
    answers.insert(answer, for: Owned(tenant, key))
  }

  mutating func put(_ event: ChainedEvent) { log.events.append(event) }
}

extension Rows {
  /// A row that is to be made, or one that is there and is to be changed.
  mutating func put(_ row: Row, _ key: Row.Key, isNew: Bool) {
    if isNew { return insert(row, for: key) }
    load(row, for: key)
    change(key, .redefine) { _ in }
  }
}

/// Sets with one change. Not closures: those inside `#expect` are confused with each other by Swift 6.3.
extension WorkingSet {
  static func with(_ record: TenantRecord) -> WorkingSet { writing { $0.put(record) } }

  static func with(_ record: CouponRow, isNew: Bool = true) -> WorkingSet {
    writing { $0.put(record, isNew: isNew) }
  }

  static func with(_ record: CodeRecord) -> WorkingSet { writing { $0.put(record) } }

  static func with(_ record: ApplicationRecord, of tenant: Tenant.ID = tenant) -> WorkingSet {
    writing { $0.put(record, of: tenant) }
  }

  static func with(_ event: ChainedEvent) -> WorkingSet { writing { $0.put(event) } }

  static func with(_ answer: StoredAnswer, under key: IdempotencyKey.Name) -> WorkingSet {
    writing { $0.put(answer, under: key) }
  }

  static func with(_ counter: UsageCounter, used: Int64, limit: Int64?, isNew: Bool = true) -> WorkingSet {
    writing { $0.put(counter, used: used, limit: limit, isNew: isNew) }
  }
}

extension Store where State == WorkingSet {
  /// The log. A server does not show its end while a transaction is open that may still write events.
  func wholeLog() async throws -> [StoredEvent] {
    let count = try (self as? any CopySource<WorkingSet>)?.counts()[.event] ?? 0
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let log = try events(EventFilter(limit: .max))
      if log.count >= count || .now > deadline { return log }
      try await Task.sleep(for: .milliseconds(20))
    }
  }

  func write(_ build: (inout WorkingSet) -> Void) throws(StoreFailure) {
    let set = WorkingSet.writing(build)
    try transaction { (transaction) throws(StoreFailure) in try transaction.write(set) }
  }

  func load(_ build: (inout LoadRequest) -> Void) throws(StoreFailure) -> WorkingSet {
    var request = LoadRequest()
    build(&request)
    return try load(request)
  }

  func load(_ request: LoadRequest) throws(StoreFailure) -> WorkingSet {
    var set = WorkingSet()
    try read { (reader) throws(StoreFailure) in try reader.load(request, into: &set) }
    return set
  }

  func load(
    codes: Set<Owned<CouponCode>> = [], coupons: Set<Owned<Coupon.ID>> = [],
    counters: Set<Owned<CounterKey>> = [], orders: Set<Owned<OrderID>> = [],
    applications: Set<Owned<DiscountApplication.ID>> = [], answers: Set<Owned<IdempotencyKey.Name>> = [],
    adminKeyCounts: Set<Tenant.ID> = []
  ) throws(StoreFailure) -> WorkingSet {
    try load {
      $0.codes = codes
      $0.coupons = coupons
      $0.counters = counters
      $0.orders = orders
      $0.applications = applications
      $0.answers = answers
      $0.adminKeyCounts = adminKeyCounts
    }
  }

  /// What a write fails with; nil if it does not.
  func failure(_ build: (inout WorkingSet) -> Void) -> StoreFailure.Kind? { failure(.writing(build)) }

  /// What a write fails with; nil if it does not.
  func failure(_ set: WorkingSet) -> StoreFailure.Kind? {
    do throws(StoreFailure) {
      try transaction { (transaction) throws(StoreFailure) in try transaction.write(set) }
      return nil
    } catch {
      return error.kind
    }
  }
}

func grant(
  _ text: String, display: String? = nil, owner: UserID? = nil, limit: Int64? = nil, isGenerated: Bool = false
) -> CodeGrant {
  CodeGrant(
    code: code(text), display: display ?? text, owner: owner, limit: limit, isGenerated: isGenerated)
}

func codeRecord(_ text: String, coupon: UInt128 = 1, used: Int64 = 0, limit: Int64? = nil) -> CodeRecord {
  CodeRecord(couponID: couponID(coupon), grant: grant(text, limit: limit), used: used)
}
