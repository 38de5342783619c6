import JSON
import Scrip

extension StreamID {
  /// `coupon_…` or `tenant_…`: the stream's name where tenants are mixed.
  public func name(in tenant: Tenant.ID) -> String {
    kind == .tenant ? tenant.description : description
  }

  /// Reads a name; nil if it is malformed or the name of another tenant.
  public init?(name: String, in tenant: Tenant.ID) {
    if Tenant.ID(name) == tenant {
      self = .tenant
    } else if let stream = StreamID(name) {
      self = stream
    } else {
      return nil
    }
  }
}

/// What the API shows of an event as it is stored. Its payload need not be understood: one that a newer version of this
/// program wrote is shown as well, with everything in it but its secrets. A damaged one is shown as far as it can be read:
/// it must not end the list for what comes behind it.
public struct ShownEvent: Sendable {
  /// Its place among all events, by which readers page.
  public var position: Int64
  /// Whose history it belongs to: `coupon_…` or `tenant_…`; nil if that can't be read.
  @Exact public var stream: String?
  /// Its number in that history.
  public var sequence: Int64
  /// The fact's name.
  @Exact public var type: String
  /// When it happened; nil if that can't be read.
  public var at: Instant?
  /// Who caused it, in stored form.
  @Exact public var actor: String
  /// The request that caused it.
  @Exact public var requestID: String?
  /// The fact as it is stored, without its secrets; empty if it is damaged.
  public var data: [UInt8]
  /// How many bytes are stored of the fact.
  public private(set) var storedBytes: Int

  /// Takes the parts of a stored event.
  public init(
    position: Int64, tenant: Tenant.ID, stream: StreamID?, sequence: Int64, type: String, at: Instant?,
    actor: String, requestID: String?, payload: [UInt8]
  ) {
    self.init(
      position: position, stream: stream?.name(in: tenant), sequence: sequence, type: type, at: at,
      actor: actor,
      requestID: requestID, data: ShownEvent.withoutSecrets(payload))
    storedBytes = payload.count
  }

  init(
    position: Int64, stream: String?, sequence: Int64, type: String, at: Instant?, actor: String,
    requestID: String?, data: [UInt8]
  ) {
    self.position = position
    self.stream = stream
    self.sequence = sequence
    self.type = type
    self.at = at
    self.actor = actor
    self.requestID = requestID
    self.data = data
    storedBytes = data.count
  }

  private static func withoutSecrets(_ payload: [UInt8]) -> [UInt8] {
    let document: JSONDocument
    do throws(JSONSyntaxError) { document = try JSONDocument(parsing: payload) } catch { return [] }
    guard document.root.kind == .object else { return [] }
    var hasSecrets = false
    document.root.forEachMember { name, _ in
      if SecretMembers.include(name.string()) { hasSecrets = true }
    }
    return hasSecrets ? document.root.canonicalBytes(leavingOut: SecretMembers.include) : payload
  }
}

extension ShownEvent: ObjectForm, JSONWritable {
  /// `Event`
  public static let formName = "Event"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ event: ShownEvent?) -> ShownEvent?
  { members(&walk, event, type: .text(), data: .encodedObject()) }

  /// The members of an event of any type, in their order.
  static func members<Walk: FormWalk & ~Copyable, Name: ValueForm>(
    _ walk: inout Walk, _ event: ShownEvent?, type name: Name, data form: EncodedForm
  ) -> ShownEvent? where Name.Value == String {
    let position = walk.required("position", event?.position, .integer(1, to: .max))
    let stream = walk.optional("stream", event?.stream, .text(), "Null if that is damaged.")
    let sequence = walk.required("sequence", event?.sequence, .integer(1, to: .max))
    let type = walk.required("type", event?.type, name)
    let at = walk.optional("at", event?.at, .instant(), "Null if that is damaged.")
    let actor = walk.required("actor", event?.actor, .text())
    let requestID = walk.optional("request_id", event?.requestID, .text())
    let data = walk.optional(
      "data", event?.data, form,
      "The fact as it is stored, without secrets; null if it is damaged.")
    guard let position, let stream, let sequence, let type, let at, let actor, let requestID, let data else {
      return nil
    }
    return ShownEvent(
      position: position, stream: stream, sequence: sequence, type: type, at: at, actor: actor,
      requestID: requestID, data: data ?? [])
  }
}
