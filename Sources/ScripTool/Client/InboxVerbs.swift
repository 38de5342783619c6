import CommandLineClient
import JSON

extension Verb {
  /// Shops' own messages.
  static let inbox: [Verb] = [
    Verb(
      "inbox list", [], "list messages that somebody should look at",
      flags: [
        .value(
          "state", "STATE", usual: "dead", "dead, refused, waiting, ignored, done or discarded."),
        .value("limit", "N", usual: "100", "How many at most."),
        .value("cursor", "CURSOR", "Where the last page ended."),
      ] + Flag.client, run: InboxVerbs.list),
    Verb(
      "inbox show", ["MESSAGE"], "show a message with what it said", flags: Flag.client, run: InboxVerbs.show),
    Verb(
      "inbox replay", ["MESSAGE"], "take a dead or refused message again",
      flags: [
        .value("data", "FILE", "A file with what its data should have been; - is standard input.")
      ] + Flag.client, run: InboxVerbs.replay),
    Verb(
      "inbox discard", ["MESSAGE"], "put a dead or refused message aside", flags: Flag.client,
      run: InboxVerbs.discard),
    Verb(
      "inbox mapping show", [], "show where the parts of the shop's messages stand", flags: Flag.client,
      run: InboxVerbs.showMapping),
    Verb(
      "inbox mapping set", ["FILE"], "say where the parts of the shop's messages stand",
      details:
        "What the file leaves out is the default. A file that 'scrip inbox mapping show' has printed will do. See docs/inbox.md.",
      flags: [.value("if-version", "N", "Only if it is still at this version; 0 if nobody has set one.")]
        + Flag.client, run: InboxVerbs.setMapping),
    Verb(
      "inbox preview", ["FILE"], "show what a message means; nothing is done",
      flags: [.value("mapping", "FILE", "Another mapping than the tenant's, to try it out.")] + Flag.client,
      run: InboxVerbs.preview),
  ]
}

/// What the verbs about shops' messages do.
enum InboxVerbs {
  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", "/v1/inbox/messages", query: ["state", "limit", "cursor"].map { ($0, invocation[$0]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("message", "received", "type", "order", "reason", "pointer", ">attempts")
      for message in page["data"]?.elements ?? [] {
        table.add(
          message.shown("message_id"), message.shown("received_at"), message.text("type") ?? "-",
          message.text("order_id") ?? "-", message.text("reason") ?? "-", message.text("pointer") ?? "-",
          message.shown("attempts"))
      }
      let more = page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? ""
      return table.text + more
    }
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await showJSON("GET", try path(invocation), nil, invocation, console)
  }

  @Sendable static func replay(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members: [(String, JSONText)] = []
    if let file = invocation["data"] { members.append(("data", try json(of: file))) }
    let reply = try await invocation.client().call(
      "POST", try path(invocation) + "/replay", body: JSONText.object(members).bytes)
    try tell(reply, invocation, console)
  }

  @Sendable static func discard(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "POST", try path(invocation) + "/discard", body: JSONText.object([]).bytes)
    try tell(reply, invocation, console)
  }

  @Sendable static func showMapping(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await showJSON("GET", "/v1/inbox/mapping", nil, invocation, console)
  }

  @Sendable static func setMapping(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let version = try invocation.integer("if-version", in: 0...Int.max)
    let reply = try await invocation.client().call(
      "PUT", "/v1/inbox/mapping", body: try mapping(of: invocation.operand(0, "FILE")).bytes,
      headers: version.map { ["If-Match": "\"v\($0)\""] } ?? [:])
    try invocation.show(reply, on: console) { "The mapping is at version \($0.shown("version"))." }
  }

  @Sendable static func preview(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = [("message", try json(of: invocation.operand(0, "FILE")))]
    if let file = invocation["mapping"] { members.append(("mapping", try mapping(of: file))) }
    try await showJSON(
      "POST", "/v1/inbox/preview", JSONText.object(members).bytes, invocation, console)
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/inbox/messages/\(escaped(try invocation.operand(0, "MESSAGE")))"
  }

  private static func json(of file: String) throws(ToolError) -> JSONText {
    let bytes = try contents(of: file)
    do throws(JSONSyntaxError) { _ = try JSONDocument(parsing: bytes) } catch {
      throw .usage("\(file) is not JSON: \(error).")
    }
    return JSONText(bytes: bytes)
  }

  /// A mapping as `inbox mapping show` prints it, or as somebody wrote it: its version is not a part of it.
  private static func mapping(of file: String) throws(ToolError) -> JSONText {
    let object = try jsonObject(in: file)
    return .object(object.members.filter { $0.0 != "version" }.map { ($0.0, JSONText(bytes: $0.1.bytes)) })
  }

  private static func tell(
    _ reply: ServiceClient.Reply, _ invocation: Invocation, _ console: Console
  ) throws(ToolError) {
    try invocation.show(reply, on: console) { outcome in
      let why = outcome.text("reason").map { ": \($0)" } ?? ""
      return "\(outcome.shown("message_id")) is \(outcome.shown("outcome"))\(why)"
    }
  }

  /// Shows an answer as it is: what is asked for is JSON that somebody wants to mend.
  private static func showJSON(
    _ method: String, _ path: String, _ body: [UInt8]?, _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    let reply = try await invocation.client().call(method, path, body: body)
    try invocation.show(reply, on: console) { String(decoding: $0.bytes, as: UTF8.self) }
  }
}
