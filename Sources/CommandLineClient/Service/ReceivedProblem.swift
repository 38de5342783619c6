import JSON

/// A refusal as the service words it (RFC 9457).
package struct ReceivedProblem: Sendable {
  /// One thing that stands in the way.
  package struct Item: Hashable, Sendable {
    package let pointer: String
    package let code: String
    package let message: String
    /// The place in a text of several lines, such as `line 2, column 7`; empty where the service names none.
    package var place = ""

    /// Where it stands and what it is.
    fileprivate var sentence: String {
      let place = [pointer, place].filter { !$0.isEmpty }.joined(separator: ", ")
      return "\(place.isEmpty ? "" : "\(place): ")\(message) (\(code))"
    }
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
          message: item["message"]?.string() ?? "", place: ReceivedProblem.place(item["facts"])))
    }
    self.items = items
  }

  /// The refusal in sentences, each with its code.
  package var sentences: String {
    "\(detail) (\(code))" + items.map { "\n  \($0.sentence)" }.joined() + advice
  }

  private static func place(_ facts: JSONNode?) -> String {
    guard let line = facts?["line"]?.int64(), let column = facts?["column"]?.int64() else { return "" }
    return "line \(line), column \(column)"
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
