import Digest

/// How a NATS server with JetStream is reached, and where events are put there.
public struct NATSSettings: Sendable {
  /// The servers, any of which will do: `nats://broker.example:4222` or `tls://…`.
  public var servers: [String]  // String: addresses
  /// The JetStream stream that keeps the events. It is this store's alone.
  public var stream = "SCRIP"  // String: a name of the operator's
  /// What subjects begin with: `scrip.tenant_1.coupon.CouponRedeemed`.
  public var subject = "scrip"  // String: a name of the operator's
  /// A file with the credentials of a user (JWT and NKey seed).
  public var credentials: String?  // String: a path
  /// Who signs in, and the password.
  public var user: (name: String, password: SecretText)?  // String: a name of the operator's
  /// A file with certificates (PEM) that vouch for the server; nil for the system's.
  public var trustedCertificates: String?  // String: a path
  /// Files with a certificate of this service's own and its key.
  public var ownCertificate: (certificate: String, key: String)?  // String: paths

  /// Reaches servers.
  public init(servers: [String]) { self.servers = servers }  // String: addresses
}
