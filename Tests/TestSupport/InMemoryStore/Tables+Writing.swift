import Digest
import Engine
import Scrip

/// Writing refuses what a database with conditional counters and unique keys refuses.
extension Tables {
  mutating func write(_ set: WorkingSet, enforcesLimits: Bool) throws(StoreFailure) {
    for id in set.changes.tenants { tenants[id] = set.tenants[id] }
    for (key, terms) in set.changes.newVersions {
      try refuse(unless: versions[key] == nil, "a version is there already")
      versions[key] = terms
    }
    for key in set.changes.coupons {
      let limit = set.coupons[key]?.coupon.terms.limits.total
      try write(
        set.coupons[key], key, usesMax: set.changes.usesMax(of: key, limit: limit), enforcesLimits)
    }
    try writeCodes(set, enforcesLimits)
    for (key, limit) in set.changes.counters {
      try write(set.counters[key] ?? 0, key, limit: enforcesLimits ? limit : nil)
    }
    try writeApplications(set, enforcesLimits)
    for key in set.changes.newAccessKeys {
      let hash = set.accessKeys[key]?.secretHash
      try refuse(unless: accessKeys[key] == nil, "a key is there already")
      try refuse(unless: !accessKeys.values.contains { $0.secretHash == hash }, "a secret is in use")
      accessKeys[key] = set.accessKeys[key]
    }
    for key in set.changes.accessKeys { accessKeys[key] = set.accessKeys[key] }
    if enforcesLimits {
      for (stream, head) in set.changes.continued {
        let end = EventPlace(stream: stream.value, sequence: head.sequence)
        try refuse(
          unless: eventPlaces.contains(Owned(stream.tenant, end)), "a stream's head is not where its log ends"
        )
      }
    }
    for event in set.changes.events { try append(event) }
    for (key, answer) in set.changes.answers {
      try refuse(unless: answers[key] == nil, "an answer is there already")
      answers[key] = answer
    }
  }

  private func refuse(unless condition: Bool, _ message: String) throws(StoreFailure) {
    if !condition { throw StoreFailure(kind: .refusedByDatabase, code: "1", message: message) }
  }

  private mutating func write(
    _ record: CouponRecord?, _ key: Owned<Coupon.ID>, usesMax: Int64?, _ enforcesLimits: Bool
  ) throws(StoreFailure) {
    guard let record else { return try refuse(unless: false, "a changed coupon is not there") }
    let uses = record.coupon.uses
    let before = coupons[key]?.coupon
    try refuse(unless: uses.locked >= 0 && uses.redeemed >= 0, "a coupon's uses fall below zero")
    // Uses of one batch may have been taken under the limit that stood before the batch lowered it.
    let limits = before.map { [$0.terms.limits.total, usesMax] } ?? [usesMax]
    let isWithin = limits.contains { limit in limit.map { uses.live <= $0 } ?? true }
    try refuse(
      unless: !enforcesLimits || isWithin || uses.live <= (before?.uses.live ?? 0),
      "a coupon's uses would pass its limit")
    coupons[key] = record
  }

  private mutating func writeCodes(_ set: WorkingSet, _ enforcesLimits: Bool) throws(StoreFailure) {
    for key in set.changes.newCodes {
      if let old = codes[key] {
        let state = coupons[Owned(key.tenant, old.couponID)]?.coupon.state
        try refuse(unless: !enforcesLimits || state == .archived, "a code belongs to another coupon")
      }
      codes[key] = set.codes[key]
      skeletons[Owned(key.tenant, key.value.skeleton), default: []].insert(key.value)
      if enforcesLimits { try checkDistinct(key) }
    }
    for key in set.changes.codes {
      guard let record = set.codes[key], let before = codes[key], before.couponID == record.couponID else {
        return try refuse(unless: false, "a changed code is not there")
      }
      let perCode = set.coupons[Owned(key.tenant, record.couponID)]?.coupon.terms.limits.perCode
      let usesMax = set.changes.usesMax(of: key, limit: record.grant.limit ?? perCode)
      let isWithin = usesMax.map { record.used <= $0 } ?? true
      try refuse(unless: record.used >= 0, "a code's uses fall below zero")
      try refuse(
        unless: !enforcesLimits || isWithin || record.used <= before.used,
        "a code's uses would pass its limit")
      codes[key] = record
    }
  }

  /// A generated code shares its skeleton with no other code that opens anything.
  private func checkDistinct(_ key: Owned<CouponCode>) throws(StoreFailure) {
    let alike = (skeletons[Owned(key.tenant, key.value.skeleton)] ?? [])
      .compactMap { codes[Owned(key.tenant, $0)] }
      .filter { coupons[Owned(key.tenant, $0.couponID)]?.coupon.state != .archived }
    try refuse(
      unless: alike.count < 2 || !alike.contains(where: \.grant.isGenerated), "a code looks like another one")
  }

  private mutating func write(
    _ used: Int64, _ key: Owned<CounterKey>, limit: Int64?
  ) throws(StoreFailure) {
    try refuse(unless: used >= 0, "a counter falls below zero")
    if let limit, used > limit {
      try refuse(unless: used <= counters[key] ?? 0, "a counter would pass its limit")
    }
    counters[key] = used == 0 ? nil : used
  }

  private mutating func writeApplications(
    _ set: WorkingSet, _ enforcesLimits: Bool
  ) throws(StoreFailure) {
    for key in set.changes.newApplications {
      try refuse(unless: applications[key] == nil, "an application is there already")
      guard let record = set.applications[key] else { continue }
      applicationsOfOrder[Owned(key.tenant, record.application.orderID), default: []].append(key.value)
    }
    for key in set.changes.applications where !set.changes.newApplications.contains(key) {
      try refuse(unless: applications[key] != nil, "a changed application is not there")
    }
    let changed = set.changes.newApplications.union(set.changes.applications)
    for key in changed {
      let kept = applications[key]?.application.snapshot
      applications[key] = set.applications[key]
      if let kept, applications[key]?.application.snapshot == .notLoaded {
        applications[key]?.application.snapshot = kept
      }
      if set.applications[key]?.application.state == .locked {
        locked.insert(key)
      } else {
        locked.remove(key)
      }
    }
    if enforcesLimits { for key in changed { try checkUnique(key) } }
  }

  /// One live usage for each coupon and order.
  private func checkUnique(_ key: Owned<DiscountApplication.ID>) throws(StoreFailure) {
    guard let application = applications[key]?.application else { return }
    let order = applicationsOfOrder[Owned(key.tenant, application.orderID)] ?? []
    let live = order.compactMap { applications[Owned(key.tenant, $0)] }
      .flatMap { $0.application.usages.filter(\.state.isLive).map(\.couponID) }
    try refuse(unless: Set(live).count == live.count, "an order uses a coupon twice")
  }

  private mutating func append(_ chained: ChainedEvent) throws(StoreFailure) {
    let event = chained.event
    let place = Owned(event.tenant, EventPlace(stream: event.stream, sequence: event.sequence))
    try refuse(unless: eventPlaces.insert(place).inserted, "a stream has an event of that number")
    events.append(
      StoredEvent(
        position: Int64(events.count) + 1,
        envelope: EventEnvelope(
          tenant: event.tenant, stream: event.stream, sequence: event.sequence, type: event.fact.name,
          at: event.at, actor: event.actor.stored, requestID: event.requestID), payload: chained.payload,
        hash: chained.hash))
  }
}
