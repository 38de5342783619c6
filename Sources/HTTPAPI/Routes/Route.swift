import Forms
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
  /// The names of the path's parameters, in their order.
  let parameters: [String]
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
    parameters = pattern.split(separator: "/").filter { $0.hasPrefix("{") }.map {
      String($0.dropFirst().dropLast())
    }
    self.roles = roles
    self.operation = operation
    self.handler = handler
  }

  /// Whether the body of a caller without a key is taken in: it proves itself by a signature.
  func takesSigned(_ head: HTTPRequest) -> Bool {
    roles == nil && operation.body.schema != nil && head.header("Stripe-Signature")?.contains("v1=") == true
  }

  /// Every route of the API.
  static let table: [Route] =
    coupons + codes + wallet + persons + couponReports + eventTypes + tidying + tasks + quotes
    + applications + access + service
    + campaigns + orders + orderSteps + payments + mail + subscriptions + invoices + testClocks
    + webhooks + inbox + fraud
}

extension Set<AccessKey.Role> {
  static let admin: Self = [.admin]
  static let servers: Self = [.admin, .server]
  static let everyKey: Self = [.admin, .server, .publishable]
}

/// How an operation is described in the OpenAPI document.
struct Operation: Sendable {
  /// A request's body, and whether it must be there.
  enum Body: Sendable {
    case none
    case optional(SchemaReference)
    case required(SchemaReference)
    /// One JSON object a line.
    case lines(SchemaReference)
    /// CloudEvents, one or several.
    case events(SchemaReference)

    /// How it is declared.
    var mediaType: String {
      if case .lines = self { "application/x-ndjson" } else { "application/json" }
    }

    /// How it may be declared besides.
    var otherMediaTypes: [String] {
      if case .events = self {
        ["application/cloudevents+json", "application/cloudevents-batch+json"]
      } else {
        []
      }
    }

    /// Its schema.
    var schema: SchemaReference? {
      switch self {
      case .none: nil
      case .optional(let schema), .required(let schema), .lines(let schema), .events(let schema): schema
      }
    }
  }

  /// A successful answer.
  struct Success: Sendable {
    let status: Int
    let description: String
    /// Media types with their schemas; nil for text.
    let content: [(type: String, schema: SchemaReference?)]
    let headers: [String]
  }

  /// The unique name, from which clients are generated.
  let id: String
  let tag: String
  let summary: String
  /// The form of its query; nil if it has none.
  var query: (any QueryForm.Type)?
  var body = Body.none
  let successes: [Success]
  /// Statuses of problems besides those that its kind of route always has.
  var problems: [Int] = []
}

extension Operation.Success {
  static func ok(_ schema: SchemaReference, headers: [String] = []) -> Self {
    Self(status: 200, description: "Done.", content: [("application/json", schema)], headers: headers)
  }

  /// One JSON object a line.
  static func lines(_ description: String) -> Self {
    Self(status: 200, description: description, content: [("application/x-ndjson", nil)], headers: [])
  }

  static func created(_ schema: SchemaReference, headers: [String] = []) -> Self {
    Self(status: 201, description: "Made.", content: [("application/json", schema)], headers: headers)
  }
}

/// What describes a body: a form, or a schema by its name.
enum SchemaReference: Sendable, ExpressibleByStringLiteral {
  case form(FormReference)
  case named(String)
  indirect case oneOf(SchemaReference, SchemaReference)

  init(stringLiteral name: String) { self = .named(name) }

  /// What callers send.
  static func input<Form: ObjectForm>(_ form: Form.Type) -> Self { .form(.input(form)) }

  /// What callers send to change something.
  static func edit<Form: ObjectForm>(_ form: Form.Type) -> Self { .form(.edit(form)) }

  /// What callers get.
  static func output<Form: ObjectForm>(_ form: Form.Type) -> Self { .form(.output(form)) }

  /// A page of what callers get.
  static func page<Form: ObjectForm>(of _: Form.Type) -> Self { .form(.output(ListPage<Form>.self)) }

  /// One of two forms.
  static func either(_ first: Self, _ second: Self) -> Self { .oneOf(first, second) }

  /// The forms that it names.
  var forms: [FormReference] {
    switch self {
    case .form(let form): [form]
    case .named: []
    case .oneOf(let first, let second): first.forms + second.forms
    }
  }

  /// The schema that refers to it.
  var schema: JSONTree {
    switch self {
    case .form(let form): .reference(form.name)
    case .named(let name): .reference(name)
    case .oneOf(let first, let second): ["anyOf": [first.schema, second.schema]]
    }
  }
}
