import protocol Forms.ObjectForm
import struct Forms.StoredFormError
import struct Scrip.Instant
import struct Scrip.StreamID
import struct Scrip.Tenant

/// The part of the world that a batch of commands, or a query, sees: rows of declared tables, loaded from a store, changed
/// by events alone. A domain declares one; the ledger knows nothing of what it means.
///
/// What was asked for and is not here does not exist.
public protocol LedgerState: Sendable {
  /// What is asked of a store.
  associatedtype Request: KeyRequest
  /// What a decision says to answer; its values are read from the state after the command's events.
  associatedtype Reply: Sendable
  /// What a command is answered, in values.
  associatedtype Answer: Sendable
  /// What a request tells besides what its command does, such as what the log must not hold.
  associatedtype Brought: Sendable
  /// Something of the log that the tables can't hold, which a rebuild has to settle.
  associatedtype Conflict: Hashable, Sendable, CustomStringConvertible

  /// Nothing.
  init()

  /// Nothing, with room for what a number of commands usually load and change, so that its tables need not grow and hash
  /// all of their keys again.
  init(commands: Int)

  /// New events.
  var log: LogTail { get set }

  /// Answers under idempotency keys.
  var answers: Rows<StoredAnswer> { get set }

  /// Whether there is nothing to write. A state that keeps more beside the log than answers looks at that, too.
  var isUnchanged: Bool { get }
  /// How far projections have read.
  var cursors: Rows<ProjectionCursor> { get set }

  /// Whether commands have changed what leads to other things, so that those after them may need more than was loaded.
  var leadsElsewhere: Bool { get }

  /// The one list of all tables whose rows are found by key, each behind those that it refers to.
  func visitTables<Visitor: RowVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure)

  /// All declared tables, each behind those that it refers to.
  static var shapes: [TableShape] { get }

  /// All projections.
  static var projections: [any Projection<Self>] { get }

  /// Who else reads the log on each node, and keeps what it knows in memory.
  static var readers: [any LogReader<Self>] { get }

  /// The moment that a tenant's commands and questions are judged at in a transaction of a moment: another one for a tenant
  /// that has a clock of its own.
  func now(of tenant: Tenant.ID, at moment: Instant) -> Instant

  /// Where a stream ends; nil if its owner is not here.
  func head(of stream: StreamID, _ tenant: Tenant.ID) -> StreamHead?

  /// Says where a stream ends now. Its owner is here, or that is noted as missing.
  mutating func setHead(_ head: StreamHead, of stream: StreamID, _ tenant: Tenant.ID)

  /// The fact of a type; nil for a type that only a newer version knows.
  ///
  /// - Throws: `StoredFormError` for a payload that can't be understood.
  /// - Parameter skippingEncoded: leaves out parts that are kept as they are encoded.
  static func fact(
    type: String, payload: [UInt8], skippingEncoded: Bool
  ) throws(StoredFormError) -> (any Fact<Self>)?

  /// The forms that facts had before, those that are longest out of use first. `fact(type:payload:skippingEncoded:)` reads them, too.
  static var formerFacts: [any FormerFact<Self>.Type] { get }

  /// What keeps a fact from being folded: something that it would change can't be read. Nil if nothing does.
  ///
  /// A count that is not known can't be changed, and behind a head that is not known nothing can be written.
  func hindrance(to fact: any Fact<Self>, in stream: StreamID, of tenant: Tenant.ID) -> StoreFailure?

  /// Asks for what keeping it needs.
  static func ask(for brought: Brought, of tenant: Tenant.ID, in request: inout Request)

  /// Keeps what a command brought, beside the log, if the decision calls for it. Its facts have not been folded in yet.
  mutating func keep(_ brought: Brought, with decision: Decision<Self>, of tenant: Tenant.ID)

  /// The answer to a command, once its facts are folded in.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` if the store lacks what the reply is about.
  func answer(_ reply: Reply, of tenant: Tenant.ID) throws(StoreFailure) -> Answer

  /// What is kept of an answer under its idempotency key; nil if it is not to be kept.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` if the state lacks what the answer is about.
  func kept(_ answer: Answer, of tenant: Tenant.ID) throws(StoreFailure) -> KeptForm?

  /// The answer to a command whose idempotency key was used for another request.
  static var keyReused: Answer { get }

  /// The answer to a command that can't be decided, because something that is stored can't be understood.
  static func unreadable(_ failure: StoreFailure) -> Answer

  /// Tells of what can't be read besides rows of tables, and of rows that can be read in part.
  func noteDamage(in rows: UnreadableRows)
}

extension LedgerState {
  /// Whether there are neither events nor answers to write.
  public var isUnchanged: Bool { log.events.isEmpty && answers.isUnchanged }

  /// Every tenant lives in the same time.
  public func now(of tenant: Tenant.ID, at moment: Instant) -> Instant { moment }

  /// No fact has had another form.
  public static var formerFacts: [any FormerFact<Self>.Type] { [] }

  /// Nothing else.
  public func noteDamage(in rows: UnreadableRows) {}

  /// What keeps facts from being folded; nil if nothing does.
  public func hindrance(
    to facts: [(stream: StreamID, fact: any Fact<Self>)], of tenant: Tenant.ID
  ) -> StoreFailure? {
    for (stream, fact) in facts {
      if let failure = hindrance(to: fact, in: stream, of: tenant) { return failure }
    }
    return nil
  }
}
