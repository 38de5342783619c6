import Engine
import Scrip

/// Loading never replaces what a working set holds already, because that may have been changed since.
extension RowReader {
  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    for id in request.tenants where set.tenants[id] == nil { set.tenants[id] = try tenant(id) }
    for key in request.coupons { try loadCoupon(key, into: &set) }
    for key in request.codes { try loadCode(key, into: &set) }
    for key in request.skeletons { try loadSkeleton(key, into: &set) }
    for key in request.patterns where set.codesOfPattern[key] == nil {
      set.codesOfPattern[key] = try codes(of: key)
    }
    for key in request.versions where set.versions[key] == nil { try loadVersion(key, into: &set) }
    for key in request.counters { try loadCounter(key, into: &set) }
    for key in request.answers where set.answers[key] == nil { set.answers[key] = try answer(key) }
    for key in request.accessKeys where set.accessKeys[key] == nil {
      set.accessKeys[key] = try accessKey(key)
    }
    for tenant in request.adminKeyCounts where set.adminKeyCounts[tenant] == nil {
      set.adminKeyCounts[tenant] = try adminKeyCount(of: tenant)
    }
    for key in request.codedCoupons where set.codedCoupons[key] == nil {
      set.codedCoupons[key] = try hasCode(key)
    }
    try loadApplications(request, into: &set)
  }

  private func loadApplications(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    for key in request.applications { try loadApplication(key, into: &set) }
    for order in request.orders {
      if set.applicationOfOrder[order] == nil {
        set.applicationOfOrder[order] = try application(ofOrder: order)
      }
      guard let id = set.applicationOfOrder[order] else { continue }
      try loadApplication(Owned(order.tenant, id), into: &set)
    }
    for key in request.locks { try loadApplication(key, withSnapshot: false, into: &set) }
    for key in request.lateLocksOf where set.lateLocks[key] == nil {
      set.lateLocks[key] = try lateLocks(of: key, at: request.lateAt, max: LoadRequest.lateMax)
    }
    for key in request.heldOf where set.heldUntil[key] == nil {
      set.heldUntil[key] = try firstEnd(ofLocksOn: key, max: LoadRequest.heldSearchMax)
    }
    try loadHeldUses(request.heldUsesOf.filter { set.heldUses[$0] == nil }, into: &set)
  }

  private func loadHeldUses(
    _ coupons: Set<Owned<Coupon.ID>>, into set: inout WorkingSet
  ) throws(StoreFailure) {
    for key in coupons { set.heldUses[key] = [] }
    for tenant in Set(coupons.map(\.tenant)) {
      let own = Set(coupons.lazy.filter { $0.tenant == tenant }.map(\.value))
      for (couponID, use) in try heldUses(of: own, tenant, max: LoadRequest.heldSearchMax) {
        set.heldUses[Owned(tenant, couponID)]?.append(use)
      }
    }
  }

  private func loadCoupon(_ key: Owned<Coupon.ID>, into set: inout WorkingSet) throws(StoreFailure) {
    guard set.coupons[key] == nil, set.unreadableCoupons[key] == nil else { return }
    do throws(StoreFailure) {
      set.coupons[key] = try coupon(key)
    } catch {
      guard error.kind == .corrupt else { throw error }
      set.unreadableCoupons[key] = error
      set.termlessCoupons[key] = try termlessCoupon(key)
    }
  }

  private func loadVersion(_ key: Owned<VersionKey>, into set: inout WorkingSet) throws(StoreFailure) {
    do throws(StoreFailure) {
      if let decoded = try terms(key) { set.put(key, .success(decoded)) }
    } catch {
      guard error.kind == .corrupt else { throw error }
      set.put(key, .failure(error))
    }
  }

  /// Loads a code with its coupon, unless the coupon is archived: then the code opens nothing.
  private func loadCode(_ key: Owned<CouponCode>, into set: inout WorkingSet) throws(StoreFailure) {
    guard set.codes[key] == nil, set.unreadableCodes[key] == nil else { return }
    let record: CodeRecord?
    do throws(StoreFailure) {
      record = try code(key)
    } catch {
      guard error.kind == .corrupt else { throw error }
      return set.unreadableCodes[key] = error
    }
    if let record { try put(record, key, into: &set) }
  }

  private func loadSkeleton(_ key: Owned<CodeSkeleton>, into set: inout WorkingSet) throws(StoreFailure) {
    guard set.codeOfSkeleton[key] == nil, set.unreadableSkeletons[key] == nil else { return }
    let found: CodeRecord?
    do throws(StoreFailure) {
      found = try code(key)
    } catch {
      guard error.kind == .corrupt else { throw error }
      return set.unreadableSkeletons[key] = error
    }
    guard let record = found else { return }
    let codeKey = Owned(key.tenant, record.grant.code)
    if set.codes[codeKey] == nil { try put(record, codeKey, into: &set) }
    if set.codes[codeKey] != nil { set.codeOfSkeleton[key] = record.grant.code }
  }

  private func put(
    _ record: CodeRecord, _ key: Owned<CouponCode>, into set: inout WorkingSet
  ) throws(StoreFailure) {
    let couponKey = Owned(key.tenant, record.couponID)
    try loadCoupon(couponKey, into: &set)
    if let coupon = set.coupons[couponKey] {
      if coupon.coupon.state != .archived { set.codes[key] = record }
      return
    }
    if set.unreadableCoupons[couponKey] == nil { throw .corrupt("the coupon of a code") }
    if try !isArchived(couponKey) { set.codes[key] = record }
  }

  /// Whether a coupon is archived, for one of which nothing else can be read.
  func isArchived(_ key: Owned<Coupon.ID>) throws(StoreFailure) -> Bool {
    try connection.first("SELECT state FROM coupon WHERE tenant = ?1 AND id = ?2") {
      $0.bind(key.tenant)
      $0.bind(key.value)
    } read: {
      $0.int64(0) == Coupon.State.archived.stored
    } ?? false
  }

  private func hasCode(_ key: Owned<Coupon.ID>) throws(StoreFailure) -> Bool {
    try connection.first("SELECT 1 FROM code WHERE tenant = ?1 AND coupon_id = ?2 LIMIT 1") {
      $0.bind(key.tenant)
      $0.bind(key.value)
    } read: { _ in
      true
    } ?? false
  }

  private func loadCounter(_ key: Owned<CounterKey>, into set: inout WorkingSet) throws(StoreFailure) {
    guard set.counters[key] == nil, set.unreadableCounters[key] == nil else { return }
    do throws(StoreFailure) {
      set.counters[key] = try counter(key)
    } catch {
      guard error.kind == .corrupt else { throw error }
      set.unreadableCounters[key] = error
    }
  }

  /// Loads an application and what is needed to give its usages back.
  private func loadApplication(
    _ key: Owned<DiscountApplication.ID>, withSnapshot: Bool = true, into set: inout WorkingSet
  ) throws(StoreFailure) {
    guard set.applications[key] == nil, let record = try application(key, withSnapshot: withSnapshot) else {
      return
    }
    set.applications[key] = record
    for usage in record.application.usages {
      try loadCoupon(Owned(key.tenant, usage.couponID), into: &set)
      try loadCode(Owned(key.tenant, usage.code), into: &set)
      for counter in usage.counters {
        try loadCounter(
          Owned(key.tenant, CounterKey(couponID: usage.couponID, counter: counter)), into: &set)
      }
    }
  }
}
