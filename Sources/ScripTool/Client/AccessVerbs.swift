import CommandLineClient
import JSON

extension Verb {
  /// Keys, tenants and settings.
  static let access: [Verb] = [
    Verb(
      "key create", [], "make a key and show its secret once",
      details: """
        With --data it opens the data folder itself, also beside a running service: the way in when the last \
        admin key is lost.
        """,
      flags: [
        .value("role", "ROLE", usual: "server", "admin, server or publishable."),
        .value("name", "NAME", usual: "made on the command line", "What people call it."),
        .value("tenant", "N", usual: "1", "Whose key, with --data."),
      ] + Flag.folder + Flag.client, run: AccessVerbs.createKey),
    Verb(
      "key list", [], "list keys, oldest first",
      flags: [
        .value("limit", "N", usual: "100", "How many at most."),
        .value("cursor", "CURSOR", "Where the last page ended."),
      ] + Flag.client, run: AccessVerbs.listKeys),
    Verb(
      "key revoke", ["KEY_ID"], "make a key useless at once", flags: Flag.client, run: AccessVerbs.revokeKey),
    Verb(
      "settings show", [], "show how coupons are computed and held", flags: Flag.client,
      run: AccessVerbs.showSettings),
    Verb(
      "settings set", [], "change how coupons are computed and held; locks keep what was agreed",
      flags: [
        .value("rounding", "RULE", "half_up, half_even or down."),
        .value("percent-base", "BASE", "running or original."),
        .value("lock-seconds", "SECONDS", "How long a lock lasts when the caller does not say."),
        .value("customer-facts", "SOURCE", "Who knows a customer's history: caller or orders."),
      ] + AccessVerbs.mail.map(\.flag) + Flag.client, run: AccessVerbs.setSettings),
    Verb(
      "tenant create", ["NAME"], "make a tenant and its first admin key, in the data folder",
      flags: [
        .value("tenant", "N", "Its number; otherwise the next free one."),
        .value("test-clock", "INSTANT", "Makes it a sandbox, whose own clock begins there."),
      ] + Flag.folder
        + [.toggle("json", "Print JSON for machines instead of tables for people.")],
      run: KeepingVerbs.createTenant),
    Verb(
      "tenant advance", ["N", "INSTANT"], "move a sandbox's clock forward, in the data folder",
      details: "What it passes over happens as in real time: locks are over, windows begin and end.",
      flags: Flag.folder, run: KeepingVerbs.advanceTenant),
    Verb(
      "tenant list", [], "list tenants of the data folder",
      flags: Flag.folder + [.toggle("json", "Print JSON for machines instead of tables for people.")],
      run: KeepingVerbs.listTenants),
  ]

  /// The audit trail.
  static let history: [Verb] = [
    Verb(
      "events", [], "print what happened, oldest first",
      flags: [
        .value("after", "POSITION", usual: "0", "Only what came after."),
        .value("limit", "N", usual: "100", "How many at most; without a bound with --follow."),
        .option("follow", "Go on as things happen."),
      ] + Flag.client, run: EventVerbs.events)
  ]
}

/// What the verbs about keys and settings do.
enum AccessVerbs {
  /// What is set of mails, by the members of the settings. A dash takes away what need not be there.
  fileprivate static let mail: [(flag: Flag, member: String)] = [
    (
      .value("mail", "ON", "on or off: whether customers get mails about orders made from now on."),
      "mail_enabled"
    ),
    (.value("mail-from", "ADDRESS", "The address that mails come from; - for the service's."), "mail_from"),
    (.value("mail-from-name", "NAME", "The name beside it; - for the tenant's."), "mail_from_name"),
    (.value("mail-reply-to", "ADDRESS", "Where answers go; - for the sender."), "mail_reply_to"),
    (
      .value("mail-language", "TAG", "For customers whose own is not known; - for English."), "mail_language"
    ),
  ]

  private static func mailMembers(_ invocation: Invocation) throws(ToolError) -> [(String, JSONText)] {
    var members: [(String, JSONText)] = []
    for (flag, member) in mail {
      guard let text = invocation[flag.name] else { continue }
      if member != "mail_enabled" {
        members.append((member, text == "-" ? .null : .string(text)))
      } else if ["on", "off"].contains(text) {
        members.append((member, .bool(text == "on")))
      } else {
        throw .usage("--mail must be on or off, not '\(text)'.")
      }
    }
    return members
  }

  @Sendable static func createKey(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    if invocation.isGiven("data") || invocation.isGiven("store") {
      try await KeepingVerbs.createKey(invocation, console)
      return
    }
    let body = JSONText.object([
      ("role", .string(try invocation.required("role"))), ("name", .string(try invocation.required("name"))),
    ])
    let reply = try await invocation.client().command("/v1/keys", body: body.bytes)
    try invocation.show(reply, on: console) { key in
      "\(key.shown("id"))  \(key.shown("role"))  \(key.shown("name"))\nsecret, shown once: \(key.shown("secret"))"
    }
  }

  @Sendable static func listKeys(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", "/v1/keys", query: ["limit", "cursor"].map { ($0, invocation[$0]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("id", "role", "name", "created", "revoked")
      for key in page["data"]?.elements ?? [] {
        table.add(
          key.shown("id"), key.shown("role"), key.shown("name"), key.shown("created_at"),
          key.shown("revoked_at"))
      }
      let more = page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? ""
      return table.text + more
    }
  }

  @Sendable static func revokeKey(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let id = escaped(try invocation.operand(0, "KEY_ID"))
    let reply = try await invocation.client().command(
      "/v1/keys/\(id)/revoke", body: JSONText.object([]).bytes)
    try invocation.show(reply, on: console) { "\($0.shown("id")) was revoked." }
  }

  @Sendable static func showSettings(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", "/v1/settings")
    try invocation.show(reply, on: console, words)
  }

  @Sendable static func setSettings(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members: [(String, JSONText)] = []
    if let rounding = invocation["rounding"] { members.append(("rounding", .string(rounding))) }
    if let base = invocation["percent-base"] { members.append(("percent_base", .string(base))) }
    if let seconds = try invocation.integer("lock-seconds", in: 1...Int.max) {
      members.append(("lock_seconds", .integer(Int64(seconds))))
    }
    members += try mailMembers(invocation)
    if let facts = invocation["customer-facts"] { members.append(("customer_facts", .string(facts))) }
    if members.isEmpty { throw .usage("Nothing to set: scrip help settings set") }
    let reply = try await invocation.client().call(
      "PATCH", "/v1/settings", body: JSONText.object(members).bytes)
    try invocation.show(reply, on: console, words)
  }

  private static func words(_ settings: JSONNode) -> String {
    let members = settings["settings"]?.members ?? settings.members
    return members.map { "\($0.0): \($0.1.shown)" }.joined(separator: "\n")
  }
}
