import HTTPServer
import Scrip

/// One operation of the API: how it is reached, who may ask, what answers it and how it is described.
///
/// Router, access control, parameter checks and the OpenAPI document all read this one table.
///
/// A class because a request looks at its route several times, and each look would copy everything in it.
final class Route: Sendable {
  /// Answers a request.
  enum Handler: Sendable {
    /// From what is there: whatever only reads.
    case asking(@Sendable (Exchange) async throws(Problem) -> Reply)
    /// After a command was decided and made durable.
    case deciding(@Sendable (Exchange) async throws(Problem) -> Reply)
  }

  let method: HTTPMethod
  /// The path with parameters in braces: `/v1/coupons/{coupon_id}`.
  let pattern: String
  /// Whose keys open it; nil for everybody, without a key.
  let roles: Set<AccessKey.Role>?
  let operation: Operation
  let handler: Handler

  init(
    _ method: HTTPMethod, _ pattern: String, _ roles: Set<AccessKey.Role>?, _ operation: Operation,
    _ handler: Handler
  ) {
    self.method = method
    self.pattern = pattern
    self.roles = roles
    self.operation = operation
    self.handler = handler
  }

  /// Every route of the API.
  static let table: [Route] =
    coupons + codes + wallet + couponReports + tidying + quotes + applications + access + service
}

extension Set<AccessKey.Role> {
  static let admin: Self = [.admin]
  static let servers: Self = [.admin, .server]
  static let everyKey: Self = [.admin, .server, .publishable]
}

/// How an operation is described in the OpenAPI document.
struct Operation: Sendable {
  /// A query parameter.
  struct Parameter: Sendable {
    let name: String
    /// Its JSON schema.
    let schema: String
    let description: String

    init(_ name: String, _ schema: String, _ description: String) {
      self.name = name
      self.schema = schema
      self.description = description
    }
  }

  /// A request's body: the name of its schema, and whether it must be there.
  enum Body: Sendable {
    case none
    case optional(String)
    case required(String)
  }

  /// A successful answer.
  struct Success: Sendable {
    let status: Int
    let description: String
    /// Media types with the names of their schemas; nil for text.
    let content: [(type: String, schema: String?)]
    let headers: [String]
  }

  /// The unique name, from which clients are generated.
  let id: String
  let tag: String
  let summary: String
  var query: [Parameter] = []
  var body = Body.none
  let successes: [Success]
  /// Statuses of problems besides those that its kind of route always has.
  var problems: [Int] = []
}

extension Operation.Success {
  static func ok(_ schema: String, headers: [String] = []) -> Self {
    Self(status: 200, description: "Done.", content: [("application/json", schema)], headers: headers)
  }

  static func created(_ schema: String, headers: [String] = []) -> Self {
    Self(status: 201, description: "Made.", content: [("application/json", schema)], headers: headers)
  }
}
