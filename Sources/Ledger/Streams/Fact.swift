import JSON

import protocol Forms.ObjectForm
import struct Forms.StoredFormError
import struct Scrip.Instant
import struct Scrip.StreamID
import struct Scrip.Tenant

/// What happened, in the past tense, as it stands in the log.
///
/// Facts of the log are immutable. A form may get members later, which older facts do not have; what a member means
/// never changes.
public protocol LoggedFact: ObjectForm, Hashable, Sendable {
  /// About how many bytes its form has.
  var lengthHint: Int { get }

  /// What operators are to know of it; nil for what is usual.
  var notice: Notice.Kind? { get }

  /// The fact as the event log keeps it, under its name. Equal facts give equal bytes, which are hashed.
  ///
  /// A requirement, as the reading is, so that each fact's own is compiled: one for all of them asks for everything at
  /// run time.
  func payload() -> [UInt8]

  /// Reads a payload of the event log.
  ///
  /// - Parameter skippingEncoded: leaves out parts that are kept as they are encoded.
  static func read(_ payload: [UInt8], skippingEncoded: Bool) throws(StoredFormError) -> Self
}

/// What happened, and how it changes a state. A fact is one file: its form, what folding it needs, and its fold.
public protocol Fact<State>: LoggedFact {
  /// What it changes.
  associatedtype State: LedgerState

  /// Asks for what folding changes, besides the owner of the stream, which is always there.
  func addNeeds(to request: inout State.Request, of tenant: Tenant.ID)

  /// Changes the state.
  func fold(into state: inout State, at place: EventPlace)

  /// Takes away what is kept beside the log, once, when the fact happens. Neither a rebuild nor a copy does so again: what
  /// was kept since stays.
  func erase(from state: inout State, of tenant: Tenant.ID)
}

/// Where and when a fact happened.
public struct EventPlace: Hashable, Sendable {
  /// Whose data it is.
  public let tenant: Tenant.ID
  /// Whose history it belongs to.
  public let stream: StreamID
  /// Its place in that history, from 1 on without gaps.
  public let sequence: Int64
  /// When it happened.
  public let at: Instant

  /// Names a place.
  public init(tenant: Tenant.ID, stream: StreamID, sequence: Int64, at: Instant) {
    self.tenant = tenant
    self.stream = stream
    self.sequence = sequence
    self.at = at
  }
}

extension Fact {
  /// Nothing but the owner of the stream.
  public func addNeeds(to request: inout State.Request, of tenant: Tenant.ID) {}

  /// Nothing.
  public func erase(from state: inout State, of tenant: Tenant.ID) {}
}

extension LoggedFact {
  /// The name that callers see, such as `CouponApplied`.
  public static var name: String { formName }

  /// The name that callers see, such as `CouponApplied`.
  public var name: String { Self.formName }

  /// Short ones.
  public var lengthHint: Int { 1024 }

  /// Nothing.
  public var notice: Notice.Kind? { nil }

  /// The fact as the event log keeps it, under its name. Equal facts give equal bytes, which are hashed.
  public func payload() -> [UInt8] { JSONWriter.bytes(capacity: lengthHint) { write(to: &$0) } }

  /// Whether another fact is of the same kind and says the same.
  public func says(_ other: any LoggedFact) -> Bool { (other as? Self) == self }

  /// Reads a payload of the event log.
  ///
  /// - Parameter skippingEncoded: leaves out parts that are kept as they are encoded.
  public static func read(
    _ payload: [UInt8], skippingEncoded: Bool = false
  ) throws(StoredFormError) -> Self {
    try Self(stored: payload, as: "event \(name)", skippingEncoded: skippingEncoded)
  }
}

/// Whether two facts are of the same kind and say the same.
public func == (left: any LoggedFact, right: any LoggedFact) -> Bool { left.says(right) }
