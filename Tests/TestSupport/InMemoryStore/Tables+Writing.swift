import Digest
import Ledger
import Promotions
import Scrip

/// Writing refuses what a database with conditional counters and unique keys refuses.
extension Tables {
  mutating func write(_ set: WorkingSet, enforcesLimits: Bool) throws(StoreFailure) {
    var writing = TableWriting(tables: self, enforcesLimits: enforcesLimits)
    self = Tables()
    defer { self = writing.tables }
    try set.visitTables(&writing)
    if enforcesLimits {
      for (stream, head) in set.log.continued {
        let end = StreamPlace(stream: stream.value, sequence: head.sequence)
        try refuse(
          unless: writing.tables.eventPlaces.contains(Owned(stream.tenant, end)),
          "a stream's head is not where its log ends")
      }
    }
    for event in set.log.events { try writing.tables.append(event) }
  }

  fileprivate mutating func noteSkeleton(of key: Owned<CouponCode>, _ enforcesLimits: Bool)
    throws(StoreFailure)
  {
    skeletons[Owned(key.tenant, key.value.skeleton), default: []].insert(key.value)
    if enforcesLimits { try checkDistinct(key) }
  }

  fileprivate mutating func note(
    _ key: Owned<DiscountApplication.ID>, isNew: Bool, _ enforcesLimits: Bool
  ) throws(StoreFailure) {
    guard let application = applications[key]?.application else { return }
    if isNew { applicationsOfOrder[Owned(key.tenant, application.orderID), default: []].append(key.value) }
    if application.state == .locked { locked.insert(key) } else { locked.remove(key) }
    if enforcesLimits { try checkUnique(key) }
  }

  fileprivate func checkSecret(of key: AccessKey) throws(StoreFailure) {
    try refuse(
      unless: accessKeys.values.filter { $0.secretHash == key.secretHash }.count == 1, "a secret is in use")
  }

  /// A generated code shares its skeleton with no other code that opens anything.
  private func checkDistinct(_ key: Owned<CouponCode>) throws(StoreFailure) {
    let alike = (skeletons[Owned(key.tenant, key.value.skeleton)] ?? [])
      .compactMap { codes[Owned(key.tenant, $0)] }
      .filter { coupons[Owned(key.tenant, $0.couponID)]?.life.state != .archived }
    try refuse(
      unless: alike.count < 2 || !alike.contains(where: \.grant.isGenerated), "a code looks like another one")
  }

  /// One live application for each order.
  private func checkUnique(_ key: Owned<DiscountApplication.ID>) throws(StoreFailure) {
    guard let application = applications[key]?.application else { return }
    let order = applicationsOfOrder[Owned(key.tenant, application.orderID)] ?? []
    let live = order.filter { applications[Owned(key.tenant, $0)]?.application.state.isLive == true }
    try refuse(unless: live.count < 2, "an order has two live applications")
  }

  private mutating func append(_ chained: ChainedEvent) throws(StoreFailure) {
    let event = chained.event
    let place = Owned(event.tenant, StreamPlace(stream: event.stream, sequence: event.sequence))
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

private func refuse(unless condition: Bool, _ message: String) throws(StoreFailure) {
  if !condition { throw StoreFailure(kind: .refusedByDatabase, code: "1", message: message) }
}

/// Writes what has changed of each table.
private struct TableWriting: RowVisitor {
  var tables: Tables
  let enforcesLimits: Bool

  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) throws(StoreFailure) {
    try write(rows, Row.shape.repetition) { [enforcesLimits] (row, key, before, limit) throws(StoreFailure) in
      try TableWriting.check(row, key, before, limit, enforcesLimits)
    }
  }

  mutating func visit<Group: RowGroup>(groups: Rows<Group>) throws(StoreFailure) {
    try write(groups) { (_, _, _, _) throws(StoreFailure) in }
  }

  private mutating func write<Row: StoredRecord>(
    _ rows: Rows<Row>, _ repetition: TableShape.Repetition = .isRefused,
    _ check: (Row, Row.Key, Row?, Int64?) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    if rows.isUnchanged { return }
    let writing = rows.writing
    for key in writing.void { tables[Row.self][key] = nil }
    for key in writing.updated + writing.redefined + writing.counted {
      let before = tables[Row.self][key]
      try refuse(unless: before != nil, "a row that changed is not there")
      if let (code, there) = (rows.written(key), before) as? (CodeRecord, CodeRecord) {
        try refuse(unless: code.couponID == there.couponID, "a code is another coupon's by now")
      }
      try check(rows.written(key), key, before, rows.limit(key))
      tables[Row.self][key] = kept(rows.written(key), before)
    }
    for key in writing.new {
      let before = tables[Row.self][key]
      if before != nil, repetition == .keepsFirst { continue }
      try refuse(unless: before == nil || mayReplace(before), "a row is there already")
      try check(rows.written(key), key, nil, rows.limit(key))
      tables[Row.self][key] = rows.written(key)
    }
    for key in rows.changes.keys { try note(key, rows.changes[key] == .insert) }
  }

  private mutating func note<Key: RowKey>(_ key: Key, _ isNew: Bool) throws(StoreFailure) {
    switch key {
    case let code as Owned<CouponCode>: if isNew { try tables.noteSkeleton(of: code, enforcesLimits) }
    case let application as Owned<DiscountApplication.ID>:
      try tables.note(application, isNew: isNew, enforcesLimits)
    case let due as Owned<DueKey>:
      if isNew || tables[DueWork.self][due] == nil { tables.dueBeside[due] = nil }
    case let access as Owned<AccessKey.ID>:
      if let key = tables.accessKeys[access] { try tables.checkSecret(of: key) }
    default: break
    }
  }

  /// A new code takes the place of an archived coupon's.
  private func mayReplace(_ row: (some StoredRecord)?) -> Bool {
    guard let code = row as? CodeRecord else { return false }
    if !enforcesLimits { return true }
    let owners = tables.coupons.filter { $0.key.value == code.couponID }
    return owners.allSatisfy { $0.value.life.state == .archived }
  }

  /// A row that was loaded without its snapshot keeps the one that it has.
  private func kept<Row: StoredRecord>(_ row: Row, _ before: Row?) -> Row {
    guard var record = row as? ApplicationRecord, record.application.snapshot == .notLoaded,
      let old = before as? ApplicationRecord
    else { return row }
    record.application.snapshot = old.application.snapshot
    return record as? Row ?? row
  }

  private static func check<Row: StoredRow>(
    _ row: Row, _ key: Row.Key, _ before: Row?, _ limit: Int64?, _ enforcesLimits: Bool
  ) throws(StoreFailure) {
    guard let count = Row.shape.count else { return }
    let now = try Counting.sum(of: row, key)
    try refuse(unless: now.lowest >= 0, "a count falls below zero")
    let used = try before.map { (row) throws(StoreFailure) in try Counting.sum(of: row, key).total } ?? 0
    let isWithin = limit.map { now.total <= $0 } ?? true
    try refuse(unless: !enforcesLimits || isWithin || now.total <= used, count.refusal)
  }
}

/// The walk that adds up what is counted in a row.
private struct Counting: ColumnWalk, ~Copyable {
  private let columns: [String]
  private var total: Int64 = 0
  private var lowest: Int64 = 0

  static func sum<Row: StoredRow>(
    of row: Row, _ key: Row.Key
  ) throws(StoreFailure) -> (total: Int64, lowest: Int64) {
    var walk = Counting(columns: Row.shape.count?.columns ?? [])
    _ = try Row.walk(&walk, row, of: key)
    return (walk.total, walk.lowest)
  }

  private init(columns: [String]) { self.columns = columns }

  mutating func column<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) throws(StoreFailure) -> Value {
    guard let value else { preconditionFailure("a row that is written has a value in each column") }
    if columns.contains(name.description), let count = (value as? StoredCount)?.number {
      total += count
      lowest = min(lowest, count)
    }
    return value
  }

  mutating func optional<Value: ColumnValue>(
    _ name: StaticString, _ role: ColumnRole, _ value: Value?
  ) -> Value? { value }
}
