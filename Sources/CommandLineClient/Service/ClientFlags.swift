import Foundation
import JSON

extension Flag {
  /// What every verb needs that asks a running service.
  package static let client: [Flag] = [
    .setting("url", "URL", usual: "http://127.0.0.1:8080", "Where the service listens."),
    .setting("key", "KEY", "The key that opens the API; the first start of the service prints one."),
    .setting("timeout", "TIME", usual: "30s", "How long to wait for an answer."),
    .toggle("json", "Print JSON for machines instead of tables for people."),
  ]

  /// For commands that may be sent again.
  package static let idempotencyKey = Flag.value(
    "idempotency-key", "KEY",
    "Send this Idempotency-Key, so that a retry gets the first answer; otherwise a new one.")
}

extension Invocation {
  /// The client that the flags describe.
  package func client(connectionsMax: Int = 6) throws(ToolError) -> ServiceClient {
    try ServiceClient(
      url: try required("url"), key: try required("key"), timeout: try duration("timeout"),
      connectionsMax: connectionsMax)
  }

  /// Prints an answer: as it came with `--json`, otherwise as the closure words it.
  package func show(
    _ reply: ServiceClient.Reply, on console: Console, _ words: (JSONNode) -> String
  ) throws(ToolError) {
    if try isOn("json") {
      console.print(String(decoding: reply.body, as: UTF8.self))
    } else {
      console.print(words(try reply.printable()))
    }
  }
}

/// The bytes of a file, or of standard input for `-`.
package func contents(of path: String) throws(ToolError) -> [UInt8] {
  do {
    if path == "-" { return [UInt8](try FileHandle.standardInput.readToEnd() ?? Data()) }
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  } catch {
    throw .usage("\(path) can't be read: \(reason(of: error))")
  }
}

/// The JSON object in a file, or in standard input for `-`.
package func jsonObject(in path: String) throws(ToolError) -> JSONNode {
  let bytes = try contents(of: path)
  let node: JSONNode
  do throws(JSONSyntaxError) {
    node = try JSONDocument(parsing: bytes).root
  } catch {
    throw .usage("\(path) is not JSON: \(error)")
  }
  guard node.kind == .object else { throw .usage("\(path) must hold a JSON object.") }
  return node
}
