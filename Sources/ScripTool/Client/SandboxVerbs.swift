import CommandLineClient
import JSON

extension Verb {
  /// Sandboxes and their clocks.
  static let sandboxes: [Verb] = [
    Verb(
      "sandbox create", ["NAME", "INSTANT"], "make a sandbox whose clock begins at an instant",
      details:
        "A sandbox is a tenant of its own. Its admin key is shown this once; --key opens it from then on.",
      flags: Flag.client, run: SandboxVerbs.create),
    Verb(
      "sandbox clock", [], "show where the sandbox's clock stands", flags: Flag.client,
      run: SandboxVerbs.clock),
    Verb(
      "sandbox advance", ["INSTANT"], "move the sandbox's clock forward", flags: Flag.client,
      run: SandboxVerbs.advance),
  ]
}

/// What the verbs about sandboxes do.
enum SandboxVerbs {
  @Sendable static func create(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let body = JSONText.object([
      ("name", .string(try invocation.operand(0, "NAME"))),
      ("now", .string(try invocation.operand(1, "INSTANT"))),
    ])
    let reply = try await invocation.client().command("/v1/test-clocks", body: body.bytes)
    try invocation.show(reply, on: console) { sandbox in
      "\(words(sandbox, console))\nadmin key  \(sandbox["key"]?.shown("secret") ?? "-")"
    }
  }

  @Sendable static func clock(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", "/v1/test-clock")
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func advance(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let body = JSONText.object([("to", .string(try invocation.operand(0, "INSTANT")))])
    let reply = try await invocation.client().command("/v1/test-clock/advance", body: body.bytes)
    try invocation.show(reply, on: console) { words($0, console) }
  }

  private static func words(_ sandbox: JSONNode, _ console: Console) -> String {
    "\(console.styled(sandbox.shown("name"), .strong))  \(sandbox.shown("tenant_id"))\nclock      \(sandbox.shown("now"))"
  }
}
