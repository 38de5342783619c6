import JSON
import Scrip

extension EventStream {
  /// `coupon_…` or `tenant_…`: the stream's name where tenants are mixed.
  public func name(in tenant: Tenant.ID) -> String {
    switch self {
    case .tenant: tenant.description
    case .coupon(let id): id.description
    }
  }

  /// Reads a name; nil if it is malformed or the name of another tenant.
  public init?(name: String, in tenant: Tenant.ID) {
    if let id = Coupon.ID(name) {
      self = .coupon(id)
    } else if Tenant.ID(name) == tenant {
      self = .tenant
    } else {
      return nil
    }
  }
}

/// What the API shows of an event as it is stored. Its payload need not be understood: one that a newer version of this
/// program wrote is shown as well, with everything in it. A damaged one is shown as far as it can be read: it must not end
/// the list for what comes behind it.
public struct ShownEvent: Sendable {
  /// Its place among all events, by which readers page.
  public var position: Int64
  /// Whose data it is.
  public var tenant: Tenant.ID
  /// Whose history it belongs to; nil if that can't be read.
  public var stream: EventStream?
  /// Its number in that history.
  public var sequence: Int64
  /// The fact's name.
  public var type: String
  /// When it happened; nil if that can't be read.
  public var at: Instant?
  /// Who caused it, in stored form.
  public var actor: String
  /// The request that caused it.
  public var requestID: String?
  /// The fact as it is stored.
  public var payload: [UInt8]

  /// Takes the parts of a stored event.
  public init(
    position: Int64, tenant: Tenant.ID, stream: EventStream?, sequence: Int64, type: String, at: Instant?,
    actor: String, requestID: String?, payload: [UInt8]
  ) {
    self.position = position
    self.tenant = tenant
    self.stream = stream
    self.sequence = sequence
    self.type = type
    self.at = at
    self.actor = actor
    self.requestID = requestID
    self.payload = payload
  }
}

extension ShownEvent: JSONWritable {
  /// `position`, `stream`, `sequence`, `type`, `at`, `actor`, `request_id` and `data`, which is the payload without its
  /// secrets. Null stands for what is damaged.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("position", position)
      writer.member("stream", stream?.name(in: tenant))
      writer.member("sequence", sequence)
      writer.member("type", type)
      writer.member("at", at)
      writer.member("actor", actor)
      writer.member("request_id", requestID)
      writer.rawMember("data", data)
    }
  }

  /// Whether a payload's member opens doors: all of them, also those of facts to come, have a name that begins so.
  private static func isSecret(_ name: String) -> Bool { name.utf8.starts(with: "secret_".utf8) }

  private var data: [UInt8] {
    let document: JSONDocument
    do throws(JSONSyntaxError) { document = try JSONDocument(parsing: payload) } catch { return [] }
    guard document.root.kind == .object else { return [] }
    var hasSecrets = false
    document.root.forEachMember { name, _ in
      if ShownEvent.isSecret(name.string()) { hasSecrets = true }
    }
    return hasSecrets ? document.root.canonicalBytes(leavingOut: ShownEvent.isSecret) : payload
  }
}
