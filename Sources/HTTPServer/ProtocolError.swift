/// Why the server itself refused a request, before any handler saw it.
///
/// After each of these the connection is closed, because what follows on it can't be trusted or isn't wanted.
public enum ProtocolError: Error, Sendable, Equatable, CaseIterable {
  /// The request line, a header field or the body's framing breaks HTTP/1.1.
  case malformedRequest
  /// Request line and headers exceed `headerBytesMax`.
  case headerTooLarge
  /// The body exceeds `bodyBytesMax`.
  case bodyTooLarge
  /// Headers or body did not arrive within their time.
  case requestTimeout
  /// `Expect` asks for something else than `100-continue`.
  case expectationFailed
  /// The method is not one of `HTTPMethod`.
  case unknownMethod
  /// `Transfer-Encoding` names something else than `chunked`.
  case unsupportedTransferEncoding
  /// The protocol is not HTTP/1.0 or HTTP/1.1.
  case unsupportedVersion
  /// The server has `connectionsMax` connections already.
  case tooManyConnections
  /// The bodies that are being received have `bodiesBytesMax` bytes already.
  case tooManyBodies

  /// The HTTP status that says this.
  public var status: Int {
    switch self {
    case .malformedRequest: 400
    case .requestTimeout: 408
    case .bodyTooLarge: 413
    case .expectationFailed: 417
    case .headerTooLarge: 431
    case .unknownMethod, .unsupportedTransferEncoding: 501
    case .tooManyConnections, .tooManyBodies: 503
    case .unsupportedVersion: 505
    }
  }
}
