/// What a handler answers.
///
/// The server adds `Content-Length` or `Transfer-Encoding`, `Date` and `Connection`; a handler must not.
/// For `HEAD` give the response of `GET`: its length is announced and its body is left out.
public struct HTTPResponse: Sendable {
  /// The status code, 200 to 599.
  public var status: Int
  /// Header fields in the order they are sent. CR, LF and NUL in a value are sent as spaces, so that no value
  /// can forge a further field.
  public var headers: [(String, String)]
  /// The body.
  public var body: Body
  /// Whether the connection is closed after this response.
  public var closesConnection = false

  /// A response's body: at hand, or produced while it is sent.
  public enum Body: Sendable {
    /// All of it, sent with its length.
    case bytes([UInt8])
    /// Produced piece by piece, for bodies too large to hold: sent chunked, at the client's pace.
    case stream(HTTPBodyStream)
  }

  /// A response of this status, headers and body.
  public init(status: Int, headers: [(String, String)] = [], body: Body = .bytes([])) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A response whose body is `bytes`.
  public init(status: Int, headers: [(String, String)] = [], bytes: [UInt8]) {
    self.init(status: status, headers: headers, body: .bytes(bytes))
  }

  /// A plain-text response.
  public init(status: Int, text: String) {
    self.init(
      status: status, headers: [("Content-Type", "text/plain; charset=utf-8")], bytes: Array(text.utf8))
  }
}

/// A body that is written while it is sent.
public struct HTTPBodyStream: Sendable {
  let produce: @Sendable (HTTPBodyWriter) async throws -> Void

  /// A body written by `produce`.
  ///
  /// The body ends when `produce` returns. If it throws, the connection is cut, so that the client sees a
  /// truncated body and not a short one. When the client disconnects, the next write throws and the task
  /// that runs `produce` is cancelled.
  public init(_ produce: @escaping @Sendable (HTTPBodyWriter) async throws -> Void) {
    self.produce = produce
  }
}

/// The client went away, or stopped reading for longer than the write time-out.
public struct HTTPConnectionClosed: Error {}

/// The writing end of one streamed body.
public struct HTTPBodyWriter: Sendable {
  let connection: Connection

  /// Sends `bytes` as one chunk and returns when the operating system has taken all of them, so that at most
  /// one chunk is held in memory.
  ///
  /// - Throws: `HTTPConnectionClosed` when nobody reads any more.
  public func write(_ bytes: [UInt8]) async throws(HTTPConnectionClosed) {
    if connection.loop.isCurrentThread {
      try await connection.writeChunk(bytes)
    } else {
      let result: Result<Void, HTTPConnectionClosed> = await withTaskExecutorPreference(connection.loop) {
        do throws(HTTPConnectionClosed) {
          return .success(try await connection.writeChunk(bytes))
        } catch {
          return .failure(error)
        }
      }
      try result.get()
    }
  }
}
