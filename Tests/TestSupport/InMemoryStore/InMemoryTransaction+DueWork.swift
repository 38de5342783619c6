import Ledger
import Promotions
import Scrip

/// What stands beside the log in a row of due work.
struct DueBeside: Sendable {
  var attempt: Int64 = 0
  var tryAt: Instant?
  var holder: DueHolder?
  var parkedAt: Instant?
  var reason: String?
}

extension Tables {
  /// The moment for a tenant: that of its own clock, if it has one.
  func now(of tenant: Tenant.ID, at moment: Instant) -> Instant {
    tenants[tenant]?.tenant.testClock ?? moment
  }

  /// When work can be claimed; nil for what is parked, or waits for its tenant's own clock.
  func claimable(_ entry: DueEntry) -> Instant? {
    guard let clock = tenants[entry.key.tenant]?.tenant.testClock,
      self[DueWork.self][entry.key]?.isTold == true
    else { return entry.nextTry }
    if entry.state == .parked || entry.dueAt > clock { return nil }
    return dueBeside[entry.key]?.tryAt ?? .earliest
  }

  /// All due work, in the order of its keys.
  func dueEntries(at now: Instant) -> [DueEntry] {
    self[DueWork.self].sorted { $0.key < $1.key }.map { key, row in
      let beside = dueBeside[key] ?? DueBeside()
      return DueEntry(
        key: key, dueAt: row.dueAt, attempts: beside.attempt, tryAt: beside.tryAt, holder: beside.holder,
        parkedAt: beside.parkedAt, reason: beside.reason, now: now)
    }
  }
}

extension InMemoryTransaction: DueTransaction {
  var due: any DueTransaction { self }

  func claim(_ claiming: DueClaiming) throws(StoreFailure) -> [DueClaim] {
    let due = tables.dueEntries(at: now).filter { entry in
      claiming.kinds.contains(entry.key.value.kind) && tables.claimable(entry).map { $0 <= now } == true
    }
    let chosen = due.sorted { ($0.nextTry ?? $0.dueAt, $0.key) < ($1.nextTry ?? $1.dueAt, $1.key) }
      .prefix(claiming.limit)
    return chosen.compactMap { entry -> DueClaim? in
      guard let row = tables[DueWork.self][entry.key] else { return nil }
      tables.dueBeside[entry.key, default: DueBeside()].attempt += 1
      tables.dueBeside[entry.key]?.tryAt = now.adding(seconds: claiming.leaseSeconds)
      tables.dueBeside[entry.key]?.holder = claiming.holder
      return DueClaim(
        key: entry.key, dueAt: row.dueAt, payload: row.payload, isTold: row.isTold,
        attempt: entry.attempts + 1, holder: claiming.holder)
    }.sorted(by: DueClaim.inOrder)
  }

  func settle(_ claim: DueClaim, _ settlement: DueSettlement) throws(StoreFailure) -> Bool {
    guard tables[DueWork.self][claim.key] != nil, var beside = tables.dueBeside[claim.key],
      beside.attempt == claim.attempt, beside.holder == claim.holder
    else { return false }
    switch settlement {
    case .done:
      beside = DueBeside()
      if !claim.isTold { tables[DueWork.self][claim.key] = nil }
    case .again(let moment):
      beside = DueBeside()
      if claim.isTold { beside.tryAt = moment } else { tables[DueWork.self][claim.key]?.dueAt = moment }
    case .failed(let reason, let moment):
      (beside.holder, beside.tryAt, beside.reason) = (nil, moment, reason)
    case .parked(let reason):
      (beside.holder, beside.tryAt, beside.reason, beside.parkedAt) = (nil, nil, reason, now)
    }
    tables.dueBeside[claim.key] = beside
    return true
  }

  func prolong(_ claim: DueClaim, until moment: Instant) throws(StoreFailure) -> Bool {
    guard let beside = tables.dueBeside[claim.key], beside.attempt == claim.attempt,
      beside.holder == claim.holder
    else { return false }
    tables.dueBeside[claim.key]?.tryAt = moment
    return true
  }

  func scheduleForHouse(_ keys: [Owned<DueKey>], at moment: Instant) throws(StoreFailure) {
    for key in keys {
      let beside = tables.dueBeside[key]
      guard let row = tables[DueWork.self][key] else {
        tables[DueWork.self][key] = DueWork(dueAt: moment, isTold: false)
        tables.dueBeside[key] = nil
        continue
      }
      let isAbsurd = isAbsurd(beside)
      if row.isTold || beside?.parkedAt != nil || beside?.holder != nil && !isAbsurd { continue }
      tables[DueWork.self][key]?.dueAt = min(row.dueAt, moment)
      if isAbsurd {
        tables.dueBeside[key]?.holder = nil
        tables.dueBeside[key]?.tryAt = nil
      }
    }
  }

  /// Whether a lease or a pause is of a time that never was.
  private func isAbsurd(_ beside: DueBeside?) -> Bool {
    beside?.tryAt.map { $0 > now.adding(seconds: dueSecondsAheadMax) } ?? false
  }

  func hasten(_ key: Owned<DueKey>) throws(StoreFailure) -> DueHastening {
    guard tables[DueWork.self][key]?.isTold == true else { return .none }
    guard let beside = tables.dueBeside[key] else { return .hastened }
    if beside.parkedAt != nil { return .none }
    if beside.holder != nil, let until = beside.tryAt, until > now { return .isLeased }
    tables.dueBeside[key]?.tryAt = nil
    tables.dueBeside[key]?.holder = nil
    return .hastened
  }

  func retry(_ key: Owned<DueKey>) throws(StoreFailure) -> Bool {
    let beside = tables.dueBeside[key]
    guard beside?.parkedAt != nil || isAbsurd(beside), tables[DueWork.self][key] != nil else { return false }
    tables.dueBeside[key] = nil
    return true
  }
}
