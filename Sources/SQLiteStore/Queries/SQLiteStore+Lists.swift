import Digest
import Engine
import Scrip

extension SQLiteStore {
  /// Finds a key by the hash of its secret.
  public func accessKey(secretHash: Hash256) throws(StoreFailure) -> AccessKey? {
    try query { (rows) throws(StoreFailure) in try rows.accessKey(secretHash: secretHash) }
  }

  /// A tenant's keys, oldest first.
  public func accessKeys(of tenant: Tenant.ID) throws(StoreFailure) -> [AccessKey] {
    try query { (rows) throws(StoreFailure) in try rows.accessKeys(of: tenant) }
  }

  /// All tenants, by number.
  public func tenants() throws(StoreFailure) -> [Tenant] {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(
        "SELECT number, name, rounding, percent_base, lock_seconds FROM tenant ORDER BY number"
      ) { (row) throws(StoreFailure) in
        try RowReader.tenant(row)
      }
    }
  }

  /// A page of coupons, newest first.
  public func coupons(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [Coupon] {
    try query { (rows) throws(StoreFailure) in
      if let code = filter.code { return try rows.coupons(filter, openedBy: Owned(tenant, code)) }
      return try rows.coupons(filter, of: tenant)
    }
  }

  /// A page of a coupon's codes, in the order of their canonical form.
  public func codes(
    of couponID: Coupon.ID, tenant: Tenant.ID, after: CouponCode?, limit: Int
  ) throws(StoreFailure) -> [CodeRecord] {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(
        """
        SELECT canonical, coupon_id, display, owner, use_limit, used, is_generated
        FROM code INDEXED BY code_of_coupon
        WHERE tenant = ?1 AND coupon_id = ?2 AND canonical > ?3 ORDER BY canonical LIMIT ?4
        """
      ) {
        $0.bind(tenant)
        $0.bind(couponID)
        $0.bind(after?.canonical ?? "")
        $0.bind(limit)
      } read: { (row) throws(StoreFailure) in
        try RowReader.code(row)
      }
    }
  }

  /// A page of events after a position, oldest first.
  public func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] {
    try query { (rows) throws(StoreFailure) in
      guard let couponID = filter.couponID, let tenant = filter.tenant else {
        return try rows.events(filter)
      }
      return try rows.events(filter, of: Owned(tenant, couponID))
    }
  }
}

extension RowReader {
  fileprivate func coupons(
    _ filter: CouponFilter, of tenant: Tenant.ID
  ) throws(StoreFailure) -> [Coupon] {
    try connection.rows(
      """
      SELECT id, state, revokes_locks, revocations, version, locked, redeemed, created_at, updated_at
      FROM coupon
      WHERE tenant = ?1 AND id < ifnull(?2, x'ffffffffffffffffffffffffffffffffff')
        AND (?3 IS NULL OR state = ?3) AND (?4 IS NULL OR owner = ?4) AND (?5 IS NULL OR seller_id = ?5)
        AND (?6 IS NULL OR (state = 1 AND (starts_at IS NULL OR starts_at <= ?6) AND (ends_at IS NULL OR ?6 < ends_at)))
      ORDER BY id DESC LIMIT ?7
      """
    ) {
      $0.bind(tenant)
      $0.bind(filter.after)
      $0.bind(filter.state?.stored)
      $0.bind(filter.owner)
      $0.bind(filter.sellerID)
      $0.bind(filter.activeAt)
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try coupon(row, of: tenant)
    }
  }

  /// At most one coupon: the one that the code opens, if the rest of the filter lets it through.
  fileprivate func coupons(
    _ filter: CouponFilter, openedBy key: Owned<CouponCode>
  ) throws(StoreFailure) -> [Coupon] {
    guard filter.limit > 0, let code = try code(key),
      let coupon = try coupon(Owned(key.tenant, code.couponID))?.coupon
    else { return [] }
    return filter.matches(coupon) ? [coupon] : []
  }

  fileprivate func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] {
    try connection.rows(
      """
      SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash
      FROM event
      WHERE position > ?1 AND (?2 IS NULL OR tenant = ?2) AND (?3 IS NULL OR stream = ?3)
      ORDER BY position LIMIT ?4
      """
    ) {
      $0.bind(filter.after)
      $0.bind(filter.tenant?.number)
      $0.bind(filter.couponID)
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try RowReader.event(row)
    }
  }

  /// In one stream, numbers and positions rise together: where the page begins is found by the number of the event
  /// that the last page ended with.
  fileprivate func events(
    _ filter: EventFilter, of key: Owned<Coupon.ID>
  ) throws(StoreFailure) -> [StoredEvent] {
    try connection.rows(
      """
      SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash
      FROM event
      WHERE tenant = ?1 AND stream = ?2 AND +position > ?3 AND sequence > ifnull(
        (SELECT sequence FROM event WHERE position = ?3 AND tenant = ?1 AND stream = ?2), 0)
      ORDER BY sequence LIMIT ?4
      """
    ) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(filter.after)
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try RowReader.event(row)
    }
  }

  private static func event(_ row: Statement) throws(StoreFailure) -> StoredEvent {
    StoredEvent(
      position: row.int64(0),
      envelope: EventEnvelope(
        tenant: row.tenant(1), stream: try row.stream(2), sequence: row.int64(3), type: row.text(4),
        at: row.instant(5), actor: row.text(6), requestID: row.optionalText(7)),
      payload: row.bytes(8), hash: try row.hash(9))
  }
}

extension CouponFilter {
  /// Whether a coupon that the filter's code was found for is one that the list shows. An archived coupon's codes
  /// open nothing.
  fileprivate func matches(_ coupon: Coupon) -> Bool {
    guard coupon.state != .archived, state == nil || coupon.state == state,
      owner == nil || coupon.terms.owner == owner, sellerID == nil || coupon.terms.sellerID == sellerID
    else { return false }
    if let after, coupon.id >= after { return false }
    guard let activeAt else { return true }
    return coupon.state == .active && coupon.terms.validity.contains(activeAt)
  }
}
