import Forms
import JSON
import Scrip

/// What this is.
struct ServiceView: ObjectForm {
  static let formName = "Service"

  var version: String  // String: shown, never looked up

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ service: Self?) -> Self? {
    let name = walk.required("name", service.map { _ in "scrip" }, .text())
    let version = walk.required("version", service?.version, .text())
    let openAPI = walk.required("openapi", service.map { _ in "/v1/openapi.json" }, .text())
    guard name != nil, let version, openAPI != nil else { return nil }
    return ServiceView(version: version)
  }
}

/// How it is.
struct HealthView: ObjectForm {
  static let formName = "Health"

  private enum Status: String, CaseIterable { case ok, hindered }

  /// What hinders it; nil if nothing does.
  var hindrance: String?  // String: shown, never looked up

  private var status: Status { hindrance == nil ? .ok : .hindered }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ health: Self?) -> Self? {
    let status = walk.required(
      "status", health?.status, .choice(),
      "hindered: it works, but its log can't be shortened; see the metrics and the log.")
    let reason = walk.sparse(
      "reason", health.flatMap(\.hindrance), .text(), "Why it is hindered; absent if it is not.")
    guard status != nil, let reason else { return nil }
    return HealthView(hindrance: reason)
  }
}

/// The OpenAPI document, which describes itself no further.
struct OpenAPIView: ObjectForm {
  static let formName = "OpenAPI"

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ document: Self?) -> Self? {
    _ = walk.required("openapi", document.map { _ in "3.1.0" }, .text())
    for name: StaticString in ["info", "paths", "components"] {
      _ = walk.required(name, nil, AnyObjectForm())
    }
    return OpenAPIView()
  }
}

/// Some object.
struct AnyObjectForm: ValueForm {
  func read(_ value: ValueReader) -> JSONTree? { JSONTree(value.node) }

  func write(_ value: JSONTree, to writer: inout JSONWriter) { value.write(to: &writer) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "object"] }
}
