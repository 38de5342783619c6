/// The database broke, or refused. Never carries bound values.
public struct StoreFailure: Error, Sendable {
  /// What went wrong, as far as a caller has to know.
  public enum Kind: Hashable, Sendable {
    /// Another try may work: the database was busy, restarted or unreachable.
    case unavailable
    /// The database refused to let a limit be passed, or a rule of the schema be broken: a mistake of the engine.
    case refusedByDatabase
    /// The disk is full.
    case full
    /// The stored data can't be understood.
    case corrupt
    /// The schema is older or newer than this program.
    case schema
    /// Anything else.
    case other
  }

  /// What went wrong.
  public let kind: Kind
  /// The database's own name for it: SQLite's extended result code, PostgreSQL's SQLSTATE; nil if it has none.
  public let code: String?
  /// The database's own words.
  public let message: String
  /// The statement, without values.
  public let statement: String?
  /// Whether a disk, or a file, failed to do what it was asked.
  public let isOfDisk: Bool

  /// Makes a failure.
  public init(
    kind: Kind, code: String? = nil, message: String, statement: String? = nil, isOfDisk: Bool = false
  ) {
    self.kind = kind
    self.isOfDisk = isOfDisk
    self.code = code
    self.message = message
    self.statement = statement
  }

  /// A stored value that no version of this program writes.
  public static func corrupt(_ what: String) -> StoreFailure {
    StoreFailure(kind: .corrupt, message: "\(what) can't be understood")
  }

  /// What can't be understood, of a failure of kind `corrupt`.
  public var subject: String {
    let ending = " can't be understood"
    return message.hasSuffix(ending) ? String(message.dropLast(ending.count)) : message
  }

  /// Whether it is a stored value that can't be understood, and not the database itself.
  public var isOfStoredValue: Bool { kind == .corrupt && code == nil }

  /// Whether the same work may succeed when it is tried again.
  public var isRetriable: Bool { kind == .unavailable }

  /// Whether it may hold for a part of what is stored alone, such as a table with a disk of its own, so that a write that
  /// goes well elsewhere proves nothing. A server that takes no writes, or can't be reached, is so as a whole.
  var mayHoldForAPart: Bool { kind == .full || isOfDisk }

  /// Whether a batch may go well without one of its commands. A database that can't be reached, or is full, fails each
  /// of them, after a wait each.
  public var mayBeOneCommandsFault: Bool {
    switch kind {
    case .refusedByDatabase, .corrupt, .other: true
    case .unavailable, .full, .schema: false
    }
  }
}

extension StoreFailure {
  /// Kind, code and message, without the statement.
  public var words: String { "\(kind)\(code.map { " \($0)" } ?? ""): \(message)" }
}
