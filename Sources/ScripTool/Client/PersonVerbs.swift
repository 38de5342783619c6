import CommandLineClient

extension Verb {
  /// What names persons.
  static let persons: [Verb] = [
    Verb(
      "persons show", ["USER_ID"], "show a person's pseudonym, and all by which the person is named",
      flags: Flag.client, run: PersonVerbs.show),
    Verb(
      "persons erase", ["USER_ID"], "erase all by which a person is named; limits hold all the same",
      details: "A pseudonym, as events show it, serves as well as the user id.", flags: Flag.client,
      run: PersonVerbs.erase),
  ]
}

/// What the verbs about persons do.
enum PersonVerbs {
  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", try path(invocation))
    try invocation.show(reply, on: console) { "\($0.shown("pseudonym"))  \($0.shown("user_id"))" }
  }

  @Sendable static func erase(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("DELETE", try path(invocation))
    try invocation.show(reply, on: console) { "\($0.shown("pseudonym")) is named nowhere." }
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/persons/\(escaped(try invocation.operand(0, "USER_ID")))"
  }
}
