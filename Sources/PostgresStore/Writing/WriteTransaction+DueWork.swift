import Ledger
import Promotions
import Scrip

/// Due work, a round trip for each call.
extension WriteTransaction: DueTransaction {
  var due: any DueTransaction { self }

  func claim(_ claiming: DueClaiming) throws(StoreFailure) -> [DueClaim] {
    let until = now.adding(seconds: claiming.leaseSeconds)
    let rows = try rowsNow(
      of: [],
      """
      SELECT tenant, kind, key, due_at, payload, is_told, attempt FROM scrip.claim_due_work($1, $2, $3, $4, $5)
      """
    ) {
      $0.bind(claiming.kinds)
      $0.bind(now)
      $0.bind(until)
      $0.bind(claiming.holder)
      $0.bind(claiming.limit)
    }
    return try rows.map { (row) throws(StoreFailure) in
      DueClaim(
        key: Owned(row.tenant(0), DueKey(row.name(1), row.name(2))), dueAt: try row.instant(3),
        payload: row.bytes(4), isTold: row.bool(5), attempt: row.int64(6), holder: claiming.holder)
    }.sorted(by: DueClaim.inOrder)
  }

  func settle(_ claim: DueClaim, _ settlement: DueSettlement) throws(StoreFailure) -> Bool {
    switch settlement {
    case .done where !claim.isTold:
      try isChanged(
        claim.key,
        """
        DELETE FROM scrip.due_work
        WHERE tenant = $1 AND kind = $2 AND key = $3 AND lease_holder = $4 AND attempt = $5 AND NOT is_told
        RETURNING true
        """
      ) { $0.bind(claim) }
    case .done: try free(claim)
    case .again(let moment): try claim.isTold ? free(claim, tryAt: moment) : free(claim, dueAt: moment)
    case .failed(let reason, let moment): try fail(claim, reason, retryAt: moment, parkedAt: nil)
    case .parked(let reason): try fail(claim, reason, retryAt: nil, parkedAt: now)
    }
  }

  private func free(
    _ claim: DueClaim, dueAt: Instant? = nil, tryAt: Instant? = nil
  ) throws(StoreFailure) -> Bool {
    try isChanged(
      claim.key,
      """
      UPDATE scrip.due_work SET attempt = NULL, try_at = $7, lease_holder = NULL, reason = NULL,
        due_at = coalesce($6, due_at)
      WHERE tenant = $1 AND kind = $2 AND key = $3 AND lease_holder = $4 AND attempt = $5 RETURNING true
      """
    ) {
      $0.bind(claim)
      $0.bind(dueAt)
      $0.bind(tryAt)
    }
  }

  private func fail(
    _ claim: DueClaim, _ reason: String, retryAt: Instant?, parkedAt: Instant?
  ) throws(StoreFailure) -> Bool {
    try isChanged(
      claim.key,
      """
      UPDATE scrip.due_work SET try_at = $6, lease_holder = NULL, reason = $7, parked_at = $8
      WHERE tenant = $1 AND kind = $2 AND key = $3 AND lease_holder = $4 AND attempt = $5 RETURNING true
      """
    ) {
      $0.bind(claim)
      $0.bind(retryAt)
      $0.bind(reason)
      $0.bind(parkedAt)
    }
  }

  func prolong(_ claim: DueClaim, until moment: Instant) throws(StoreFailure) -> Bool {
    try isChanged(
      claim.key,
      """
      UPDATE scrip.due_work SET try_at = $6
      WHERE tenant = $1 AND kind = $2 AND key = $3 AND lease_holder = $4 AND attempt = $5 RETURNING true
      """
    ) {
      $0.bind(claim)
      $0.bind(moment)
    }
  }

  func scheduleForHouse(_ keys: [Owned<DueKey>], at moment: Instant) throws(StoreFailure) {
    let keys = Set(keys).sorted()
    if keys.isEmpty { return }
    _ = try rowsNow(
      of: Set(keys.map(\.tenant)),
      """
      INSERT INTO scrip.due_work AS w (tenant, kind, key, due_at, payload, is_told)
      SELECT n.tenant, n.kind, n.key, $4, ''::bytea, false FROM unnest($1, $2, $3) AS n(tenant, kind, key)
      ON CONFLICT (tenant, kind, key) DO UPDATE SET due_at = least(w.due_at, excluded.due_at),
        lease_holder = CASE WHEN w.try_at > $5 THEN NULL ELSE w.lease_holder END,
        try_at = CASE WHEN w.try_at > $5 THEN NULL ELSE w.try_at END
      WHERE (w.due_at > excluded.due_at OR w.try_at > $5) AND (w.lease_holder IS NULL OR w.try_at > $5)
        AND w.parked_at IS NULL AND NOT w.is_told
      """
    ) {
      $0.bind(keys.map(\.tenant))
      $0.bind(keys.map(\.value.kind))
      $0.bind(keys.map(\.value.name))
      $0.bind(moment)
      $0.bind(now.adding(seconds: dueSecondsAheadMax))
    }
  }

  func hasten(_ key: Owned<DueKey>) throws(StoreFailure) -> DueHastening {
    let isHastened = try isChanged(
      key,
      """
      UPDATE scrip.due_work SET try_at = NULL, lease_holder = NULL
      WHERE tenant = $1 AND kind = $2 AND key = $3 AND is_told AND parked_at IS NULL
        AND (lease_holder IS NULL OR try_at <= $4) RETURNING true
      """
    ) {
      $0.bind(key)
      $0.bind(now)
    }
    if isHastened { return .hastened }
    let isLeased = try isChanged(
      key,
      """
      SELECT true FROM scrip.due_work
      WHERE tenant = $1 AND kind = $2 AND key = $3 AND is_told AND parked_at IS NULL
      """
    ) { $0.bind(key) }
    return isLeased ? .isLeased : .none
  }

  func retry(_ key: Owned<DueKey>) throws(StoreFailure) -> Bool {
    try isChanged(
      key,
      """
      UPDATE scrip.due_work SET attempt = NULL, try_at = NULL, lease_holder = NULL, reason = NULL, parked_at = NULL
      WHERE tenant = $1 AND kind = $2 AND key = $3 AND (parked_at IS NOT NULL OR try_at > $4) RETURNING true
      """
    ) {
      $0.bind(key)
      $0.bind(now.adding(seconds: dueSecondsAheadMax))
    }
  }

  private func isChanged(
    _ key: Owned<DueKey>, _ sql: StatementText, _ bind: (inout Parameters) -> Void
  ) throws(StoreFailure) -> Bool {
    try rowsNow(of: [key.tenant], sql, bind).count == 1
  }

  /// Sends a statement, behind all that was gathered to be written, and waits for its rows.
  private func rowsNow(
    of tenants: Set<Tenant.ID>, _ sql: StatementText, _ bind: (inout Parameters) -> Void
  ) throws(StoreFailure) -> ResultRows {
    try flush()
    var session = loader.session
    let results = try session.connection.roundTrip(session.deadline) { pipeline in
      _ = session.see(tenants, in: &pipeline)
      pipeline.add(sql, bind)
    }
    loader.session = session
    guard let rows = results.last else { throw .corrupt("the answer to a statement about due work") }
    return rows
  }
}

extension Parameters {
  fileprivate mutating func bind(_ key: Owned<DueKey>) {
    bind(key.tenant)
    bind(key.value.kind)
    bind(key.value.name)
  }

  fileprivate mutating func bind(_ claim: DueClaim) {
    bind(claim.key)
    bind(claim.holder)
    bind(claim.attempt)
  }
}
