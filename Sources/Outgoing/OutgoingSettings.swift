/// How calls to other services are made.
public struct OutgoingSettings: Sendable {
  /// Which way calls take.
  public enum Route: Sendable {
    /// Straight to the host, whatever `http_proxy` and the like say.
    case direct
    /// As `http_proxy`, `https_proxy` and `no_proxy` say.
    case environment
    /// Through a proxy, such as `http://proxy.example:3128`.
    case proxy(String)
  }

  /// The longest until a connection is there, encryption included.
  public var connectTimeout: Duration
  /// The longest for all of a call.
  public var totalTimeout: Duration
  /// The most bytes that an answer may have, head and body together.
  public var answerBytesMax: Int
  /// A file of certificates (PEM) that vouch for others, instead of the system's.
  public var trustedCertificates: String?
  /// Which way calls take.
  public var route: Route
  /// How many connections are kept for later calls.
  public var idleConnectionsMax: Int
  /// What the other side is told that this is.
  public var userAgent: String
  /// Which addresses may be called; nil for any.
  public var addresses: AddressRule?
  /// Whether an answer whose body is too long counts all the same, with as much of it as there may be. If not, it is none.
  public var cutsLongBodies = false

  /// Describes calls: 5 s to connect, 30 s in all, 1 MiB, and no proxy if nothing else is said.
  public init(
    connectTimeout: Duration = .seconds(5), totalTimeout: Duration = .seconds(30),
    answerBytesMax: Int = 1 << 20,
    trustedCertificates: String? = nil, route: Route = .direct, idleConnectionsMax: Int = 8,
    userAgent: String = "scrip"
  ) {
    self.connectTimeout = connectTimeout
    self.totalTimeout = totalTimeout
    self.answerBytesMax = answerBytesMax
    self.trustedCertificates = trustedCertificates
    self.route = route
    self.idleConnectionsMax = idleConnectionsMax
    self.userAgent = userAgent
  }
}
