/// The request methods this server knows; any other token is refused as `ProtocolError.unknownMethod`.
public enum HTTPMethod: String, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case patch = "PATCH"
  case delete = "DELETE"
  case options = "OPTIONS"
  case trace = "TRACE"
  case query = "QUERY"
}

extension HTTPMethod {
  /// The method whose name these bytes spell; methods are case-sensitive.
  init?(spelledBy bytes: Span<UInt8>, in range: Range<Int>) {
    for method in Self.byFrequency where bytes.spells(method.rawValue, in: range) {
      self = method
      return
    }
    return nil
  }

  private static let byFrequency: [HTTPMethod] = [
    .post, .get, .head, .put, .patch, .delete, .options, .trace, .query,
  ]
}
