import Ledger
import Promotions
import Scrip

/// The statements that answer one request, each with what is done with its rows.
struct LoadPlan {
  /// What a load found besides what it put into the working set.
  struct Found {
    /// Coupons, still without their terms.
    var coupons: [Owned<Coupon.ID>: CouponRow] = [:]
    /// Coupons whose rows can't be read.
    var unreadable: [Owned<Coupon.ID>: UnreadableCoupon] = [:]
    /// Applications that were asked for by order.
    var applications: [Owned<DiscountApplication.ID>] = []
    /// Coupons that codes and usages lead to.
    var behind: Set<Owned<Coupon.ID>> = []
    /// Orders of applications.
    var orders: Set<Owned<OrderID>> = []
  }

  typealias Reading = (ResultRows, inout WorkingSet, inout Found) throws(StoreFailure) -> Void

  private var readings: [Reading] = []

  /// What a plan locks before it reads.
  enum Locking {
    /// Nothing: the transaction only reads.
    case none
    /// Codes that are added, then orders, then coupons, then tenants if they are asked for, each in the order of their keys: whatever these keys
    /// lead to.
    case everything(behind: LoadRequest, tenants: Bool)
    /// Nothing more: whatever the request leads to has to be locked already.
    case nothingMore
  }

  /// Adds every statement that the request needs, the locks first.
  mutating func add(_ request: LoadRequest, _ locking: Locking, to pipeline: inout Pipeline) {
    let keys = LoadKeys(request)
    let locksOwners = if case .none = locking { false } else { true }
    switch locking {
    case .none: findCoupons(keys, in: &pipeline)
    case .everything(let wanted, let locksTenants):
      lockCodes(wanted, in: &pipeline)
      let wanted = LoadKeys(wanted)
      lockOrders(wanted, in: &pipeline)
      lockCoupons(wanted, in: &pipeline)
      if locksTenants { lockTenants(request, in: &pipeline) }
    case .nothingMore: break
    }
    addShelf(request, locks: locksOwners, to: &pipeline)
    if case .none = locking {} else { lockCursors(request, in: &pipeline) }
    load(request.tenants, \.tenants, to: &pipeline)
    if case .none = locking {
      addCodesWithCoupons(keys, to: &pipeline)
      addSkeletons(keys, locked: false, to: &pipeline)
    } else {
      addCodes(keys, to: &pipeline)
      addSkeletons(keys, locked: true, to: &pipeline)
    }
    addPatterns(request, to: &pipeline)
    addCodesOfApplications(keys, to: &pipeline)
    load(request.counters, \.counters, to: &pipeline)
    load(request.keptOrders, \.keptOrders, to: &pipeline)
    load(request.answers, \.answers, to: &pipeline)
    load(request.versions, \.versions, to: &pipeline)
    load(request.persons, \.persons, to: &pipeline)
    addContacts(request, to: &pipeline)
    addRevocations(request, to: &pipeline)
    load(request.accessKeys, \.accessKeys, to: &pipeline)
    load(request.cursors, \.cursors, to: &pipeline)
    load(request.couponDays, \.couponDays, to: &pipeline)
    load(request.couponUsers, \.couponUsers, to: &pipeline)
    load(request.dueWork, \.dueWork, to: &pipeline)
    addCodedCoupons(request, to: &pipeline)
    addBuyers(request, to: &pipeline)
    addAccess(request, to: &pipeline)
    addSearches(request, keys, to: &pipeline)
    addApplications(keys, locked: locksOwners, to: &pipeline)
  }

  /// Puts the rows of all statements into the working set.
  func read(_ results: [ResultRows], into set: inout WorkingSet) throws(StoreFailure) -> Found {
    var found = Found()
    for (reading, rows) in zip(readings, results) { try reading(rows, &set, &found) }
    return found
  }

  /// Adds one statement.
  mutating func add(
    _ sql: StatementText, to pipeline: inout Pipeline, _ bind: (inout Parameters) -> Void,
    read: @escaping Reading
  ) {
    pipeline.add(sql, bind)
    readings.append(read)
  }
}

/// The keys of a request as arrays, which is how statements take them.
struct LoadKeys {
  var coupons: KeyArrays<Coupon.ID>
  var codes: KeyArrays<String>
  var skeletons: KeyArrays<String>
  var orders: KeyArrays<OrderID>
  var applications: KeyArrays<DiscountApplication.ID>
  /// Applications without their snapshots.
  var locks: KeyArrays<DiscountApplication.ID>
  var lateLocksOf: KeyArrays<Coupon.ID>

  init(_ request: LoadRequest) {
    coupons = KeyArrays(request.coupons.map { ($0.tenant, $0.value) })
    codes = KeyArrays(request.codes.map { ($0.tenant, $0.value.canonical) })
    skeletons = KeyArrays(request.skeletons.map { ($0.tenant, $0.value.stored) })
    orders = KeyArrays(request.orders.map { ($0.tenant, $0.value) })
    applications = KeyArrays(request.applications.map { ($0.tenant, $0.value) })
    locks = KeyArrays(request.locks.map { ($0.tenant, $0.value) })
    lateLocksOf = KeyArrays(request.lateLocksOf.map { ($0.tenant, $0.value) })
  }

  /// Whether any coupon can be behind these keys.
  var leadToCoupons: Bool {
    !(coupons.isEmpty && codes.isEmpty && skeletons.isEmpty && orders.isEmpty && applications.isEmpty
      && locks.isEmpty)
  }
}

/// Keys of tenants as two arrays of the same length.
struct KeyArrays<Value> {
  let tenants: [Tenant.ID]
  let values: [Value]

  init(_ keys: [(Tenant.ID, Value)]) {
    self.init(tenants: keys.map(\.0), values: keys.map(\.1))
  }

  private init(tenants: [Tenant.ID], values: [Value]) {
    self.tenants = tenants
    self.values = values
  }

  var isEmpty: Bool { tenants.isEmpty }

  static func + (left: KeyArrays, right: KeyArrays) -> KeyArrays {
    KeyArrays(tenants: left.tenants + right.tenants, values: left.values + right.values)
  }
}
