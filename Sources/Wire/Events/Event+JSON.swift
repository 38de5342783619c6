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

extension Event {
  /// Writes what the API shows of an event as the next value: `position`, `stream`, `sequence`, `type`, `at`, `actor`,
  /// `request_id` and `data`, which holds no secret.
  ///
  /// - Parameter position: its place among all events of the tenant, by which readers page.
  public func write(to writer: inout JSONWriter, position: Int64) {
    writer.object { writer in
      writer.member("position", position)
      writer.member("stream", stream.name(in: tenant))
      writer.member("sequence", sequence)
      writer.member("type", fact.name)
      writer.member("at", at)
      writer.member("actor", actor.stored)
      writer.member("request_id", requestID)
      writer.key("data")
      fact.write(to: &writer, isPublic: true)
    }
  }
}
