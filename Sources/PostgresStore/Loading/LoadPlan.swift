import Engine
import Scrip

/// The statements that answer one request, each with what is done with its rows.
struct LoadPlan {
  /// What a load found besides what it put into the working set.
  struct Found {
    /// Coupons, still without their terms.
    var coupons: [Owned<Coupon.ID>: FoundCoupon] = [:]
    /// Applications that were asked for by order, by time or by coupon.
    var applications: [Owned<DiscountApplication.ID>] = []
    /// Counters that are there.
    var counters: Set<Owned<CounterKey>> = []
  }

  typealias Reading = (Rows, inout WorkingSet, inout Found) throws(StoreFailure) -> Void

  private var readings: [Reading] = []

  /// Adds every statement that the request needs, the locks first.
  mutating func add(_ request: LoadRequest, locks: Bool, locksTenants: Bool, to pipeline: inout Pipeline) {
    if locks { lockCodes(request, in: &pipeline) }
    if locksTenants { lockTenants(request, in: &pipeline) }
    let keys = LoadKeys(request)
    if locks { lockCoupons(keys, in: &pipeline) } else { findCoupons(keys, in: &pipeline) }
    addTenants(request, to: &pipeline)
    if locks { addCodes(keys, to: &pipeline) } else { addCodesWithCoupons(keys, to: &pipeline) }
    addSkeletons(keys, locked: locks, to: &pipeline)
    addPatterns(request, to: &pipeline)
    addCodesOfApplications(keys, to: &pipeline)
    addCounters(request, to: &pipeline)
    addAnswers(request, to: &pipeline)
    addVersions(request, to: &pipeline)
    addAccess(request, to: &pipeline)
    addSearches(request, keys, to: &pipeline)
    addApplications(keys, to: &pipeline)
  }

  /// Puts the rows of all statements into the working set.
  func read(_ results: [Rows], into set: inout WorkingSet) throws(StoreFailure) -> Found {
    var found = Found()
    for (reading, rows) in zip(readings, results) { try reading(rows, &set, &found) }
    return found
  }

  /// Adds one statement.
  mutating func add(
    _ sql: StaticString, to pipeline: inout Pipeline, _ bind: (inout Parameters) -> Void,
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
  var lockedOf: KeyArrays<Coupon.ID>
  /// Whose expired locks are asked for, and when they must have run out.
  var expired: (tenants: [Tenant.ID], at: Instant)?

  init(_ request: LoadRequest) {
    coupons = KeyArrays(request.coupons.map { ($0.tenant, $0.value) })
    codes = KeyArrays(request.codes.map { ($0.tenant, $0.value.canonical) })
    skeletons = KeyArrays(request.skeletons.map { ($0.tenant, $0.value.stored) })
    orders = KeyArrays(request.orders.map { ($0.tenant, $0.value) })
    applications = KeyArrays(request.applications.map { ($0.tenant, $0.value) })
    lockedOf = KeyArrays(request.lockedOf.map { ($0.tenant, $0.value) })
    if let moment = request.expiredAt, !request.tidiesEveryTenant {
      expired = (Array(request.tenants), moment)
    }
  }

  /// Whether any coupon can be behind these keys.
  var leadToCoupons: Bool {
    !(coupons.isEmpty && codes.isEmpty && skeletons.isEmpty && orders.isEmpty
      && applications.isEmpty && lockedOf.isEmpty)
      || expired != nil
  }
}

/// Keys of tenants as two arrays of the same length.
struct KeyArrays<Value> {
  let tenants: [Tenant.ID]
  let values: [Value]

  init(_ keys: [(Tenant.ID, Value)]) {
    tenants = keys.map(\.0)
    values = keys.map(\.1)
  }

  var isEmpty: Bool { tenants.isEmpty }
}
