/// Makes requests to other services over HTTP/1.1, with certificates verified, no redirects followed and no cookies kept.
///
/// A call blocks its thread until it is over: it belongs on a thread that has nothing else to do, and never into a
/// transaction. Connections are kept and used again.
public final class HTTPCaller: Sendable {
  private let settings: OutgoingSettings
  private let pool: HandlePool

  /// Makes a caller.
  public init(_ settings: OutgoingSettings = OutgoingSettings()) {
    self.settings = settings
    pool = HandlePool(idleMax: settings.idleConnectionsMax)
  }

  /// Sends a request and waits for its answer. Any status is an answer.
  ///
  /// - Throws: why there is no answer, and whether the request may have arrived.
  public func send(_ call: HTTPCall) throws(OutgoingFailure) -> HTTPAnswer {
    try pool.withHandle { handle throws(OutgoingFailure) in
      let prepared = try PreparedCall(call, on: handle, settings)
      let (code, words) = withExtendedLifetime(prepared) { handle.perform() }
      return try prepared.answer(code, words: words)
    }
  }
}
