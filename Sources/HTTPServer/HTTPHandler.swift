/// Answers requests.
///
/// `handle` runs on the event loop's thread of the request's connection: it may suspend, it must not block.
public protocol HTTPHandler: Sendable {
  /// The response to `request`.
  func handle(_ request: HTTPRequest) async -> HTTPResponse
}
