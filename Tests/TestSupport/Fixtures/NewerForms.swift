import JSON

/// The same text as a newer version might write it: with a member more in every object, except where names are data
/// themselves, where a rule's meaning would change, and within what is kept as bytes.
public func addingMembers(to json: [UInt8]) throws -> [UInt8] {
  func copy(_ node: JSONNode, to writer: inout JSONWriter, adds: Bool) {
    switch node.kind {
    case .object:
      writer.beginObject()
      node.forEachMember { name, value in
        writer.key(named: name.string())
        copy(value, to: &writer, adds: adds && !closedMembers.contains(name.string()))
      }
      if adds {
        writer.key("added_later")
        writer.object { writer in
          writer.key("by")
          writer.array { $0.string("a newer version") }
        }
      }
      writer.endObject()
    case .array: writer.array { writer in node.forEachElement { copy($0, to: &writer, adds: adds) } }
    case .string: writer.string(node.string() ?? "")
    case .integer: writer.int(node.int64() ?? 0)
    case .bool: writer.bool(node.bool() ?? false)
    case .null, .number: writer.null()
    }
  }
  var writer = JSONWriter()
  copy(try JSONDocument(parsing: json).root, to: &writer, adds: true)
  return writer.finish()
}

private let closedMembers: Set<String> = [
  "metadata", "facts", "amounts", "cap", "minimum", "budget", "rules", "eligible_lines", "quote", "basis",
]
