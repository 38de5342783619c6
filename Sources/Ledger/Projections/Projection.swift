import struct Scrip.ExactText
import struct Scrip.StreamID
import struct Scrip.Tenant

/// Marks names of projections.
public enum ProjectionSubject {}

/// A projection's name.
public typealias ProjectionName = ExactText<ProjectionSubject>

/// Somebody who reads the log and wants of each event only what it changes for its own purposes.
public protocol LogReader<State>: Sendable {
  /// Whose facts.
  associatedtype State: LedgerState

  /// What an event changes: small, since thousands are held at once.
  associatedtype Change: Sendable

  /// The types of events that it reads. Others are passed over, whether or not they can be understood.
  static var types: Set<ProjectionName> { get }

  /// What an event of one of its types changes; nil for nothing.
  func change(by fact: any Fact<State>, at place: EventPlace) -> Change?

  /// Keeps what new events change. A requirement, so that each reader's own is compiled: one for all of them asks for every
  /// type at run time, event by event.
  func note(
    _ said: [(stream: StreamID, fact: any Fact<State>)], in events: ArraySlice<ChainedEvent>,
    to recent: RecentChanges<State>)
}

/// What is counted, listed or added up from the log beside the tables that decisions need: rows of tables of its own, which
/// a runner brings up to date in transactions of its own, some moments behind.
///
/// A projection knows nothing but events and its own rows, so an event says all that it needs. Folding is pure: the same
/// events give the same rows, whoever folds them in pages of whatever size.
public protocol Projection<State>: LogReader {
  /// Its name, which never changes.
  static var name: ProjectionName { get }

  /// The version of its fold. One that gives other rows for the same events has a higher version; its rows are then made
  /// anew from the beginning of the log.
  static var version: Int64 { get }

  /// The tables that are its own.
  static var tables: [TableShape] { get }

  /// Makes it: it has no state.
  init()

  /// Asks for the rows that a change is of.
  func addNeeds(of change: Change, to request: inout State.Request)

  /// Changes its rows, and nothing else.
  func fold(_ change: Change, into state: inout State)

  /// Reads what a store has settled of it. No projection has a way of its own; it is a requirement for the reason that
  /// noting is one.
  func catchUp(in runner: ProjectionRunner<State>) throws(StoreFailure) -> Int
}

extension Projection {
  /// Reads what a store has settled of it.
  public func catchUp(in runner: ProjectionRunner<State>) throws(StoreFailure) -> Int {
    try runner.catchUp(self)
  }

  /// Where the cursor of a tenant is kept.
  public static func cursor(of tenant: Tenant.ID) -> Owned<ProjectionName> { Owned(tenant, name) }
}

extension LogReader {
  /// Keeps what new events change.
  public func note(
    _ said: [(stream: StreamID, fact: any Fact<State>)], in events: ArraySlice<ChainedEvent>,
    to recent: RecentChanges<State>
  ) { recent.note(said, in: events, of: self) }

  /// Understands what a stored event changes; nil for nothing. What a fact keeps as it is encoded, such as a snapshot, no
  /// projection looks at.
  ///
  /// - Throws: `StoreFailure`, of kind `corrupt` for an event that can't be understood.
  /// - Parameter recent: where it may be found, so that it is not read back.
  public func change(
    by stored: StoredEvent, recent: RecentChanges<State>? = nil
  ) throws(StoreFailure) -> Change? {
    if let known = recent?.find(stored.hash, of: Self.self) { return known }
    guard Self.types.contains(ProjectionName(stored.envelope.type)) else { return nil }
    let event = try State.understand(stored, skippingEncoded: true)
    return change(by: event.fact, at: event.chained.event.place)
  }

  /// What an event changes; nil for nothing, and for one that it does not read.
  func change(by event: Understood<State>) -> Change? {
    guard Self.types.contains(ProjectionName(event.fact.name)) else { return nil }
    return change(by: event.fact, at: event.chained.event.place)
  }
}
