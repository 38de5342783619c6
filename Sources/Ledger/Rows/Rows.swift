/// The rows of one table that a working set holds: as they were loaded, and as events have changed them since.
public struct Rows<Row: StoredRecord>: Sendable {
  /// What events have done to a row.
  private struct Mark: Sendable {
    /// What is to be done to it; nil for nothing.
    var change: RowChange?
    /// The highest limit under which what it counts has grown: nil for one without a limit. A row that has none here may
    /// only fall.
    var limit: Int64??
  }

  /// The rows that are there, by key.
  public private(set) var all: [Row.Key: Row] = [:]
  /// Rows that can't be read, each with what is wrong: damaged, or written by a newer version of the program. Whoever
  /// needs one fails; whoever can do without it goes on.
  public private(set) var unreadable: [Row.Key: StoreFailure] = [:]
  /// Whether a row was made, or more of one was changed than its hot columns: it may lead to other rows from now on.
  public private(set) var isRedefined = false
  private var marks: [Row.Key: Mark] = [:]
  /// How many rows are to be written.
  private var changeCount = 0

  /// No rows.
  public init() {}

  /// Room for so many rows, all of which change.
  public mutating func reserveCapacity(_ count: Int) {
    all.reserveCapacity(count)
    marks.reserveCapacity(count)
  }

  /// A row; nil if there is none, or none that was asked for.
  public subscript(_ key: Row.Key) -> Row? { all[key] }

  /// What is to be done to rows.
  ///
  /// No key path: in generic code it would be made anew each time.
  public var changes: [Row.Key: RowChange] {
    changeCount == 0 ? [:] : marks.compactMapValues { $0.change }
  }

  /// Whether all rows that are here can be read.
  @inlinable
  public var areReadable: Bool { unreadable.isEmpty }

  /// Whether a row, or that it can't be read, is here.
  public func holds(_ key: Row.Key) -> Bool {
    !all.isEmpty && all.index(forKey: key) != nil || !unreadable.isEmpty && unreadable[key] != nil
  }
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
    do throws(StoreFailure) {
      if let row = try read() { all[key] = row }
    } catch {
      guard Row.isDispensable, error.isOfStoredValue else { throw error }
      unreadable[key] = error
    }
  }

  /// Forgets a row that turned out not to be wanted, unless it was made since.
  public mutating func drop(_ key: Row.Key) {
    if !marks.isEmpty {
      if marks[key]?.change == .insert { return }
      if marks.removeValue(forKey: key)?.change != nil { changeCount -= 1 }
    }
    all[key] = nil
    if !unreadable.isEmpty { unreadable[key] = nil }
  }
}

/// What events change.
extension Rows {
  /// Makes a row, in the place of one that may be there.
  public mutating func insert(_ row: Row, for key: Row.Key) {
    all[key] = row
    if !unreadable.isEmpty { unreadable[key] = nil }
    mark(key, .insert)
  }

  /// Changes a row; does nothing if it is not here.
  public mutating func change(
    _ key: Row.Key, _ change: RowChange = .update, _ body: (inout Row) -> Void
  ) {
    guard let place = all.index(forKey: key) else { return }
    body(&all.values[place])
    mark(key, change)
  }

  private mutating func mark(_ key: Row.Key, _ change: RowChange) {
    if change > .count { isRedefined = true }
    let known = Rows.raise(&marks[key, default: Mark()].change, to: change)
    if !known { changeCount += 1 }
  }

  /// Whether anything was to be done to the row before.
  private static func raise(_ known: inout RowChange?, to change: RowChange) -> Bool {
    guard let before = known else {
      known = change
      return false
    }
    if before < change { known = change }
    return true
  }

  /// Changes hot columns of a row, and nothing else; does nothing if it is not here.
  public mutating func count(_ key: Row.Key, _ body: (inout Row) -> Void) { change(key, .count, body) }

  /// The same for a row that is made if it is not here.
  public mutating func count(_ key: Row.Key, else row: Row, _ body: (inout Row) -> Void) {
    if let place = all.index(forKey: key) {
      body(&all.values[place])
      return mark(key, .count)
    }
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
    Rows.raise(&marks[key, default: Mark()].limit, to: limit)
  }

  private static func raise(_ known: inout Int64??, to limit: Int64?) {
    guard let before = known else {
      known = .some(limit)
      return
    }
    if let before { known = .some(limit.map { max($0, before) }) }
  }
}

/// What stores write.
extension Rows {
  /// Whether nothing is to be written.
  public var isUnchanged: Bool { changeCount == 0 }

  /// A row that is to be written.
  public func written(_ key: Row.Key) -> Row {
    guard let row = all[key] else { preconditionFailure("what changed is in the working set") }
    return row
  }

  /// How far what a row counts may go, whether or not it has grown; nil for one without a limit.
  public func limit(_ key: Row.Key) -> Int64? { marks[key]?.limit ?? 0 }

  /// What is to be done to the table, each kind in the order of the keys; rows that make room come before others.
  public var writing: Writing {
    var writing = Writing()
    for step in steps {
      let key = all.keys[step.place]
      switch step.change {
      case nil: writing.void.append(key)
      case .insert: writing.new.append(key)
      case .redefine: writing.redefined.append(key)
      case .update: writing.updated.append(key)
      case .count: writing.counted.append(key)
      }
    }
    return writing
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

  /// The same, row by row without looking for any: first those to be deleted, whose change is nil, then those that are
  /// updated, redefined, counted and made.
  public func forEachWriting(
    _ write: (_ key: Row.Key, _ row: Row, _ change: RowChange?, _ limit: Int64?) throws(StoreFailure) -> Void
  ) throws(StoreFailure) {
    for step in steps {
      let (key, row) = all[step.place]
      try write(key, row, step.change, step.limit)
    }
  }

  private typealias Step = (
    place: Dictionary<Row.Key, Row>.Index, change: RowChange?, rank: Int, limit: Int64?
  )

  /// The rows to be written, in the order in which they are.
  private var steps: [Step] {
    if changeCount == 0 { return [] }
    var steps: [Step] = []
    steps.reserveCapacity(changeCount)
    for (key, mark) in marks {
      guard let change = mark.change else { continue }
      guard let place = all.index(forKey: key) else {
        preconditionFailure("what changed is in the working set")
      }
      if all.values[place].isVoid {
        // What was made and is void again was never there.
        if change != .insert { steps.append((place, nil, 0, mark.limit ?? 0)) }
      } else {
        steps.append((place, change, rank(of: change, place), mark.limit ?? 0))
      }
    }
    if steps.count > 1 {
      steps.sort { $0.rank == $1.rank ? all.keys[$0.place] < all.keys[$1.place] : $0.rank < $1.rank }
    }
    return steps
  }

  private func rank(of change: RowChange, _ place: Dictionary<Row.Key, Row>.Index) -> Int {
    switch change {
    case .update: all.values[place].makesRoom ? 1 : 2
    case .redefine: all.values[place].makesRoom ? 3 : 4
    case .count: 5
    case .insert: 6
    }
  }
}
