import struct Scrip.ExactText
import struct Scrip.Instant
import struct Scrip.Tenant

/// A piece of work that has to be done at a moment: by whichever node claims it, in a transaction of its own.
///
/// What facts schedule, facts end: the fact of what was done removes the row, or moves it on, when it is folded. So a
/// rebuild restores just what is still to be done. Work of the house, such as tidying, is scheduled by nodes themselves;
/// the log does not tell of it.
///
/// Who has claimed it, how often it was tried and why it failed stands beside the log, in columns that folding never
/// writes.
public struct DueWork: Hashable, Sendable {
  /// What kind of work it is, in a few small letters: `forget_answers`.
  public typealias Kind = ExactText<DueWork>

  /// When it is to be done.
  public var dueAt: Instant
  /// What the handler has to know besides the key; its form is the handler's affair.
  public var payload: [UInt8]
  /// Whether a fact has scheduled it.
  public let isTold: Bool
  /// Whether it is done: its row is then deleted.
  public fileprivate(set) var isOver = false

  /// Makes a piece of work.
  public init(dueAt: Instant, payload: [UInt8] = [], isTold: Bool = true) {
    self.dueAt = dueAt
    self.payload = payload
    self.isTold = isTold
  }

  /// Ends it.
  public mutating func end() { isOver = true }
}

/// Which piece of work of a tenant.
public struct DueKey: Hashable, Comparable, Sendable {
  /// The kind of work.
  public let kind: DueWork.Kind
  /// What it is about, such as an identifier; empty where a tenant has one piece of the kind.
  public let name: ExactText<DueKey>

  /// Names a piece of work.
  public init(_ kind: DueWork.Kind, _ name: ExactText<DueKey> = "") {
    self.kind = kind
    self.name = name
  }

  /// By kind, then by name.
  public static func < (left: DueKey, right: DueKey) -> Bool {
    (left.kind, left.name) < (right.kind, right.name)
  }
}

extension Tenant.ID {
  /// Whom work belongs to that is about no tenant, or about all of them.
  public static let house = Tenant.ID(0)
}

extension DueWork: StoredRow {
  /// `due_work`
  public static let shape = TableShape(Self.self, "due_work", noun: "work", toldBy: "is_told")

  /// Its kind and its name.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<DueKey>?
  ) throws(StoreFailure) -> Owned<DueKey> {
    Owned(
      try walk.tenant(key?.tenant),
      DueKey(
        try walk.column("kind", .key, key?.value.kind), try walk.column("key", .key, key?.value.name)))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<DueKey>
  ) throws(StoreFailure) -> Self {
    let work = Self(
      dueAt: try walk.column("due_at", .plain, row?.dueAt),
      payload: try walk.column("payload", .plain, row?.payload),
      isTold: try walk.column("is_told", .fixed, row?.isTold))
    try walk.beside("attempt", Int64.self)
    try walk.beside("try_at", Instant.self)
    try walk.beside("lease_holder", DueHolder.self)
    try walk.beside("parked_at", Instant.self)
    try walk.beside("reason", String.self)
    return work
  }

  /// Done.
  public var isVoid: Bool { isOver }

  /// What people call it.
  public static func label(of key: Owned<DueKey>) -> String { "\(key.value.kind) \(key.value.name)" }

  /// Only what is about it needs it.
  public static var isDispensable: Bool { true }
}

extension Rows where Row == DueWork {
  /// Has work done at a moment, in the place of what was scheduled under its key before.
  ///
  /// - Precondition: the key was asked for.
  public mutating func schedule(_ key: Owned<DueKey>, at moment: Instant, payload: [UInt8] = []) {
    guard self[key] != nil else { return insert(DueWork(dueAt: moment, payload: payload), for: key) }
    change(key) {
      $0.dueAt = moment
      $0.payload = payload
      $0.isOver = false
    }
  }

  /// Notes that work is done, or not to be done any more. Does nothing if it is not here.
  public mutating func end(_ key: Owned<DueKey>) { change(key) { $0.end() } }
}
