/// The rows of one table that a working set holds: as they were loaded, and as events have changed them since.
public struct Rows<Row: StoredRecord>: Sendable {
  /// The rows that are there, by key.
  public private(set) var all: [Row.Key: Row] = [:]
  /// Rows that can't be read, each with what is wrong: damaged, or written by a newer version of the program. Whoever
  /// needs one fails; whoever can do without it goes on.
  public private(set) var unreadable: [Row.Key: StoreFailure] = [:]
  /// What is to be done to rows.
  public private(set) var changes: [Row.Key: RowChange] = [:]
  /// Whether a row was made, or more of one was changed than its hot columns: it may lead to other rows from now on.
  public private(set) var isRedefined = false
  /// The highest limits under which what is counted has grown: nil for one without a limit. A row that is not among them
  /// may only fall.
  private var limits: [Row.Key: Int64?] = [:]

  /// No rows.
  public init() {}

  /// Room for so many rows, all of which change.
  public mutating func reserveCapacity(_ count: Int) {
    all.reserveCapacity(count)
    changes.reserveCapacity(count)
  }

  /// A row; nil if there is none, or none that was asked for.
  public subscript(_ key: Row.Key) -> Row? { all[key] }

  /// Whether all rows that are here can be read.
  @inlinable
  public var areReadable: Bool { unreadable.isEmpty }

  /// Whether a row, or that it can't be read, is here.
  public func holds(_ key: Row.Key) -> Bool { all[key] != nil || unreadable[key] != nil }
}

/// What is to be done to a row.
public enum RowChange: Int, Comparable, Sendable {
  /// Its hot columns have changed, and nothing else.
  case count
  /// Whatever may change has changed, but for what other rows tell of it.
  case update
  /// All of that has changed as well.
  case redefine
  /// It is to be made.
  case insert

  /// The more there is to be written, the greater.
  public static func < (left: RowChange, right: RowChange) -> Bool { left.rawValue < right.rawValue }
}

/// What stores put into a working set.
extension Rows {
  /// Puts a row here as it was loaded. One that is here already stays: it may have been changed since.
  public mutating func load(_ row: Row?, for key: Row.Key) {
    guard let row, !holds(key) else { return }
    all[key] = row
  }

  /// Notes that a row is there, and can't be read.
  public mutating func load(unreadable failure: StoreFailure, for key: Row.Key) {
    if !holds(key) { unreadable[key] = failure }
  }

  /// Puts a row here that is not here already, or why it can't be read.
  ///
  /// - Throws: what has nothing to do with the row, and what is wrong with a row that nobody can do without.
  public mutating func load(
    _ key: Row.Key, _ read: () throws(StoreFailure) -> Row?
  ) throws(StoreFailure) {
    if holds(key) { return }
    do throws(StoreFailure) { load(try read(), for: key) } catch {
      guard Row.isDispensable, error.isOfStoredValue else { throw error }
      unreadable[key] = error
    }
  }

  /// Forgets a row that turned out not to be wanted, unless it was made since.
  public mutating func drop(_ key: Row.Key) {
    if changes[key] == .insert { return }
    all[key] = nil
    unreadable[key] = nil
    changes[key] = nil
  }
}

/// What events change.
extension Rows {
  /// Makes a row, in the place of one that may be there.
  public mutating func insert(_ row: Row, for key: Row.Key) {
    all[key] = row
    if !unreadable.isEmpty { unreadable[key] = nil }
    changes[key] = .insert
    isRedefined = true
  }

  /// Changes a row; does nothing if it is not here.
  public mutating func change(
    _ key: Row.Key, _ change: RowChange = .update, _ body: (inout Row) -> Void
  ) {
    guard let place = all.index(forKey: key) else { return }
    body(&all.values[place])
    if change > .count { isRedefined = true }
    if let known = changes[key], known >= change { return }
    changes[key] = change
  }

  /// Changes hot columns of a row, and nothing else; does nothing if it is not here.
  public mutating func count(_ key: Row.Key, _ body: (inout Row) -> Void) { change(key, .count, body) }

  /// The same for a row that is made if it is not here.
  public mutating func count(_ key: Row.Key, else row: Row, _ body: (inout Row) -> Void) {
    if all[key] != nil { return change(key, .count, body) }
    var row = row
    body(&row)
    insert(row, for: key)
  }

  /// Changes a row only for what is answered from this set: it is not to be written.
  public mutating func suppose(_ key: Row.Key, _ body: (inout Row) -> Void) {
    guard let place = all.index(forKey: key) else { return }
    body(&all.values[place])
  }

  /// Notes that what a row counts has grown, and under which limit: of several that stood in one batch the highest serves,
  /// because uses may have been taken before the batch lowered it.
  public mutating func allow(_ key: Row.Key, upTo limit: Int64?) {
    guard let known = limits[key] else {
      limits[key] = .some(limit)
      return
    }
    if let before = known { limits[key] = .some(limit.map { max($0, before) }) }
  }
}

/// What stores write.
extension Rows {
  /// Whether nothing is to be written.
  public var isUnchanged: Bool { changes.isEmpty }

  /// A row that is to be written.
  public func written(_ key: Row.Key) -> Row {
    guard let row = all[key] else { preconditionFailure("what changed is in the working set") }
    return row
  }

  /// How far what a row counts may go, whether or not it has grown; nil for one without a limit.
  public func limit(_ key: Row.Key) -> Int64? { limits[key] ?? 0 }

  /// What is to be done to the table, each kind in the order of the keys; rows that make room come before others.
  public var writing: Writing {
    var writing = Writing()
    for key in Row.Key.inOrder(changes.keys) {
      guard let change = changes[key] else { continue }
      if written(key).isVoid {
        // What was made and is void again was never there.
        if change != .insert { writing.void.append(key) }
        continue
      }
      switch change {
      case .insert: writing.new.append(key)
      case .redefine: writing.redefined.append(key)
      case .update: writing.updated.append(key)
      case .count: writing.counted.append(key)
      }
    }
    writing.updated = makingRoomFirst(writing.updated)
    writing.redefined = makingRoomFirst(writing.redefined)
    return writing
  }

  private func makingRoomFirst(_ keys: [Row.Key]) -> [Row.Key] {
    keys.filter { written($0).makesRoom } + keys.filter { !written($0).makesRoom }
  }

  /// What is to be done to a table.
  public struct Writing: Sendable {
    /// Rows to be deleted.
    public fileprivate(set) var void: [Row.Key] = []
    /// Rows to be changed, those first that make room for others.
    public fileprivate(set) var updated: [Row.Key] = []
    /// Rows to be changed with what other rows tell of them.
    public fileprivate(set) var redefined: [Row.Key] = []
    /// Rows of which only the hot columns change.
    public fileprivate(set) var counted: [Row.Key] = []
    /// Rows to be made.
    public fileprivate(set) var new: [Row.Key] = []
  }
}
