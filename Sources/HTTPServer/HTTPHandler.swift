/// Answers requests.
///
/// `handle` runs on the event loop's thread of the request's connection: it may suspend, it must not block.
public protocol HTTPHandler: Sendable {
  /// The response to `request`, which has no body yet: a handler takes it from `body` when it knows that it wants it.
  ///
  /// What a handler does not ask for is not read: a client without the right to ask costs no more memory than its
  /// head and what arrived along with it. If part of the body is still to come when the response is given, the
  /// connection is closed after it.
  func handle(_ request: HTTPRequest, body: HTTPBodyReader) async -> HTTPResponse
}

extension HTTPHandler {
  /// Calls a handler without a network.
  public func handle(_ request: HTTPRequest) async -> HTTPResponse {
    var head = request
    head.body = []
    return await handle(head, body: HTTPBodyReader(request.body))
  }
}

/// The reading end of one request's body. Of use only until the response is given.
public struct HTTPBodyReader: Sendable {
  private enum Source: Sendable {
    case bytes([UInt8])
    case connection(Connection)
  }

  private let source: Source

  init(_ connection: Connection) { source = .connection(connection) }

  /// A body that is here already, for calling a handler without a network.
  public init(_ bytes: [UInt8]) { source = .bytes(bytes) }

  /// The whole body, waiting for what has not arrived. A client that expects `100-continue` is told to go on now.
  ///
  /// May be called once.
  /// - Throws: `HTTPBodyFailure`. Whatever is answered then, the connection is closed after it.
  public func collect() async throws(HTTPBodyFailure) -> [UInt8] {
    switch source {
    case .bytes(let bytes): return bytes
    case .connection(let connection):
      if connection.loop.isCurrentThread { return try await connection.collectBody() }
      let result: Result<[UInt8], HTTPBodyFailure> = await withTaskExecutorPreference(connection.loop) {
        do throws(HTTPBodyFailure) {
          return .success(try await connection.collectBody())
        } catch {
          return .failure(error)
        }
      }
      return try result.get()
    }
  }
}

/// Why a request's body can't be had as a whole.
public enum HTTPBodyFailure: Error, Sendable, Equatable {
  /// It breaks HTTP, is too large, or takes too long.
  case refused(ProtocolError)
  /// The client went away; nobody will hear the answer.
  case connectionClosed
}
