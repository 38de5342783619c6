import Digest

/// A request to another service.
public struct HTTPCall: Sendable {
  /// What is asked.
  public enum Method: String, Sendable, CaseIterable {
    /// To see something.
    case get = "GET"
    /// To do something.
    case post = "POST"
  }

  /// A body with its type.
  public struct Body: Sendable {
    /// Such as `application/json`.
    public var contentType: String
    /// What is sent.
    public var bytes: [UInt8]

    /// Makes a body.
    public init(contentType: String, bytes: [UInt8]) {
      self.contentType = contentType
      self.bytes = bytes
    }
  }

  /// What is asked.
  public var method: Method
  /// Where: `https://…`, or `http://…`.
  public var url: String
  /// Headers, but for those that follow from the rest.
  public var headers: [(name: String, value: String)]
  /// The header `Authorization`.
  public var authorization: SecretText?
  /// The body of a ``Method/post``, which may be empty.
  public var body: Body?
  /// Whether it does no harm that the request arrives twice. If not, the call has a connection of its own: on one that was
  /// kept and turns out to be dead, libcurl sends a request a second time without telling.
  public var isRepeatable: Bool

  /// Makes a request.
  public init(
    _ method: Method, _ url: String, headers: [(name: String, value: String)] = [],
    authorization: SecretText? = nil, body: Body? = nil, isRepeatable: Bool
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.authorization = authorization
    self.body = body
    self.isRepeatable = isRepeatable
  }
}

/// What another service answered.
public struct HTTPAnswer: Sendable {
  /// The status, such as 200.
  public let status: Int
  /// The headers in the order in which they came.
  public let headers: [(name: String, value: String)]
  /// The body.
  public let body: [UInt8]

  /// Makes an answer.
  public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first header of a name in any case.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}
