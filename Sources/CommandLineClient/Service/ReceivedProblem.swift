import JSON

/// A refusal as the service words it (RFC 9457).
package struct ReceivedProblem: Sendable {
  /// One thing that stands in the way.
  package struct Item: Hashable, Sendable {
    package let pointer: String
    package let code: String
    package let message: String
  }

  package let status: Int
  package let code: String
  package let detail: String
  package let items: [Item]

  /// Reads a problem document; anything else is quoted as it came.
  package init(_ reply: ServiceClient.Reply) {
    status = reply.status
    let node = try? JSONDocument(parsing: reply.body).root
    code = node?["code"]?.string() ?? "http_\(reply.status)"
    detail =
      node?["detail"]?.string() ?? node?["title"]?.string()
      ?? "The service answered \(reply.status): \(String(decoding: reply.body.prefix(200), as: UTF8.self))"
    var items: [Item] = []
    node?["errors"]?.forEachElement { item in
      items.append(
        Item(
          pointer: item["pointer"]?.string() ?? "", code: item["code"]?.string() ?? "",
          message: item["message"]?.string() ?? ""))
    }
    self.items = items
  }

  /// The refusal in sentences, each with its code.
  package var sentences: String {
    let lines = items.map { item in
      "\n  \(item.pointer.isEmpty ? "" : "\(item.pointer): ")\(item.message) (\(item.code))"
    }
    return "\(detail) (\(code))" + lines.joined() + advice
  }

  /// What to do about a key that does not open the door.
  private var advice: String {
    switch code {
    case "unauthenticated":
      "\nGive a key that works with --key (or SCRIP_KEY). If all are lost: scrip key create --role admin --data FOLDER"
    case "forbidden": "\nGive the key of another role with --key (or SCRIP_KEY)."
    default: ""
    }
  }
}
