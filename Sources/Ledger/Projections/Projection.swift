import struct Scrip.ExactText
import struct Scrip.Tenant

/// Marks names of projections.
public enum ProjectionSubject {}

/// A projection's name.
public typealias ProjectionName = ExactText<ProjectionSubject>

/// What is counted, listed or added up from the log beside the tables that decisions need: rows of tables of its own, which
/// a runner brings up to date in transactions of its own, some moments behind.
///
/// A projection knows nothing but events and its own rows, so an event says all that it needs. Folding is pure: the same
/// events give the same rows, whoever folds them in pages of whatever size.
public protocol Projection<State>: Sendable {
  /// Whose rows and facts.
  associatedtype State: LedgerState

  /// Its name, which never changes.
  static var name: ProjectionName { get }

  /// The version of its fold. One that gives other rows for the same events has a higher version; its rows are then made
  /// anew from the beginning of the log.
  static var version: Int64 { get }

  /// The tables that are its own.
  static var tables: [TableShape] { get }

  /// The types of events that it reads. Others are passed over, whether or not they can be understood.
  static var types: Set<ProjectionName> { get }

  /// Makes it: it has no state.
  init()

  /// Asks for the rows that folding an event changes.
  func addNeeds(of event: Understood<State>, to request: inout State.Request)

  /// Changes its rows, and nothing else.
  func fold(_ event: Understood<State>, into state: inout State)
}

extension Projection {
  /// Understands an event; nil for one that the projection does not read. What a fact keeps as it is encoded, such as a
  /// snapshot, no projection looks at.
  ///
  /// - Throws: `StoreFailure`, of kind `corrupt` for an event that can't be understood.
  /// - Parameter recent: where its fact may be found, so that it is not read back.
  public func read(
    _ stored: StoredEvent, recent: RecentFacts<State>? = nil
  ) throws(StoreFailure) -> Understood<State>? {
    guard Self.types.contains(ProjectionName(stored.envelope.type)) else { return nil }
    return try State.understand(stored, as: recent?.find(stored.hash), skippingEncoded: true)
  }

  /// Where the cursor of a tenant is kept.
  public static func cursor(of tenant: Tenant.ID) -> Owned<ProjectionName> { Owned(tenant, name) }
}
