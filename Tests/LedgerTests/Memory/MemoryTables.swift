import Digest
import Ledger
import Scrip

/// The tables of a domain as values, each row as a database keeps it: a copy is a snapshot, and dropping one a roll-back.
struct MemoryTables {
  var rows: [String: [Cells: Cells]] = [:]
  var log: [StoredEvent] = []

  /// Reads a row; nil if there is none.
  func row<Row: StoredRow>(_ row: Row.Type, _ key: Row.Key) throws(StoreFailure) -> Row? {
    guard let cells = rows[Row.shape.name]?[try Cells.key(key, of: Row.self)] else { return nil }
    return try cells.row(Row.self, of: key)
  }

  /// Reads a whole table.
  func all<Row: StoredRow>(_ row: Row.Type) throws(StoreFailure) -> [(key: Row.Key, row: Row)] {
    var found: [(key: Row.Key, row: Row)] = []
    for (key, cells) in rows[Row.shape.name] ?? [:] {
      let key = try key.key(of: Row.self)
      found.append((key, try cells.row(Row.self, of: key)))
    }
    return found
  }

  /// Loads rows by key.
  func load<Row: StoredRow>(_ keys: Set<Row.Key>, into rows: inout Rows<Row>) throws(StoreFailure) {
    for key in keys { try rows.load(key) { () throws(StoreFailure) in try row(Row.self, key) } }
  }

  /// The heads that rows of a domain's tables hold.
  func heads(of shapes: [TableShape]) -> [StoredHead] {
    shapes.flatMap { shape in
      (rows[shape.name] ?? [:]).compactMap { key, row -> StoredHead? in
        guard let kind = shape.streams, let tenant = key["tenant"]?.integer else { return nil }
        return StoredHead(
          tenant: Tenant.ID(tenant), stream: StreamID(kind, key["id"]?.uuid ?? 0),
          sequence: row["head_sequence"]?.integer ?? 0,
          hash: (row["head_hash"]?.bytes).flatMap { Hash256(bytes: $0) })
      }
    }
  }
}

/// Writes what a state has changed, and refuses what a database with conditional counters and unique keys refuses.
struct MemoryWriting: RowVisitor {
  private(set) var tables: MemoryTables
  private let enforcesLimits: Bool

  static func write<State: LedgerState>(
    _ state: State, to tables: inout MemoryTables, enforcesLimits: Bool
  ) throws(StoreFailure) {
    var writing = MemoryWriting(tables: tables, enforcesLimits: enforcesLimits)
    try state.visitTables(&writing)
    for (stream, head) in state.log.continued where enforcesLimits {
      try refuse(unless: tables.ends(stream, at: head), "a stream's head is not where its log ends")
    }
    for event in state.log.events { try writing.tables.append(event) }
    tables = writing.tables
  }

  mutating func visit<Row: StoredRow>(_ rows: Rows<Row>) throws(StoreFailure) {
    let writing = rows.writing
    for key in writing.void { tables.rows[Row.shape.name]?[try Cells.key(key, of: Row.self)] = nil }
    for key in writing.updated + writing.redefined + writing.counted { try put(key, rows, isNew: false) }
    for key in writing.new { try put(key, rows, isNew: true) }
  }

  mutating func visit<Group: RowGroup>(groups: Rows<Group>) throws(StoreFailure) {
    preconditionFailure("no domain of these tests has groups of rows")
  }

  private mutating func put<Row: StoredRow>(
    _ key: Row.Key, _ rows: Rows<Row>, isNew: Bool
  ) throws(StoreFailure) {
    let place = try Cells.key(key, of: Row.self)
    let before = tables.rows[Row.shape.name]?[place]
    try refuse(unless: (before == nil) == isNew, isNew ? "a row is there already" : "a row is not there")
    let cells = try Cells.row(rows.written(key), of: key)
    if let count = Row.shape.count, enforcesLimits {
      let (now, used) = (cells.sum(of: count.columns), before?.sum(of: count.columns) ?? 0)
      try refuse(unless: now <= used || rows.limit(key).map { now <= $0 } ?? true, count.refusal)
    }
    tables.rows[Row.shape.name, default: [:]][place] = cells
  }
}

extension Cells {
  fileprivate func sum(of columns: [String]) -> Int64 {
    columns.reduce(0) { $0 + (self[$1]?.integer ?? 0) }
  }
}

extension MemoryTables {
  fileprivate func ends(_ stream: Owned<StreamID>, at head: StreamHead) -> Bool {
    let last = log.last { $0.envelope.tenant == stream.tenant && $0.envelope.stream == stream.value }
    return last?.envelope.sequence == head.sequence
  }

  fileprivate mutating func append(_ chained: ChainedEvent) throws(StoreFailure) {
    let event = chained.event
    let isTaken = log.contains {
      $0.envelope.tenant == event.tenant && $0.envelope.stream == event.stream
        && $0.envelope.sequence == event.sequence
    }
    try refuse(unless: !isTaken, "a stream has an event of that number")
    let envelope = EventEnvelope(
      tenant: event.tenant, stream: event.stream, sequence: event.sequence, type: event.fact.name,
      at: event.at,
      actor: event.actor.stored, requestID: event.requestID)
    log.append(
      StoredEvent(
        position: Int64(log.count) + 1, envelope: envelope, payload: chained.payload, hash: chained.hash))
  }
}

private func refuse(unless condition: Bool, _ message: String) throws(StoreFailure) {
  if !condition { throw StoreFailure(kind: .refusedByDatabase, code: "1", message: message) }
}
