import Forms
import HTTPServer
import JSON
import Scrip

/// The OpenAPI 3.1 document, written from the route table and the schemas.
struct OpenAPIDocument: ~Copyable {
  private var writer = JSONWriter(capacity: 1 << 17)
  /// The schemas that what was written so far refers to.
  private var components = SchemaComponents()

  /// The whole document.
  static func bytes(version: String) -> [UInt8] {
    var document = OpenAPIDocument()
    document.write(version: version)
    return document.writer.finish()
  }

  /// The problem statuses of a route, besides its own: what the server, access control and decoding may answer.
  static func problemStatuses(of route: Route) -> [Int] {
    var statuses = [400, 408, 413, 417, 422, 431, 500, 501, 503, 505] + route.operation.problems
    if let roles = route.roles { statuses += roles == .everyKey ? [401] : [401, 403] }
    if route.pattern.contains("{") { statuses.append(404) }
    if [.post, .put, .patch].contains(route.method) { statuses.append(415) }
    return Set(statuses).sorted()
  }

  private mutating func write(version: String) {
    writer.beginObject()
    member("openapi", "3.1.0")
    writer.key("info")
    writer.beginObject()
    member("title", "Scrip")
    member("version", version)
    member(
      "description",
      """
      Coupons and discounts. Amounts are integers in minor units of the currency beside them; percents are decimal \
      strings; instants are RFC 3339. Every problem is application/problem+json. A path that exists answers other \
      methods with 405 and Allow.
      """)
    writer.endObject()
    writer.key("paths")
    writePaths()
    writer.key("components")
    writeComponents()
    writer.endObject()
  }

  private mutating func member(_ name: StaticString, _ value: String) {
    writer.key(name)
    writer.string(value)
  }

  private mutating func member(_ name: StaticString, _ value: JSONTree) {
    writer.key(name)
    value.write(to: &writer)
  }
}

/// Paths.
extension OpenAPIDocument {
  private mutating func writePaths() {
    writer.beginObject()
    var patterns: [String] = []
    for route in Route.table where !patterns.contains(route.pattern) { patterns.append(route.pattern) }
    for pattern in patterns {
      writer.key(named: pattern)
      writer.beginObject()
      for route in Route.table where route.pattern == pattern {
        writer.key(named: route.method.rawValue.lowercased())
        write(route)
      }
      writer.endObject()
    }
    writer.endObject()
  }

  private mutating func write(_ route: Route) {
    writer.beginObject()
    member("operationId", route.operation.id)
    member("summary", route.operation.summary)
    writer.key("tags")
    writer.beginArray()
    writer.string(route.operation.tag)
    writer.endArray()
    writeSecurity(of: route)
    writeParameters(of: route)
    writeBody(of: route)
    writeResponses(of: route)
    writer.endObject()
  }

  private mutating func writeSecurity(of route: Route) {
    guard let roles = route.roles else { return member("security", [] as JSONTree) }
    member("security", [["key": []]] as JSONTree)
    let names = AccessKey.Role.allCases.filter(roles.contains).map(\.rawValue)
    member("description", "For keys with the role \(names.joined(separator: " or ")).")
  }

  private mutating func writeParameters(of route: Route) {
    writer.key("parameters")
    writer.beginArray()
    for name in route.parameters { writeParameter(PathParameters.named(name), "path", isRequired: true) }
    for parameter in route.operation.query.map({ $0.parameters(&components) }) ?? [] {
      write(
        parameter: parameter.name, "query", isRequired: parameter.isRequired, parameter.schema,
        parameter.note)
    }
    if route.takesIdempotencyKey {
      OpenAPIDocument.reference("parameters", "IdempotencyKey").write(to: &writer)
    }
    if route.operation.problems.contains(412) {
      OpenAPIDocument.reference("parameters", "IfMatch").write(to: &writer)
    }
    writer.endArray()
  }

  private mutating func writeParameter(
    _ parameter: some DescribedParameter, _ place: String, isRequired: Bool
  ) {
    let schema = components.schema { parameter.schema(&$0) }
    write(parameter: parameter.name, place, isRequired: isRequired, schema, parameter.note)
  }

  private mutating func write(
    parameter name: String, _ place: String, isRequired: Bool, _ schema: JSONTree, _ note: String?
  ) {
    writer.beginObject()
    member("name", name)
    member("in", place)
    writer.key("required")
    writer.bool(isRequired)
    if let note { member("description", note) }
    member("schema", schema)
    writer.endObject()
  }

  private static func reference(_ kind: String, _ name: String) -> JSONTree {
    ["$ref": .text("#/components/\(kind)/\(name)")]
  }

  private mutating func writeBody(of route: Route) {
    let (reference, isRequired): (SchemaReference, Bool)
    switch route.operation.body {
    case .none: return
    case .optional(let schema): (reference, isRequired) = (schema, false)
    case .required(let schema), .lines(let schema), .events(let schema):
      (reference, isRequired) = (schema, true)
    }
    let content: JSONTree = ["schema": reference.schema]
    var types: JSONTree = [route.operation.body.mediaType: content]
    for type in route.operation.body.otherMediaTypes { types = types.with(type, content) }
    if route.method == .patch { types = types.with("application/merge-patch+json", content) }
    member("requestBody", ["required": .bool(isRequired), "content": types])
  }

  private mutating func writeResponses(of route: Route) {
    writer.key("responses")
    writer.beginObject()
    for success in route.operation.successes { write(success, of: route) }
    for status in OpenAPIDocument.problemStatuses(of: route) {
      writer.key(named: String(status))
      OpenAPIDocument.reference("responses", "Problem\(status)").write(to: &writer)
    }
    writer.endObject()
  }

  private mutating func write(_ success: Operation.Success, of route: Route) {
    writer.key(named: String(success.status))
    writer.beginObject()
    member("description", success.description)
    writer.key("headers")
    writer.beginObject()
    var headers = ["X-Request-Id"] + success.headers
    if route.takesIdempotencyKey { headers.append("Idempotency-Replayed") }
    for header in headers {
      writer.key(named: header)
      OpenAPIDocument.reference("headers", header).write(to: &writer)
    }
    writer.endObject()
    writer.key("content")
    writer.beginObject()
    for (type, schema) in success.content {
      writer.key(named: type)
      let content: JSONTree = ["schema": schema?.schema ?? textSchema(0...Int.max)]
      content.write(to: &writer)
    }
    writer.endObject()
    writer.endObject()
  }
}

/// Components.
extension OpenAPIDocument {
  private mutating func writeComponents() {
    writer.beginObject()
    let scheme: JSONTree = [
      "type": "http", "scheme": "bearer",
      "description": "A key of a tenant: Authorization: Bearer scrip_…",
    ]
    member("securitySchemes", ["key": scheme])
    writer.key("parameters")
    writer.beginObject()
    writer.key("IdempotencyKey")
    writeParameter(RequestHeaders.idempotencyKey, "header", isRequired: false)
    writer.key("IfMatch")
    writeParameter(RequestHeaders.ifMatch, "header", isRequired: false)
    writer.endObject()
    writer.key("headers")
    writer.beginObject()
    for header in ResponseHeader.all { write(header) }
    writer.endObject()
    writer.key("responses")
    writer.beginObject()
    for status in Set(ProblemCode.allCases.map(\.status)).sorted() { writeProblem(status) }
    writer.endObject()
    writer.key("schemas")
    writeSchemas()
    writer.endObject()
  }

  /// The schemas that routes name, with all that those refer to.
  private mutating func writeSchemas() {
    components.add(ProblemView.self, .output)
    for operation in Route.table.map(\.operation) {
      let bodies = [operation.body.schema] + operation.successes.flatMap { $0.content.map(\.schema) }
      for form in bodies.compactMap({ $0?.forms }).joined() { form.add(to: &components) }
    }
    writer.beginObject()
    for (name, schema) in components.schemas {
      writer.key(named: name)
      schema.write(to: &writer)
    }
    writer.endObject()
  }

  private mutating func writeProblem(_ status: Int) {
    let codes = ProblemCode.allCases.filter { $0.status == status }.map(\.rawValue).sorted()
    let own = [401: "WWW-Authenticate", 405: "Allow", 429: "Retry-After", 503: "Retry-After"][status]
    writer.key(named: "Problem\(status)")
    writer.beginObject()
    member("description", codes.joined(separator: ", "))
    writer.key("headers")
    writer.beginObject()
    for header in ["X-Request-Id"] + (own.map { [$0] } ?? []) {
      writer.key(named: header)
      OpenAPIDocument.reference("headers", header).write(to: &writer)
    }
    writer.endObject()
    let problem: JSONTree = ["schema": OpenAPIDocument.reference("schemas", "Problem")]
    member("content", ["application/problem+json": problem])
    writer.endObject()
  }

  private mutating func write(_ header: ResponseHeader) {
    writer.key(named: header.name)
    writer.beginObject()
    writer.key("required")
    writer.bool(header.isAlwaysThere)
    member("schema", header.schema)
    if let note = header.note { member("description", note) }
    writer.endObject()
  }
}

extension QueryForm {
  /// How its parameters are described; what they refer to is added.
  fileprivate static func parameters(_ components: inout SchemaComponents) -> [ParameterDescription] {
    components.parameters(of: Self.self)
  }
}

extension Route {
  /// Whether an answer is kept under the caller's key. The lines of a billing run, and messages, may be sent again by
  /// themselves.
  fileprivate var takesIdempotencyKey: Bool {
    switch operation.body {
    case .lines, .events: return false
    case .none, .optional, .required: break
    }
    if case .deciding = handler { return true }
    return false
  }
}
