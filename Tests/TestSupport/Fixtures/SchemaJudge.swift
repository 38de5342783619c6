import JSON

/// Whether a JSON value holds to a schema of a document: as much of JSON Schema as our documents use for shapes. What it
/// does not know (patterns, formats) it takes for fulfilled.
public struct SchemaJudge {
  private let schemas: JSONNode?

  /// By the schemas of an OpenAPI document.
  public init(document: JSONNode) { schemas = document["components"]?["schemas"] }

  /// By the definitions of a JSON Schema.
  public init(definitionsOf schema: JSONNode) { schemas = schema["$defs"] }

  /// Whether a value is what the schema of a name describes.
  public func takes(_ value: JSONNode, as name: String) -> Bool {
    schemas?.member(named: name).map { holds(value, $0) } ?? false
  }

  private func holds(_ value: JSONNode, _ schema: JSONNode) -> Bool {
    if schema.kind == .bool { return schema.bool() == true }
    var holds = true
    schema.forEachMember { key, operand in
      if !self.holds(value, key.string(), operand, schema) { holds = false }
    }
    return holds
  }

  private func holds(
    _ value: JSONNode, _ keyword: String, _ operand: JSONNode, _ schema: JSONNode
  ) -> Bool {
    switch keyword {
    case "$ref":
      let name = operand.string()?.split(separator: "/").last.map(String.init) ?? ""
      return takes(value, as: name)
    case "type":
      return operand.kind == .array
        ? elements(operand).contains { isOf(value, $0.string() ?? "") } : isOf(value, operand.string() ?? "")
    case "const": return same(value, operand)
    case "enum": return elements(operand).contains { same(value, $0) }
    case "anyOf": return elements(operand).contains { holds(value, $0) }
    case "oneOf": return elements(operand).filter { holds(value, $0) }.count == 1
    case "required":
      return value.kind != .object
        || elements(operand).allSatisfy { value.member(named: $0.string() ?? "") != nil }
    case "properties":
      return eachMember(of: value) { name, member in
        operand.member(named: name).map { holds(member, $0) }
      }
    case "additionalProperties":
      return eachMember(of: value) { name, member in
        schema["properties"]?.member(named: name) == nil ? holds(member, operand) : nil
      }
    case "items": return elements(value).allSatisfy { holds($0, operand) }
    case "minItems": return value.kind != .array || value.count >= operand.int64() ?? 0
    case "maxItems": return value.kind != .array || value.count <= operand.int64() ?? 0
    case "minProperties": return value.kind != .object || value.count >= operand.int64() ?? 0
    case "maxProperties": return value.kind != .object || value.count <= operand.int64() ?? 0
    case "minimum": return value.int64().map { $0 >= operand.int64() ?? 0 } ?? true
    case "maximum": return value.int64().map { $0 <= operand.int64() ?? 0 } ?? true
    case "minLength": return value.string().map { $0.unicodeScalars.count >= operand.int64() ?? 0 } ?? true
    case "maxLength": return value.string().map { $0.unicodeScalars.count <= operand.int64() ?? 0 } ?? true
    default: return true
    }
  }

  private func isOf(_ value: JSONNode, _ type: String) -> Bool {
    switch value.kind {
    case .null: type == "null"
    case .bool: type == "boolean"
    case .integer: type == "integer" || type == "number"
    case .number: type == "number"
    case .string: type == "string"
    case .array: type == "array"
    case .object: type == "object"
    }
  }

  private func same(_ left: JSONNode, _ right: JSONNode) -> Bool {
    left.kind == right.kind && left.string() == right.string() && left.bool() == right.bool()
      && left.int64() == right.int64()
  }

  private func elements(_ node: JSONNode) -> [JSONNode] {
    var elements: [JSONNode] = []
    node.forEachElement { elements.append($0) }
    return elements
  }

  private func eachMember(of value: JSONNode, _ judge: (String, JSONNode) -> Bool?) -> Bool {
    var holds = true
    value.forEachMember { key, member in if judge(key.string(), member) == false { holds = false } }
    return holds
  }
}
