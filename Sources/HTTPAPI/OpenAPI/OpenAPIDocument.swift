import HTTPServer
import JSON
import Scrip
import Wire

/// The OpenAPI 3.1 document, written from the route table and the schemas.
struct OpenAPIDocument {
  private var writer = JSONWriter(capacity: 1 << 17)

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
    if route.method == .post || route.method == .patch { statuses.append(415) }
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

  private mutating func raw(_ name: StaticString, _ json: String) {
    writer.key(name)
    writer.raw(Array(json.utf8))
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
    guard let roles = route.roles else { return raw("security", "[]") }
    raw("security", #"[{"key":[]}]"#)
    let names = AccessKey.Role.allCases.filter(roles.contains).map(\.rawValue)
    member("description", "For keys with the role \(names.joined(separator: " or ")).")
  }

  private mutating func writeParameters(of route: Route) {
    writer.key("parameters")
    writer.beginArray()
    for segment in route.pattern.split(separator: "/") where segment.hasPrefix("{") {
      let name = String(segment.dropFirst().dropLast())
      writeParameter(name, "path", isRequired: true, OpenAPIDocument.pathSchema(name), nil)
    }
    for parameter in route.operation.query {
      let isRequired = parameter.description.hasSuffix("required.")
      writeParameter(
        parameter.name, "query", isRequired: isRequired, parameter.schema, parameter.description)
    }
    if route.method == .post || route.method == .patch || route.method == .delete {
      writer.raw(Array(##"{"$ref":"#/components/parameters/IdempotencyKey"}"##.utf8))
    }
    if route.operation.problems.contains(412) {
      writer.raw(Array(##"{"$ref":"#/components/parameters/IfMatch"}"##.utf8))
    }
    writer.endArray()
  }

  private mutating func writeParameter(
    _ name: String, _ place: String, isRequired: Bool, _ schema: String, _ description: String?
  ) {
    writer.beginObject()
    member("name", name)
    member("in", place)
    writer.key("required")
    writer.bool(isRequired)
    if let description { member("description", description) }
    raw("schema", schema)
    writer.endObject()
  }

  private static func pathSchema(_ name: String) -> String {
    let letters = "[0-7][0-9a-hjkmnp-tv-z]{25}"
    return switch name {
    case "coupon_id": #"{"type":"string","pattern":"^coupon_\#(letters)$"}"#
    case "application_id": #"{"type":"string","pattern":"^application_\#(letters)$"}"#
    case "key_id": #"{"type":"string","pattern":"^key_\#(letters)$"}"#
    case "user_id": #"{"type":"string","minLength":1,"maxLength":200}"#
    case "version": #"{"type":"integer","minimum":1,"maximum":9223372036854775807}"#
    default: preconditionFailure("every path parameter has a schema")
    }
  }

  private mutating func writeBody(of route: Route) {
    let (schema, isRequired): (String, Bool)
    switch route.operation.body {
    case .none: return
    case .optional(let reference): (schema, isRequired) = (reference.schema, false)
    case .required(let reference): (schema, isRequired) = (reference.schema, true)
    }
    let reference = #"{"schema":\#(schema)}"#
    let mergePatch = route.method == .patch ? #","application/merge-patch+json":\#(reference)"# : ""
    raw(
      "requestBody",
      #"{"required":\#(isRequired),"content":{"application/json":\#(reference)\#(mergePatch)}}"#)
  }

  private mutating func writeResponses(of route: Route) {
    writer.key("responses")
    writer.beginObject()
    for success in route.operation.successes { write(success, of: route) }
    for status in OpenAPIDocument.problemStatuses(of: route) {
      writer.key(named: String(status))
      writer.raw(Array(##"{"$ref":"#/components/responses/Problem\##(status)"}"##.utf8))
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
    if case .deciding = route.handler { headers.append("Idempotency-Replayed") }
    for header in headers {
      writer.key(named: header)
      writer.raw(Array(##"{"$ref":"#/components/headers/\##(header)"}"##.utf8))
    }
    writer.endObject()
    writer.key("content")
    writer.beginObject()
    for (type, schema) in success.content {
      writer.key(named: type)
      let reference = schema?.schema ?? #"{"type":"string"}"#
      writer.raw(Array(#"{"schema":\#(reference)}"#.utf8))
    }
    writer.endObject()
    writer.endObject()
  }
}

/// Components.
extension OpenAPIDocument {
  private mutating func writeComponents() {
    writer.beginObject()
    raw(
      "securitySchemes",
      #"{"key":{"type":"http","scheme":"bearer","description":"A key of a tenant: Authorization: Bearer scrip_…"}}"#
    )
    raw("parameters", OpenAPIDocument.parameters)
    raw("headers", OpenAPIDocument.headers)
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
    var components = SchemaComponents()
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
      writer.raw(Array(##"{"$ref":"#/components/headers/\##(header)"}"##.utf8))
    }
    writer.endObject()
    raw(
      "content",
      ##"{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}"##)
    writer.endObject()
  }

  private static let parameters = #"""
    {"IdempotencyKey": {"name": "Idempotency-Key", "in": "header", "required": false,
      "description": "A retry with the same key and body gets the same answer, marked Idempotency-Replayed.",
      "schema": {"type": "string", "pattern": "^[!-~]{1,255}$", "minLength": 1, "maxLength": 255}},
     "IfMatch": {"name": "If-Match", "in": "header", "required": false,
      "description": "The ETag that the caller has seen; another version is refused with 412.",
      "schema": {"type": "string", "examples": ["\"v3\""]}}}
    """#

  private static let headers = #"""
    {"X-Request-Id": {"required": true, "schema": {"type": "string"},
      "description": "The caller's X-Request-Id, or a fresh one."},
     "ETag": {"required": true, "schema": {"type": "string", "pattern": "^\"[a-z0-9]+\"$"},
      "description": "Of a coupon the version of its terms; of settings a text that changes with them."},
     "Location": {"required": true, "schema": {"type": "string"}, "description": "Where the new thing is."},
     "Cache-Control": {"required": true, "schema": {"const": "no-store"}},
     "Idempotency-Replayed": {"required": false, "schema": {"const": "true"},
      "description": "There if the answer was given before, under the same Idempotency-Key."},
     "WWW-Authenticate": {"required": true, "schema": {"type": "string"}},
     "Allow": {"required": true, "schema": {"type": "string"}},
     "Retry-After": {"required": true, "schema": {"type": "string", "pattern": "^[0-9]+$"},
      "description": "Seconds to wait."}}
    """#
}
