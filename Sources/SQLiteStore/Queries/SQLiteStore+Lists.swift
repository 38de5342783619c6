import Digest
import Forms
import Ledger
import Promotions
import Scrip

extension SQLiteStore {
  /// A page of a tenant's keys, oldest first.
  public func accessKeys(
    of tenant: Tenant.ID, after: AccessKey.ID?, limit: Int
  ) throws(StoreFailure) -> [AccessKey] {
    try list { (rows, unreadable) throws(StoreFailure) in
      try unreadable.page(limit) { (last: AccessKey?, limit) throws(StoreFailure) in
        try rows.accessKeys(of: tenant, after: last?.id ?? after, limit, unreadable)
      }
    }
  }

  /// All tenants, by number.
  public func tenants() throws(StoreFailure) -> [Tenant] {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows(SQLiteStore.everyTenant) { (row) throws(StoreFailure) in
        try row.row(TenantRecord.self).row.tenant
      }
    }
  }

  private static let everyTenant = StatementText(
    made: "SELECT \(SQLiteTable.columns(TenantRecord.self)) FROM tenant ORDER BY tenant")

  /// The numbers of all tenants, in order.
  public func tenantIDs() throws(StoreFailure) -> [Tenant.ID] {
    try query { (rows) throws(StoreFailure) in
      try rows.connection.rows("SELECT tenant FROM tenant ORDER BY tenant") { $0.tenant(0) }
    }
  }

  /// A page of coupons, newest first.
  public func coupons(_ filter: CouponFilter, of tenant: Tenant.ID) throws(StoreFailure) -> [Coupon] {
    if filter.isEmpty { return [] }
    return try list { (rows, unreadable) throws(StoreFailure) in
      if let code = filter.code { return try rows.coupons(filter, openedBy: Owned(tenant, code), unreadable) }
      return try unreadable.page(filter.limit) { (last: Coupon?, limit) throws(StoreFailure) in
        var rest = filter
        rest.after = last?.id ?? filter.after
        rest.limit = limit
        return try rows.coupons(rest, of: tenant, unreadable)
      }
    }
  }

  /// A page of a coupon's codes, in the order of their canonical form.
  public func codes(
    of couponID: Coupon.ID, tenant: Tenant.ID, after: CouponCode?, limit: Int
  ) throws(StoreFailure) -> [CodeRecord] {
    try list { (rows, unreadable) throws(StoreFailure) in
      try unreadable.page(limit) { (last: CodeRecord?, limit) throws(StoreFailure) in
        try rows.codes(of: Owned(tenant, couponID), after: last?.grant.code ?? after, limit, unreadable)
      }
    }
  }

  /// A page of events after a position, oldest first.
  public func events(_ filter: EventFilter) throws(StoreFailure) -> [StoredEvent] {
    try query { (rows) throws(StoreFailure) in
      try rows.events(filter) { (row) throws(StoreFailure) in try RowReader.event(row) }
    }
  }

  /// The same, with what can be read of events that are damaged.
  public func shownEvents(_ filter: EventFilter) throws(StoreFailure) -> [ShownEvent] {
    try list { (rows, unreadable) throws(StoreFailure) in
      try rows.events(filter) { (row) throws(StoreFailure) in
        let event = try unreadable.read("event", String(row.int64(0)), of: row.tenant(1)) {
          () throws(StoreFailure) in try RowReader.event(row)
        }
        return event?.shown ?? RowReader.shownEvent(row)
      }
    }
  }

  /// A page of the whole log, with rows that can't be read.
  public func log(after position: Int64, limit: Int) throws(StoreFailure) -> [LoggedRow] {
    try query { (rows) throws(StoreFailure) in
      try rows.log(EventFilter(after: position, limit: limit, bytes: EventFilter.bytesOfPass)) {
        RowReader.loggedRow($0)
      }
    }
  }
}

extension RowReader {
  fileprivate func codes(
    of key: Owned<Coupon.ID>, after: CouponCode?, _ limit: Int, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [CodeRecord?] {
    try connection.rows(RowReader.codesOfCoupon) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(after?.canonical ?? "")
      $0.bind(limit)
    } read: { (row) throws(StoreFailure) in
      try unreadable.read("code", row.text(1), of: key.tenant) { () throws(StoreFailure) in
        try row.row(CodeRecord.self).row
      }
    }
  }

  private static let codesOfCoupon = StatementText(
    made: """
      SELECT \(SQLiteTable.columns(CodeRecord.self)) FROM code INDEXED BY code_of_coupon
      WHERE tenant = ?1 AND coupon_id = ?2 AND canonical > ?3 ORDER BY canonical LIMIT ?4
      """)

  fileprivate func coupons(
    _ filter: CouponFilter, of tenant: Tenant.ID, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [Coupon?] {
    try connection.rows(CouponListStatement.text(for: filter)) {
      $0.bind(tenant)
      $0.bind(filter.after)
      $0.bind(filter.stateOfRows?.stored)
      $0.bind(filter.owner)
      $0.bind(filter.sellerID)
      $0.bind(filter.activeAt)
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try listed(row, of: tenant, unreadable)
    }
  }

  /// A coupon of a list, from the columns of `coupon`, those of the key first. One without terms is left out.
  func listed(
    _ row: Statement, of tenant: Tenant.ID, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> Coupon? {
    let id: Coupon.ID? = row.readableIdentifier(1)
    return try unreadable.read("coupon", id?.description, of: tenant) { () throws(StoreFailure) in
      try withTerms(row.row(CouponRow.self).row, of: tenant).readable()
    }
  }

  /// At most one coupon: the one that the code opens, if the rest of the filter lets it through.
  fileprivate func coupons(
    _ filter: CouponFilter, openedBy key: Owned<CouponCode>, _ unreadable: UnreadableRows
  ) throws(StoreFailure) -> [Coupon] {
    guard filter.limit > 0, let code = try code(key) else { return [] }
    let found = try unreadable.read("coupon", code.couponID.description, of: key.tenant) {
      () throws(StoreFailure) in
      try coupon(Owned(key.tenant, code.couponID))?.readable()
    }
    guard let coupon = found ?? nil else { return [] }
    return filter.matches(coupon) ? [coupon] : []
  }

  fileprivate func events<Row>(
    _ filter: EventFilter, read: (Statement) throws(StoreFailure) -> Row
  ) throws(StoreFailure) -> [Row] {
    switch (filter.tenant, filter.stream) {
    case (nil, nil): try log(filter, read: read)
    case (.some(let tenant), nil): try events(filter, of: tenant, read: read)
    case (nil, .some(let stream)): try events(filter, of: stream, read: read)
    case (.some(let tenant), .some(let stream)):
      try events(filter, of: Owned(tenant, stream), read: read)
    }
  }

  fileprivate func log<Row>(
    _ filter: EventFilter, read: (Statement) throws(StoreFailure) -> Row
  ) throws(StoreFailure) -> [Row] {
    try page(
      """
      SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash, stream_kind
      FROM event WHERE position > ?1 ORDER BY position LIMIT ?2
      """, filter
    ) {
      $0.bind(filter.after)
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try read(row)
    }
  }

  fileprivate func events<Row>(
    _ filter: EventFilter, of tenant: Tenant.ID, read: (Statement) throws(StoreFailure) -> Row
  ) throws(StoreFailure) -> [Row] {
    try page(
      """
      SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash, stream_kind
      FROM event INDEXED BY event_of_tenant WHERE tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3
      """, filter
    ) {
      $0.bind(tenant)
      $0.bind(filter.after)
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try read(row)
    }
  }

  /// Streams of several tenants with one identifier: nothing makes such, but the log could hold them.
  fileprivate func events<Row>(
    _ filter: EventFilter, of stream: StreamID, read: (Statement) throws(StoreFailure) -> Row
  ) throws(StoreFailure) -> [Row] {
    try page(
      """
      WITH RECURSIVE logged (tenant) AS (
        SELECT min(tenant) FROM event
        UNION ALL
        SELECT (SELECT min(event.tenant) FROM event WHERE event.tenant > logged.tenant)
        FROM logged WHERE logged.tenant IS NOT NULL
      )
      SELECT position, event.tenant, stream, sequence, type, at, actor, request_id, payload, hash, stream_kind
      FROM logged CROSS JOIN event ON event.tenant = logged.tenant
      WHERE stream = ?1 AND +position > ?2 ORDER BY position LIMIT ?3
      """, filter
    ) {
      $0.bind(stream)
      $0.bind(filter.after)
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try read(row)
    }
  }

  /// One stream of a tenant.
  fileprivate func events<Row>(
    _ filter: EventFilter, of key: Owned<StreamID>, read: (Statement) throws(StoreFailure) -> Row
  ) throws(StoreFailure) -> [Row] {
    try page(StreamStatements.of(key.value.kind).events, filter) {
      $0.bind(key.tenant)
      $0.bind(key.value)
      $0.bind(filter.after)
      $0.bind(filter.limit)
    } read: { (row) throws(StoreFailure) in
      try read(row)
    }
  }

  /// A stream's events behind a position that may be any stream's: from the end of the stream back to it. The sum keeps
  /// SQLite from walking along the positions.
  func tail(
    of stream: StreamID, _ tenant: Tenant.ID, after position: Int64, limit: Int
  ) throws(StoreFailure) -> [LoggedRow] {
    try connection.rows(
      """
      SELECT position, tenant, stream, sequence, type, at, actor, request_id, payload, hash, stream_kind FROM event
      WHERE tenant = ?1 AND stream = ?2 AND sequence > ifnull((
        SELECT sequence FROM event WHERE tenant = ?1 AND stream = ?2 AND +position <= ?3 AND ?3 > 0
        ORDER BY sequence DESC LIMIT 1), 0)
      ORDER BY sequence LIMIT ?4
      """
    ) {
      $0.bind(tenant)
      $0.bind(stream)
      $0.bind(position)
      $0.bind(limit)
    } read: {
      RowReader.loggedRow($0)
    }
  }

  fileprivate static func loggedRow(_ row: Statement) -> LoggedRow {
    let event: Result<StoredEvent, StoreFailure>
    do throws(StoreFailure) { event = .success(try self.event(row)) } catch { event = .failure(error) }
    return LoggedRow(
      position: row.int64(0), tenant: row.tenant(1), stream: row.readableStream(2, kind: 10),
      sequence: row.int64(3),
      hash: Hash256(bytes: row.bytes(9)), event: event)
  }

  /// What can be read of an event.
  fileprivate static func shownEvent(_ row: Statement) -> ShownEvent {
    ShownEvent(
      position: row.int64(0), tenant: row.tenant(1), stream: row.readableStream(2, kind: 10),
      sequence: row.int64(3),
      type: row.text(4), at: Instant(exactly: row.int64(5)), actor: row.text(6),
      requestID: row.optionalText(7), payload: row.bytes(8))
  }

  fileprivate static func event(_ row: Statement) throws(StoreFailure) -> StoredEvent {
    StoredEvent(
      position: row.int64(0),
      envelope: EventEnvelope(
        tenant: row.tenant(1), stream: try row.stream(2, kind: 10), sequence: row.int64(3), type: row.text(4),
        at: try row.instant(5), actor: row.text(6), requestID: row.optionalText(7)),
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
