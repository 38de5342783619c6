import Ledger
import Promotions
import Scrip

/// Loading never replaces what a working set holds already, because that may have been changed since.
extension Tables {
  func load(_ request: LoadRequest, into set: inout WorkingSet) {
    set.tenants.load(request.tenants, from: self)
    set.versions.load(request.versions, from: self)
    set.counters.load(request.counters, from: self)
    set.keptOrders.load(request.keptOrders, from: self)
    set.answers.load(request.answers, from: self)
    set.persons.load(request.persons, from: self)
    let contacts = self[PersonRow.self].filter { key, row in
      row.owner.map { request.contactsOf.contains(Owned(key.tenant, $0)) } ?? false
    }
    set.persons.load(Set(contacts.keys), from: self)
    set.accessKeys.load(request.accessKeys, from: self)
    for type in Catalogue.tables { load(type, request, into: &set) }
    set.cursors.load(request.cursors, from: self)
    set.couponDays.load(request.couponDays, from: self)
    set.couponUsers.load(request.couponUsers, from: self)
    set.dueWork.load(request.dueWork, from: self)
    for key in request.coupons { loadCoupon(key, into: &set) }
    for key in request.codes { loadCode(key, into: &set) }
    for key in request.skeletons { loadSkeleton(key, into: &set) }
    for key in request.patterns where set.found.codesOfPattern[key] == nil {
      set.found.codesOfPattern[key] = codes.count { code, record in
        code.tenant == key.tenant && key.value.matches(code.value.skeleton)
          && coupons[Owned(key.tenant, record.couponID)]?.life.state != .archived
      }
    }
    for tenant in request.adminKeyCounts where set.found.adminKeyCounts[tenant] == nil {
      let working = accessKeys.values.filter {
        $0.tenant == tenant && $0.role == .admin && $0.revokedAt == nil
      }
      set.found.adminKeyCounts[tenant] = Int64(working.count)
    }
    for tenant in request.webhookCounts where set.found.webhookCounts[tenant] == nil {
      set.found.webhookCounts[tenant] = self[WebhookRow.self].keys.count { $0.tenant == tenant }
    }
    for key in request.buyers {
      let own = self[OrderRow.self].filter {
        $0.key.tenant == key.tenant && $0.value.content.content.customer.buyer == key.value
      }.values
      let paid = Int64(own.count { BuyerHistory.states.contains($0.state) })
      set.found.buyers[key] = BuyerHistory(
        paid: min(paid, Customer.orderCountMax), firstAt: own.map(\.createdAt).min())
    }
    for key in request.codedCoupons where set.found.codedCoupons[key] == nil {
      set.found.codedCoupons[key] = codes.contains {
        $0.key.tenant == key.tenant && $0.value.couponID == key.value
      }
    }
    for key in request.applications { loadApplication(key, into: &set) }
    for order in request.orders {
      if set.found.applicationOfOrder[order] == nil {
        set.found.applicationOfOrder[order] = application(ofOrder: order)
      }
      if let id = set.found.applicationOfOrder[order] { loadApplication(Owned(order.tenant, id), into: &set) }
    }
    for key in request.locks { loadApplication(key, withSnapshot: false, into: &set) }
    for key in request.lateLocksOf where set.found.lateLocks[key] == nil {
      set.found.lateLocks[key] = locked(max: LoadRequest.lateMax) { owned, application in
        owned.tenant == key.tenant && application.expiresAt <= request.lateAt
          && application.usages.contains { $0.couponID == key.value && $0.state == .locked }
      }
    }
    for key in request.revocationsOf where set.found.revocations[key] == nil {
      set.found.revocations[key] = self[CouponRow.self][key]?.life.revocations
    }
    for key in request.heldOf where set.found.heldUntil[key] == nil {
      set.found.heldUntil[key] = heldUses(of: key, max: LoadRequest.heldSearchMax).first?.expiresAt
    }
    for key in request.heldUsesOf where set.found.heldUses[key] == nil {
      set.found.heldUses[key] = heldUses(of: key, max: LoadRequest.heldSearchMax)
    }
  }

  private func load<Row: StoredRow>(_ row: Row.Type, _ request: LoadRequest, into set: inout WorkingSet) {
    set.shelf[row].load(request.shelf[row], from: self)
  }

  private func heldUses(of key: Owned<Coupon.ID>, max: Int) -> [HeldUse] {
    func isHeld(_ usage: Usage) -> Bool { usage.couponID == key.value && usage.state == .locked }
    let locks = locked(max: max) { owned, application in
      owned.tenant == key.tenant && application.usages.contains(where: isHeld)
    }
    return locks.flatMap { lock in
      (applications[lock.key]?.application.usages ?? []).filter(isHeld).map { usage in
        HeldUse(
          applicationID: lock.key.value, code: usage.code, amount: usage.amount, counters: usage.counters,
          expiresAt: lock.expiresAt)
      }
    }
  }

  private func loadCoupon(_ key: Owned<Coupon.ID>, into set: inout WorkingSet) {
    set.coupons.load(coupons[key], for: key)
  }

  /// A code of an archived coupon opens nothing.
  private func loadCode(_ key: Owned<CouponCode>, into set: inout WorkingSet) {
    guard set.codes[key] == nil, let record = codes[key] else { return }
    let couponKey = Owned(key.tenant, record.couponID)
    loadCoupon(couponKey, into: &set)
    if set.coupons[couponKey]?.life.state != .archived { set.codes.load(record, for: key) }
  }

  /// The generated code of a skeleton, or else one of the given codes.
  private func loadSkeleton(_ key: Owned<CodeSkeleton>, into set: inout WorkingSet) {
    guard set.found.codeOfSkeleton[key] == nil else { return }
    let found = (skeletons[key] ?? []).filter { code in
      let record = codes[Owned(key.tenant, code)]
      return record.flatMap { coupons[Owned(key.tenant, $0.couponID)] }?.life.state != .archived
    }
    let chosen = found.sorted().first { codes[Owned(key.tenant, $0)]?.grant.isGenerated == true }
    guard let code = chosen ?? found.min() else { return }
    loadCode(Owned(key.tenant, code), into: &set)
    if set.codes[Owned(key.tenant, code)] != nil { set.found.codeOfSkeleton[key] = code }
  }

  private func loadApplication(
    _ key: Owned<DiscountApplication.ID>, withSnapshot: Bool = true, into set: inout WorkingSet
  ) {
    guard set.applications[key] == nil, var record = applications[key] else { return }
    if !withSnapshot { record.application.snapshot = .notLoaded }
    set.applications.load(record, for: key)
    for usage in record.application.usages {
      loadCoupon(Owned(key.tenant, usage.couponID), into: &set)
      loadCode(Owned(key.tenant, usage.code), into: &set)
      for counter in usage.counters {
        let counterKey = Owned(key.tenant, CounterKey(couponID: usage.couponID, counter: counter))
        set.counters.load(counters[counterKey], for: counterKey)
        if let id = counter.campaignID {
          set.shelf[CampaignRow.self].load([Owned(key.tenant, id)], from: self)
        }
      }
    }
  }
}

extension Rows {
  fileprivate mutating func load(_ keys: Set<Row.Key>, from tables: Tables) {
    if keys.isEmpty { return }
    let table = tables[Row.self]
    for key in keys { load(table[key], for: key) }
  }
}
