import CommandLineClient

extension Verb {
  /// What names persons.
  static let persons: [Verb] = [
    Verb(
      "persons show", ["USER_ID"], "show a person's pseudonym, and all by which the person is named",
      flags: [PersonVerbs.email] + Flag.client, run: PersonVerbs.show),
    Verb(
      "persons erase", ["USER_ID"], "erase all by which a person is named; limits hold all the same",
      details: "A pseudonym, as events show it, serves as well as the user id.",
      flags: [PersonVerbs.email] + Flag.client,
      run: PersonVerbs.erase),
  ]
}

/// What the verbs about persons do.
enum PersonVerbs {
  fileprivate static let email = Flag.option(
    "email", "USER_ID is the e-mail address of a guest, who has ordered without a user id.")

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", try path(invocation), query: try query(invocation))
    try invocation.show(reply, on: console) { person in
      let contacts = (person["contacts"]?.elements ?? []).map { contact in
        ["email", "name"].compactMap { contact.text($0) }.joined(separator: "  ")
      }
      let named = ["pseudonym", "user_id"].compactMap { person.text($0) }.joined(separator: "  ")
      return ([named] + contacts).joined(separator: "\n")
    }
  }

  @Sendable static func erase(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "DELETE", try path(invocation), query: try query(invocation))
    try invocation.show(reply, on: console) { "\($0.shown("pseudonym")) is named nowhere." }
  }

  private static func query(_ invocation: Invocation) throws(ToolError) -> [(String, String?)] {
    [("by", try invocation.isOn("email") ? "email" : nil)]
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/persons/\(escaped(try invocation.operand(0, "USER_ID")))"
  }
}
