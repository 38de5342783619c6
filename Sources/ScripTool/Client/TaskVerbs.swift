import CommandLineClient
import JSON

extension Verb {
  /// Tasks: work that is due at some time.
  static let tasks: [Verb] = [
    Verb(
      "task list", [], "list tasks: what is due at some time, how it stands and what it failed with",
      flags: [
        .value("state", "STATE", "Only in this state: parked."),
        .value("limit", "N", usual: "100", "How many at most."),
        .value("cursor", "CURSOR", "Where the last page ended."),
      ] + Flag.client, run: TaskVerbs.list),
    Verb(
      "task retry", ["KIND", "KEY"], "have a parked task tried again at once", flags: Flag.client,
      run: TaskVerbs.retry),
    Verb(
      "task cancel", ["KIND", "KEY"], "call off a task that need not be done, such as a mail",
      flags: [.value("reason", "TEXT", "Your own words."), .idempotencyKey] + Flag.client,
      run: TaskVerbs.cancel),
  ]
}

/// What the verbs about tasks do.
enum TaskVerbs {
  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", "/v1/tasks", query: ["state", "limit", "cursor"].map { ($0, invocation[$0]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("kind", "key", "due", "state", ">attempts", "next try", "reason")
      for task in page["data"]?.elements ?? [] {
        table.add(
          task.shown("kind"), task.shown("key"), task.shown("due_at"), task.shown("state"),
          task.shown("attempts"), task.shown("next_try"), task.shown("reason"))
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
    let reply = try await invocation.client().command("/v1/tasks/retry", body: body.bytes)
    try invocation.show(reply, on: console) { "\($0.shown("kind")) \($0.shown("key")) is tried again." }
  }

  @Sendable static func cancel(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    members.set("kind", .string(try invocation.operand(0, "KIND")))
    members.set("key", .string(try invocation.operand(1, "KEY")))
    members.set("reason", invocation["reason"].map(JSONText.string))
    let reply = try await invocation.client().command(
      "/v1/tasks/cancel", body: members.body, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { "\($0.shown("kind")) \($0.shown("key")) is called off." }
  }
}
