import Glibc

/// How a server listens and what it tolerates.
public struct HTTPServerConfiguration: Sendable {
  /// The address or host name to listen on.
  public var address = "127.0.0.1"
  /// The port; 0 lets the system choose.
  public var port = 0
  /// Event loops, one thread each.
  public var loops = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  /// Connections waiting to be accepted, per loop.
  public var backlog = 4_096
  /// Bytes of request line and headers together.
  public var headerBytesMax = 16 * 1_024
  /// Bytes of one request's body.
  public var bodyBytesMax = 1_024 * 1_024
  /// Bytes of all bodies together that are waited for, by their announced length; one more is refused with
  /// `ProtocolError.tooManyBodies`. At least one body always has room.
  public var bodiesBytesMax = 256 * 1_024 * 1_024
  /// From a request's first byte, or that of an empty line before it, to the end of its headers, however steadily they
  /// trickle.
  public var headerTimeout = Duration.seconds(10)
  /// From when the handler asks for the body to the body's end.
  public var bodyTimeout = Duration.seconds(30)
  /// How long a connection may wait for its next request.
  public var idleTimeout = Duration.seconds(75)
  /// How long a client may take none of a response that is being sent.
  public var writeTimeout = Duration.seconds(30)
  /// Connections of all loops together; one more is answered with `ProtocolError.tooManyConnections`.
  public var connectionsMax = 10_000
  /// How long `shutdown` waits for requests under way.
  public var shutdownGrace = Duration.seconds(10)
  /// The answer to a request that no handler sees. Its body must be `.bytes`. Called on a loop's thread.
  public var protocolError: @Sendable (ProtocolError) -> HTTPResponse = { error in
    HTTPResponse(status: error.status, text: "\(HTTPStatus.reason(for: error.status))\n")
  }

  /// The defaults above.
  public init() {}
}

/// A configuration's times in the milliseconds of the loop's clock, since taking a `Duration` apart for each request
/// costs divisions of 128 bits.
struct Patience {
  let header: Int64
  let body: Int64
  let idle: Int64
  let write: Int64
  let shutdown: Int64

  init(_ configuration: HTTPServerConfiguration) {
    header = configuration.headerTimeout.wholeMilliseconds
    body = configuration.bodyTimeout.wholeMilliseconds
    idle = configuration.idleTimeout.wholeMilliseconds
    write = configuration.writeTimeout.wholeMilliseconds
    shutdown = configuration.shutdownGrace.wholeMilliseconds
  }

  var shortest: Int64 { min(header, body, idle, write, shutdown) }
}

extension Duration {
  fileprivate var wholeMilliseconds: Int64 {
    components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
  }
}
