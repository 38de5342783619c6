import Ledger
import Promotions
import Scrip

/// Loading never replaces what a working set holds already, because that may have been changed since.
extension RowReader {
  func load(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    for id in request.tenants { try set.tenants.load(id) { () throws(StoreFailure) in try tenant(id) } }
    for key in request.coupons { try loadCoupon(key, into: &set) }
    for key in request.codes { try loadCode(key, into: &set) }
    for key in request.skeletons { try loadSkeleton(key, into: &set) }
    for key in request.counters { try loadCounter(key, into: &set) }
    for key in request.keptOrders {
      try set.keptOrders.load(key) { () throws(StoreFailure) in try connection.row(key) }
    }
    for key in request.answers {
      try set.answers.load(key) { () throws(StoreFailure) in try connection.row(key) }
    }
    for key in request.persons {
      try set.persons.load(key) { () throws(StoreFailure) in try connection.row(key) }
    }
    if request.asksForRareKeys { try loadRare(request, into: &set) }
    for key in request.applications { try loadApplication(key, into: &set) }
    for order in request.orders { try loadApplication(ofOrder: order, into: &set) }
    if request.asksForRareKeys { try loadLocks(request, into: &set) }
    if !request.shelf.isEmpty { for type in Catalogue.tables { try load(type, request, into: &set) } }
  }

  /// What few questions and commands ask for.
  private func loadRare(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    for key in request.patterns where set.found.codesOfPattern[key] == nil {
      set.found.codesOfPattern[key] = try codes(of: key)
    }
    for key in request.versions {
      try set.versions.load(key) { () throws(StoreFailure) in try version(key) }
    }
    for key in request.contactsOf { try loadContacts(of: key, into: &set) }
    for key in request.accessKeys {
      try set.accessKeys.load(key) { () throws(StoreFailure) in try connection.row(key) }
    }
    for key in request.dueWork {
      try set.dueWork.load(key) { () throws(StoreFailure) in try connection.row(key) }
    }
    for tenant in request.adminKeyCounts where set.found.adminKeyCounts[tenant] == nil {
      set.found.adminKeyCounts[tenant] = try adminKeyCount(of: tenant)
    }
    for tenant in request.webhookCounts where set.found.webhookCounts[tenant] == nil {
      set.found.webhookCounts[tenant] = try webhookCount(of: tenant)
    }
    for key in request.codedCoupons where set.found.codedCoupons[key] == nil {
      set.found.codedCoupons[key] = try hasCode(key)
    }
    for key in request.buyers where set.found.buyers[key] == nil {
      set.found.buyers[key] = try history(of: key)
    }
    for key in request.revocationsOf where set.found.revocations[key] == nil {
      set.found.revocations[key] = try revocations(of: key)
    }
    for key in request.cursors {
      try set.cursors.load(key) { () throws(StoreFailure) in try connection.row(key) }
    }
    for key in request.couponDays {
      try set.couponDays.load(key) { () throws(StoreFailure) in try connection.row(key) }
    }
    for key in request.couponUsers {
      try set.couponUsers.load(key) { () throws(StoreFailure) in try connection.row(key) }
    }
  }

  private func loadContacts(of key: Owned<UserID>, into set: inout WorkingSet) throws(StoreFailure) {
    let found = try connection.rows(RowReader.contactsOfUser) {
      $0.bind(key.tenant)
      $0.bind(key.value)
    } read: { (row) throws(StoreFailure) in
      try row.row(PersonRow.self)
    }
    for (key, row) in found { set.persons.load(row, for: key) }
  }

  private static let contactsOfUser = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(PersonRow.self)) FROM person INDEXED BY person_by_owner
      WHERE tenant = ?1 AND owner = ?2
      """)

  private func load<Row: StoredRow>(
    _ row: Row.Type, _ request: LoadRequest, into set: inout WorkingSet
  ) throws(StoreFailure) {
    for key in request.shelf[row] {
      try set.shelf[row].load(key) { () throws(StoreFailure) in try connection.row(key) }
    }
  }

  private func loadApplication(
    ofOrder order: Owned<OrderID>, into set: inout WorkingSet
  ) throws(StoreFailure) {
    if set.found.applicationOfOrder[order] == nil {
      set.found.applicationOfOrder[order] = try application(ofOrder: order)
    }
    guard let id = set.found.applicationOfOrder[order] else { return }
    try loadApplication(Owned(order.tenant, id), into: &set)
  }

  /// Locks, and what is searched for about those of a coupon.
  private func loadLocks(_ request: LoadRequest, into set: inout WorkingSet) throws(StoreFailure) {
    for key in request.locks { try loadApplication(key, withSnapshot: false, into: &set) }
    for key in request.lateLocksOf where set.found.lateLocks[key] == nil {
      set.found.lateLocks[key] = try lateLocks(of: key, at: request.lateAt, max: LoadRequest.lateMax)
    }
    for key in request.heldOf where set.found.heldUntil[key] == nil {
      set.found.heldUntil[key] = try firstEnd(ofLocksOn: key, max: LoadRequest.heldSearchMax)
    }
    for key in request.heldUsesOf where set.found.heldUses[key] == nil {
      set.found.heldUses[key] = try heldUses(of: key, max: LoadRequest.heldSearchMax)
    }
  }

  private func loadCoupon(_ key: Owned<Coupon.ID>, into set: inout WorkingSet) throws(StoreFailure) {
    try set.coupons.load(key) { () throws(StoreFailure) in try coupon(key) }
  }

  /// Loads a code with its coupon, unless the coupon is archived: then the code opens nothing.
  private func loadCode(_ key: Owned<CouponCode>, into set: inout WorkingSet) throws(StoreFailure) {
    if set.codes.holds(key) { return }
    try set.codes.load(key) { () throws(StoreFailure) in try code(key) }
    try dropArchived(key, from: &set)
  }

  private func loadSkeleton(_ key: Owned<CodeSkeleton>, into set: inout WorkingSet) throws(StoreFailure) {
    guard set.found.codeOfSkeleton[key] == nil, set.found.unreadableSkeletons[key] == nil else { return }
    let found: CodeRecord?
    do throws(StoreFailure) {
      found = try code(key)
    } catch {
      guard error.isOfStoredValue else { throw error }
      return set.found.unreadableSkeletons[key] = error
    }
    guard let record = found else { return }
    let codeKey = Owned(key.tenant, record.grant.code)
    if !set.codes.holds(codeKey) {
      set.codes.load(record, for: codeKey)
      try dropArchived(codeKey, from: &set)
    }
    if set.codes[codeKey] != nil { set.found.codeOfSkeleton[key] = record.grant.code }
  }

  private func dropArchived(_ key: Owned<CouponCode>, from set: inout WorkingSet) throws(StoreFailure) {
    guard let record = set.codes[key] else { return }
    let couponKey = Owned(key.tenant, record.couponID)
    try loadCoupon(couponKey, into: &set)
    if let coupon = set.coupons[couponKey] {
      if coupon.life.state == .archived { set.codes.drop(key) }
      return
    }
    if set.coupons.unreadable[couponKey] == nil {
      set.codes.drop(key)
      set.codes.load(unreadable: .corrupt("the coupon of a code"), for: key)
    } else if try isArchived(couponKey) {
      set.codes.drop(key)
    }
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

  private func revocations(of key: Owned<Coupon.ID>) throws(StoreFailure) -> Int64? {
    try connection.first("SELECT revocations FROM coupon WHERE tenant = ?1 AND id = ?2") {
      $0.bind(key.tenant)
      $0.bind(key.value)
    } read: {
      $0.int64(0)
    }
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
    try set.counters.load(key) { () throws(StoreFailure) in try connection.row(key) }
  }

  private func loadCampaign(_ key: Owned<Campaign.ID>, into set: inout WorkingSet) throws(StoreFailure) {
    try set.shelf[CampaignRow.self].load(key) { () throws(StoreFailure) in try connection.row(key) }
  }

  /// Loads an application and what is needed to give its usages back.
  private func loadApplication(
    _ key: Owned<DiscountApplication.ID>, withSnapshot: Bool = true, into set: inout WorkingSet
  ) throws(StoreFailure) {
    guard set.applications[key] == nil, let record = try application(key, withSnapshot: withSnapshot) else {
      return
    }
    set.applications.load(record, for: key)
    for usage in record.application.usages {
      try loadCoupon(Owned(key.tenant, usage.couponID), into: &set)
      try loadCode(Owned(key.tenant, usage.code), into: &set)
      for counter in usage.counters {
        try loadCounter(
          Owned(key.tenant, CounterKey(couponID: usage.couponID, counter: counter)), into: &set)
        if let id = counter.campaignID { try loadCampaign(Owned(key.tenant, id), into: &set) }
      }
    }
  }
}
