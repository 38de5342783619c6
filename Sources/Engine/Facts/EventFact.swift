import JSON
import Scrip
import Wire

/// What happened, in the past tense. A fact is one file: its form, what folding it needs, and how it changes the state.
///
/// Facts of the log are immutable. A form may get members later, which older facts do not have; what a member means
/// never changes.
public protocol EventFact: ObjectForm, Hashable, Sendable {
  /// Asks for what folding changes, besides the owner of the stream, which is always there.
  func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID)

  /// The usage whose counts folding changes; nil if it changes none that were there before.
  var counted: UsageReference? { get }

  /// Changes the state.
  func fold(into set: inout WorkingSet, at place: EventPlace)

  /// About how many bytes its form has.
  var lengthHint: Int { get }
}

/// Where and when a fact happened.
public struct EventPlace: Hashable, Sendable {
  /// Whose data it is.
  public let tenant: Tenant.ID
  /// Whose history it belongs to.
  public let stream: EventStream
  /// Its place in that history, from 1 on without gaps.
  public let sequence: Int64
  /// When it happened.
  public let at: Instant

  /// The coupon whose history it is.
  ///
  /// - Precondition: it is a coupon's.
  var coupon: Owned<Coupon.ID> {
    guard case .coupon(let id) = stream else { preconditionFailure("a coupon's fact is in its stream") }
    return Owned(tenant, id)
  }
}

extension EventFact {
  /// The name that callers see, such as `CouponApplied`.
  public static var name: String { formName }

  /// The name that callers see, such as `CouponApplied`.
  public var name: String { Self.formName }

  /// Nothing but the owner of the stream.
  public func addNeeds(to request: inout LoadRequest, of tenant: Tenant.ID) {}

  /// None.
  public var counted: UsageReference? { nil }

  /// Short ones.
  public var lengthHint: Int { 1024 }

  /// The fact as the event log keeps it, under its name. Equal facts give equal bytes, which are hashed.
  public func payload() -> [UInt8] { JSONWriter.bytes(capacity: lengthHint) { write(to: &$0) } }

  /// Whether another fact is of the same kind and says the same.
  func says(_ other: any EventFact) -> Bool { (other as? Self) == self }

  /// Why a payload does not say exactly this fact; nil if it does: it reads as an equal fact, which is written with the
  /// same bytes.
  ///
  /// What is accepted must be readable for ever, so debug builds ask this of every fact that is appended.
  public func faultReadingBack(_ payload: [UInt8]) -> String? {
    do throws(StoredFormError) {
      let again = try EventFacts.read(type: name, payload: payload)
      return says(again) && again.payload() == payload ? nil : "\(name) reads back as something else"
    } catch {
      return error.description
    }
  }

  fileprivate static func read(_ payload: [UInt8]) throws(StoredFormError) -> any EventFact {
    try Self(stored: payload, as: "event \(name)")
  }
}

/// Whether two facts are of the same kind and say the same.
public func == (left: any EventFact, right: any EventFact) -> Bool { left.says(right) }

/// All kinds of facts.
public enum EventFacts {
  /// Each kind once.
  public static let kinds: [any EventFact.Type] = [
    TenantCreated.self, TenantSettingsChanged.self, KeyCreated.self, KeyRevoked.self, CouponCreated.self,
    CouponUpdated.self, CouponActivated.self, CouponDisabled.self, CouponArchived.self, CodesAdded.self,
    CouponApplied.self, CouponRejected.self, CouponRedeemed.self, CouponReleased.self, LockExtended.self,
    UsageRepriced.self, PersonErased.self,
  ]

  private static let byName = Dictionary(
    uniqueKeysWithValues: kinds.map { (ExactText<EventFacts>($0.name), $0) })

  /// Whether this version knows such a type.
  public static func knows(_ type: String) -> Bool { byName[ExactText(type)] != nil }

  /// Reads a payload of the event log.
  ///
  /// - Parameters:
  ///   - type: the fact's name.
  ///   - payload: what `payload()` gave.
  public static func read(type: String, payload: [UInt8]) throws(StoredFormError) -> any EventFact {
    guard let kind = byName[ExactText(type)] else {
      throw StoredFormError(
        form: "event \(type)", faults: ["only a newer version of this program knows this type"])
    }
    return try kind.read(payload)
  }
}
