import CommandLineClient
import JSON

extension Verb {
  /// Work that is due at some time.
  static let due: [Verb] = [
    Verb(
      "due list", [], "list work that is due at some time, with its state and what it failed with",
      flags: [
        .value("state", "STATE", "Only in this state: parked."),
        .value("limit", "N", usual: "100", "How many at most."),
        .value("cursor", "CURSOR", "Where the last page ended."),
      ] + Flag.client, run: DueVerbs.list),
    Verb(
      "due retry", ["KIND", "KEY"], "have parked work tried again at once", flags: Flag.client,
      run: DueVerbs.retry),
  ]
}

/// What the verbs about due work do.
enum DueVerbs {
  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", "/v1/due-work", query: ["state", "limit", "cursor"].map { ($0, invocation[$0]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("kind", "key", "due", "state", ">attempts", "next try", "reason")
      for work in page["data"]?.elements ?? [] {
        table.add(
          work.shown("kind"), work.shown("key"), work.shown("due_at"), work.shown("state"),
          work.shown("attempts"), work.shown("next_try"), work.shown("reason"))
      }
      let more = page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? ""
      return table.text + more
    }
  }

  @Sendable static func retry(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let body = JSONText.object([
      ("kind", .string(try invocation.operand(0, "KIND"))),
      ("key", .string(try invocation.operand(1, "KEY"))),
    ])
    let reply = try await invocation.client().command("/v1/due-work/retry", body: body.bytes)
    try invocation.show(reply, on: console) { "\($0.shown("kind")) \($0.shown("key")) is tried again." }
  }
}
