import Scrip

@testable import Engine

/// Builds what a batch would have changed, by hand.
extension WorkingSet {
  static func writing(_ build: (inout WorkingSet) -> Void) -> WorkingSet {
    var set = WorkingSet()
    build(&set)
    return set
  }

  mutating func put(_ record: TenantRecord) {
    tenants[record.tenant.id] = record
    changes.tenants.insert(record.tenant.id)
  }

  /// A new coupon with version 1, or a new state of one that is there.
  mutating func put(_ record: CouponRecord, isNew: Bool = true, of tenant: Tenant.ID = tenant) {
    let key = Owned(tenant, record.coupon.id)
    coupons[key] = record
    changes.coupons.insert(key)
    guard isNew else { return }
    let version = VersionKey(couponID: record.coupon.id, version: record.coupon.version)
    changes.newVersions[Owned(tenant, version)] = record.coupon.terms
  }

  mutating func put(_ record: CodeRecord, isNew: Bool = true, of tenant: Tenant.ID = tenant) {
    let key = Owned(tenant, record.grant.code)
    codes[key] = record
    if isNew { changes.newCodes.append(key) } else { changes.codes.insert(key) }
  }

  mutating func put(_ counter: UsageCounter, of coupon: UInt128 = 1, used: Int64, limit: Int64?) {
    let key = Owned(tenant, CounterKey(couponID: couponID(coupon), counter: counter))
    counters[key] = used
    changes.counters[key] = .some(limit)
  }

  mutating func put(_ record: ApplicationRecord, isNew: Bool = true, of tenant: Tenant.ID = tenant) {
    let key = Owned(tenant, record.application.id)
    applications[key] = record
    if isNew {
      changes.newApplications.insert(key)
      changes.events.append(agreement(of: record, tenant: tenant))
    } else {
      changes.applications.insert(key)
    }
  }

  mutating func put(_ key: AccessKey, isNew: Bool = true) {
    let owned = Owned(key.tenant, key.id)
    accessKeys[owned] = key
    if isNew { changes.newAccessKeys.append(owned) } else { changes.accessKeys.insert(owned) }
  }

  mutating func put(_ answer: StoredAnswer, under key: IdempotencyKey.Name) {
    changes.answers[Owned(tenant, key)] = answer
  }

  mutating func put(_ event: ChainedEvent) { changes.events.append(event) }
}

/// Sets with one change. Not closures: those inside `#expect` are confused with each other by Swift 6.3.
extension WorkingSet {
  static func with(_ record: TenantRecord) -> WorkingSet { writing { $0.put(record) } }

  static func with(_ record: CouponRecord, isNew: Bool = true) -> WorkingSet {
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

  static func with(_ counter: UsageCounter, used: Int64, limit: Int64?) -> WorkingSet {
    writing { $0.put(counter, used: used, limit: limit) }
  }
}

extension Store {
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
