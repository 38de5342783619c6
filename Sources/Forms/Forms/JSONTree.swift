import JSON

/// A JSON value that is put together piece by piece and written once, such as a schema.
public indirect enum JSONTree: Sendable {
  /// A string.
  case text(String)
  /// An integer.
  case int(Int64)
  /// `true` or `false`.
  case bool(Bool)
  /// `null`.
  case null
  /// An array.
  case list([JSONTree])
  /// An object with its members in order.
  case object([Member])
  /// JSON that is there already.
  case encoded(String)

  /// One member of an object.
  public struct Member: Sendable {
    let name: String
    let value: JSONTree
  }

  /// Takes a value that was read; numbers that are no 64-bit integers become null.
  public init(_ node: JSONNode) {
    switch node.kind {
    case .object:
      var members: [Member] = []
      node.forEachMember { members.append(Member(name: $0.string(), value: JSONTree($1))) }
      self = .object(members)
    case .array:
      var elements: [JSONTree] = []
      node.forEachElement { elements.append(JSONTree($0)) }
      self = .list(elements)
    case .string: self = .text(node.string() ?? "")
    case .bool: self = .bool(node.bool() ?? false)
    case .integer: self = node.int64().map(JSONTree.int) ?? .null
    case .number, .null: self = .null
    }
  }

  /// Writes the value as the next one.
  public func write(to writer: inout JSONWriter) {
    switch self {
    case .text(let text): writer.string(text)
    case .int(let value): writer.int(value)
    case .bool(let value): writer.bool(value)
    case .null: writer.null()
    case .encoded(let json): writer.raw(Array(json.utf8))
    case .list(let elements):
      writer.array { writer in for element in elements { element.write(to: &writer) } }
    case .object(let members):
      writer.object { writer in
        for member in members {
          writer.key(named: member.name)
          member.value.write(to: &writer)
        }
      }
    }
  }

  /// The object with one more member at its end.
  public func with(_ name: String, _ value: JSONTree) -> JSONTree {
    guard case .object(let members) = self else { preconditionFailure("Only objects have members.") }
    return .object(members + [Member(name: name, value: value)])
  }
}

extension JSONTree: ExpressibleByDictionaryLiteral {
  /// An object, in the order of the literal.
  public init(dictionaryLiteral elements: (String, JSONTree)...) {
    self = .object(elements.map { Member(name: $0.0, value: $0.1) })
  }
}

extension JSONTree: ExpressibleByStringLiteral {
  /// A string.
  public init(stringLiteral text: String) { self = .text(text) }
}

extension JSONTree: ExpressibleByIntegerLiteral {
  /// An integer.
  public init(integerLiteral value: Int64) { self = .int(value) }
}

extension JSONTree: ExpressibleByBooleanLiteral {
  /// `true` or `false`.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSONTree: ExpressibleByArrayLiteral {
  /// An array.
  public init(arrayLiteral elements: JSONTree...) { self = .list(elements) }
}

/// JSON Schema.
extension JSONTree {
  /// The schema of an object with a form of its own.
  public static func object<Form: ObjectForm>(_: Form.Type, _ walk: inout SchemaWalk) -> JSONTree {
    NestedForm<Form>().schema(&walk)
  }

  /// A schema by its name.
  public static func reference(_ name: String) -> JSONTree { ["$ref": .text("#/components/schemas/\(name)")] }

  /// A schema that also allows `null`.
  public var orNull: JSONTree {
    guard case .object(let members) = self else { preconditionFailure("A schema is an object.") }
    if members.contains(where: { ["const", "$ref", "oneOf", "anyOf"].contains($0.name) }) {
      return ["anyOf": [self, ["type": "null"]]]
    }
    return .object(members.map(\.orNull))
  }

  /// A schema with a word about it; a reference keeps its own and gets this one beside it.
  public func noted(_ note: StaticString?) -> JSONTree {
    guard let note else { return self }
    return with("description", .text("\(note)"))
  }
}

extension JSONTree.Member {
  /// `type` and `enum` of a schema that also allows `null`.
  fileprivate var orNull: JSONTree.Member {
    switch (name, value) {
    case ("type", .text): JSONTree.Member(name: name, value: [value, "null"])
    case ("enum", .list(let choices)): JSONTree.Member(name: name, value: .list(choices + [.null]))
    default: self
    }
  }
}
