import Ledger
import Promotions
import Scrip

/// Due work. There is one writer, so what is found due is claimed by nobody else.
extension WriteTransaction: DueTransaction {
  var due: any DueTransaction { self }

  func claim(_ claiming: DueClaiming) throws(StoreFailure) -> [DueClaim] {
    var claims: [DueClaim] = []
    for kind in Set(claiming.kinds).sorted() {
      claims += try due(kind, claiming)
      claims += try dueInSandboxes(kind, claiming)
    }
    claims = Array(claims.sorted(by: DueClaim.inOrder).prefix(claiming.limit))
    for claim in claims {
      try connection.run(
        """
        UPDATE due_work SET attempt = ?4, try_at = ?5, lease_holder = ?6
        WHERE tenant = ?1 AND kind = ?2 AND key = ?3
        """
      ) {
        $0.bind(claim.key)
        $0.bind(claim.attempt)
        $0.bind(now.adding(seconds: claiming.leaseSeconds))
        $0.bind(claim.holder)
      }
    }
    return claims
  }

  private func due(_ kind: DueWork.Kind, _ claiming: DueClaiming) throws(StoreFailure) -> [DueClaim] {
    try connection.rows(
      """
      SELECT tenant, kind, key, due_at, payload, is_told, coalesce(attempt, 0) + 1
      FROM due_work INDEXED BY due_work_open
      WHERE parked_at IS NULL AND max(coalesce(try_at, due_at), due_at) <= ?1 AND kind = ?2
        AND NOT (is_told AND tenant IN (SELECT tenant FROM tenant WHERE test_clock IS NOT NULL))
      ORDER BY max(coalesce(try_at, due_at), due_at) LIMIT ?3
      """
    ) {
      $0.bind(now)
      $0.bind(kind)
      $0.bind(claiming.limit)
    } read: { (row) throws(StoreFailure) in
      try DueClaim(row, of: claiming.holder)
    }
  }

  /// What facts of sandboxes have scheduled is due by the sandbox's own clock. Leases and pauses are real.
  private func dueInSandboxes(
    _ kind: DueWork.Kind, _ claiming: DueClaiming
  ) throws(StoreFailure) -> [DueClaim] {
    try connection.rows(
      """
      SELECT due_work.tenant, kind, key, due_at, payload, is_told, coalesce(attempt, 0) + 1
      FROM tenant INDEXED BY tenant_with_clock CROSS JOIN due_work ON due_work.tenant = tenant.tenant
      WHERE test_clock IS NOT NULL AND kind = ?2 AND is_told AND parked_at IS NULL AND due_at <= test_clock
        AND coalesce(try_at, ?1) <= ?1
      ORDER BY due_at LIMIT ?3
      """
    ) {
      $0.bind(now)
      $0.bind(kind)
      $0.bind(claiming.limit)
    } read: { (row) throws(StoreFailure) in
      try DueClaim(row, of: claiming.holder)
    }
  }

  func settle(_ claim: DueClaim, _ settlement: DueSettlement) throws(StoreFailure) -> Bool {
    let count: Int
    switch settlement {
    case .done where !claim.isTold:
      count = try connection.run(
        """
        DELETE FROM due_work
        WHERE tenant = ?1 AND kind = ?2 AND key = ?3 AND lease_holder = ?4 AND attempt = ?5 AND NOT is_told
        """
      ) { $0.bind(claim) }
    case .done: count = try free(claim)
    case .again(let moment):
      count = try claim.isTold ? free(claim, tryAt: moment) : free(claim, dueAt: moment)
    case .failed(let reason, let moment): count = try fail(claim, reason, retryAt: moment, parkedAt: nil)
    case .parked(let reason): count = try fail(claim, reason, retryAt: nil, parkedAt: now)
    }
    return count == 1
  }

  private func free(
    _ claim: DueClaim, dueAt: Instant? = nil, tryAt: Instant? = nil
  ) throws(StoreFailure) -> Int {
    try connection.run(
      """
      UPDATE due_work SET attempt = NULL, try_at = ?7, lease_holder = NULL, reason = NULL,
        due_at = coalesce(?6, due_at)
      WHERE tenant = ?1 AND kind = ?2 AND key = ?3 AND lease_holder = ?4 AND attempt = ?5
      """
    ) {
      $0.bind(claim)
      $0.bind(dueAt)
      $0.bind(tryAt)
    }
  }

  private func fail(
    _ claim: DueClaim, _ reason: String, retryAt: Instant?, parkedAt: Instant?
  ) throws(StoreFailure) -> Int {
    try connection.run(
      """
      UPDATE due_work SET try_at = ?6, lease_holder = NULL, reason = ?7, parked_at = ?8
      WHERE tenant = ?1 AND kind = ?2 AND key = ?3 AND lease_holder = ?4 AND attempt = ?5
      """
    ) {
      $0.bind(claim)
      $0.bind(retryAt)
      $0.bind(reason)
      $0.bind(parkedAt)
    }
  }

  func prolong(_ claim: DueClaim, until moment: Instant) throws(StoreFailure) -> Bool {
    let count = try connection.run(
      """
      UPDATE due_work SET try_at = ?6
      WHERE tenant = ?1 AND kind = ?2 AND key = ?3 AND lease_holder = ?4 AND attempt = ?5
      """
    ) {
      $0.bind(claim)
      $0.bind(moment)
    }
    return count == 1
  }

  func scheduleForHouse(_ keys: [Owned<DueKey>], at moment: Instant) throws(StoreFailure) {
    for key in keys {
      try connection.run(
        """
        INSERT INTO due_work (tenant, kind, key, due_at, payload, is_told) VALUES (?1, ?2, ?3, ?4, x'', 0)
        ON CONFLICT (tenant, kind, key) DO UPDATE SET due_at = min(due_at, excluded.due_at),
          lease_holder = iif(try_at > ?5, NULL, lease_holder), try_at = iif(try_at > ?5, NULL, try_at)
        WHERE (due_at > excluded.due_at OR try_at > ?5) AND (lease_holder IS NULL OR try_at > ?5)
          AND parked_at IS NULL AND NOT is_told
        """
      ) {
        $0.bind(key)
        $0.bind(moment)
        $0.bind(now.adding(seconds: dueSecondsAheadMax))
      }
    }
  }

  func hasten(_ key: Owned<DueKey>) throws(StoreFailure) -> DueHastening {
    let count = try connection.run(
      """
      UPDATE due_work SET try_at = NULL, lease_holder = NULL
      WHERE tenant = ?1 AND kind = ?2 AND key = ?3 AND is_told AND parked_at IS NULL
        AND (lease_holder IS NULL OR try_at <= ?4)
      """
    ) {
      $0.bind(key)
      $0.bind(now)
    }
    if count == 1 { return .hastened }
    let leased = try connection.rows(
      "SELECT 1 FROM due_work WHERE tenant = ?1 AND kind = ?2 AND key = ?3 AND is_told AND parked_at IS NULL"
    ) {
      $0.bind(key)
    } read: { _ in
      true
    }
    return leased.isEmpty ? .none : .isLeased
  }

  func retry(_ key: Owned<DueKey>) throws(StoreFailure) -> Bool {
    let count = try connection.run(
      """
      UPDATE due_work SET attempt = NULL, try_at = NULL, lease_holder = NULL, reason = NULL, parked_at = NULL
      WHERE tenant = ?1 AND kind = ?2 AND key = ?3 AND (parked_at IS NOT NULL OR try_at > ?4)
      """
    ) {
      $0.bind(key)
      $0.bind(now.adding(seconds: dueSecondsAheadMax))
    }
    return count == 1
  }
}

extension DueClaim {
  fileprivate init(_ row: Statement, of holder: DueHolder) throws(StoreFailure) {
    self.init(
      key: Owned(row.tenant(0), DueKey(row.name(1), row.name(2))), dueAt: try row.instant(3),
      payload: row.bytes(4), isTold: row.bool(5), attempt: row.int64(6), holder: holder)
  }
}

extension Statement {
  fileprivate func bind(_ key: Owned<DueKey>) {
    bind(key.tenant)
    bind(key.value.kind)
    bind(key.value.name)
  }

  fileprivate func bind(_ claim: DueClaim) {
    bind(claim.key)
    bind(claim.holder)
    bind(claim.attempt)
  }
}
