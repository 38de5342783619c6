import CommandLineClient
import JSON

extension Verb {
  private static let terms: [Flag] = [
    .value("type", "TYPE", repeats: true, "Only events of this type; without it all of them."),
    .value("description", "TEXT", "What it is for."),
  ]
  private static let pages: [Flag] = [
    .value("limit", "N", usual: "50", "How many at most."),
    .value("cursor", "CURSOR", "Where the last page ended."),
  ]

  /// Events that are sent to others.
  static let webhooks: [Verb] = [
    Verb(
      "webhook create", ["URL"], "have events sent to an endpoint; its secret is shown this once",
      details: "See docs/webhooks.md.",
      flags: terms + [
        .value("after", "POSITION", "Send also what happened behind this position of the log."),
        .idempotencyKey,
      ] + Flag.client, run: WebhookVerbs.create),
    Verb(
      "webhook list", [], "list endpoints, newest first", flags: pages + Flag.client, run: WebhookVerbs.list),
    Verb("webhook show", ["WEBHOOK_ID"], "show an endpoint", flags: Flag.client, run: WebhookVerbs.show),
    Verb(
      "webhook change", ["WEBHOOK_ID"], "change an endpoint", details: "What is not given stays as it is.",
      flags: [
        .value("to", "URL", "Where events are sent."),
        .value("active", "YES", "yes or no: whether anything is sent."),
        .option("all-types", "Send events of all types."),
        .value("if-version", "N", "Only if it is still at this version."),
      ] + terms + Flag.client, run: WebhookVerbs.change),
    Verb(
      "webhook rotate", ["WEBHOOK_ID"], "sign with a new secret, and for a while with the old one as well",
      flags: [
        .value("overlap", "SECONDS", usual: "86400", "How long the old secret goes on signing."),
        .idempotencyKey,
      ] + Flag.client, run: WebhookVerbs.rotate),
    Verb(
      "webhook test", ["WEBHOOK_ID"], "have a message sent that tells of nothing, and see what became of it",
      flags: [.idempotencyKey] + Flag.client, run: WebhookVerbs.test),
    Verb(
      "webhook deliveries", ["WEBHOOK_ID"], "list messages to an endpoint, newest first",
      flags: [.value("state", "STATE", "Only these: waiting, delivered or failed.")] + pages + Flag.client,
      run: WebhookVerbs.deliveries),
    Verb(
      "webhook replay", ["WEBHOOK_ID"], "have events sent once more",
      details: "Either some by the ids of their CloudEvents, or a stretch of the log.",
      flags: [
        .value("event", "EVENT_ID", repeats: true, "An event."),
        .value("after", "POSITION", "Behind which position of the log a stretch begins."),
        .value("until", "POSITION", "Its last position."),
        .value("type", "TYPE", repeats: true, "Of the stretch only events of this type."),
        .idempotencyKey,
      ] + Flag.client, run: WebhookVerbs.replay),
    Verb(
      "webhook remove", ["WEBHOOK_ID"], "take an endpoint away, and forget what was sent to it",
      flags: Flag.client, run: WebhookVerbs.remove),
  ]
}

/// What the verbs about webhooks do.
enum WebhookVerbs {
  @Sendable static func create(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = [("url", JSONText.string(try invocation.operand(0, "URL")))] + terms(invocation)
    if let after = try invocation.integer("after", in: 0...Int.max) {
      members.append(("after", .integer(Int64(after))))
    }
    let reply = try await invocation.client().command(
      "/v1/webhooks", body: JSONText.object(members).bytes, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", "/v1/webhooks", query: ["limit", "cursor"].map { ($0, invocation[$0]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("id", "url", "active", "types")
      for webhook in page["data"]?.elements ?? [] {
        table.add(webhook.shown("id"), webhook.shown("url"), activity(webhook), types(webhook))
      }
      if table.isEmpty { return "No webhooks." }
      let more = page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? ""
      return table.text + more
    }
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", try path(invocation))
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func change(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = terms(invocation)
    if let url = invocation["to"] { members.append(("url", .string(url))) }
    if try invocation.isOn("all-types") { members.append(("types", .array([]))) }
    switch invocation["active"] {
    case nil: break
    case "yes": members.append(("active", .bool(true)))
    case "no": members.append(("active", .bool(false)))
    case let text?: throw .usage("--active must be yes or no, not '\(text)'.")
    }
    if members.isEmpty { throw .usage("Nothing to change: scrip help webhook change") }
    let version = try invocation.integer("if-version", in: 1...Int.max)
    let reply = try await invocation.client().call(
      "PATCH", try path(invocation), body: JSONText.object(members).bytes,
      headers: version.map { ["If-Match": "\"v\($0)\""] } ?? [:])
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func rotate(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members: [(String, JSONText)] = []
    if let seconds = try invocation.integer("overlap", in: 0...604_800) {
      members.append(("overlap_seconds", .integer(Int64(seconds))))
    }
    let reply = try await invocation.client().command(
      try path(invocation) + "/rotate", body: JSONText.object(members).bytes,
      idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func test(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().command(
      try path(invocation) + "/test", body: JSONText.object([]).bytes,
      idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { delivery in
      let end =
        delivery.text("failure").map { "was not taken: \($0)" } ?? "was taken"
      let status = delivery["status"]?.int64().map { ", status \($0)" } ?? ""
      return "The message \(end)\(status), after \(delivery.shown("milliseconds")) ms."
    }
  }

  @Sendable static func deliveries(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", try path(invocation) + "/deliveries",
      query: ["state", "limit", "cursor"].map { ($0, invocation[$0]) })
    try invocation.show(reply, on: console) { page in
      var table = Table(
        "id", "event", "type", "state", ">tries", ">status", "failure", ">ms", "next try")
      for delivery in page["data"]?.elements ?? [] {
        table.add(
          delivery.shown("id"), delivery.shown("event_id"), delivery.shown("type"), delivery.shown("state"),
          delivery.shown("attempts"), delivery.shown("status"), delivery.shown("failure"),
          delivery.shown("milliseconds"), delivery.shown("next_try_at"))
      }
      if table.isEmpty { return "No messages." }
      let more = page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? ""
      return table.text + more
    }
  }

  @Sendable static func replay(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members: [(String, JSONText)] = []
    let events = invocation.all("event")
    if !events.isEmpty { members.append(("event_ids", .array(events.map(JSONText.string)))) }
    for name in ["after", "until"] {
      if let position = try invocation.integer(name, in: 0...Int.max) {
        members.append((name, .integer(Int64(position))))
      }
    }
    let types = invocation.all("type")
    if !types.isEmpty { members.append(("types", .array(types.map(JSONText.string)))) }
    let reply = try await invocation.client().command(
      try path(invocation) + "/replay", body: JSONText.object(members).bytes,
      idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { "\($0.shown("events")) events are sent once more." }
  }

  @Sendable static func remove(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("DELETE", try path(invocation))
    try invocation.show(reply, on: console) { "\($0.shown("id")) was taken away." }
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/webhooks/\(escaped(try invocation.operand(0, "WEBHOOK_ID")))"
  }

  private static func terms(_ invocation: Invocation) -> [(String, JSONText)] {
    var members: [(String, JSONText)] = []
    let types = invocation.all("type")
    if !types.isEmpty { members.append(("types", .array(types.map(JSONText.string)))) }
    if let text = invocation["description"] { members.append(("description", .string(text))) }
    return members
  }

  private static func activity(_ webhook: JSONNode) -> String {
    if webhook["active"]?.bool() == true { return "yes" }
    return webhook.text("disabled_because").map { "no: \($0)" } ?? "no"
  }

  private static func types(_ webhook: JSONNode) -> String {
    let types = (webhook["types"]?.elements ?? []).compactMap { $0.string() }
    return types.isEmpty ? "all" : types.joined(separator: ", ")
  }

  /// An endpoint in a few lines.
  private static func words(_ webhook: JSONNode, _ console: Console) -> String {
    let title = "\(console.styled(webhook.shown("url"), .strong))  \(webhook.shown("id"))"
    let about = webhook.text("description").map { ["about      \($0)"] } ?? []
    let secrets = (webhook["secrets"]?.elements ?? []).map { secret in
      "signs      since \(secret.shown("created_at"))"
        + (secret.text("expires_at").map { ", until \($0)" } ?? "")
    }
    let new = webhook.text("secret").map {
      ["secret     \(console.styled($0, .strong))  (shown this once)"]
    }
    return
      ([title] + about
      + ["active     \(activity(webhook))", "types      \(types(webhook))"] + secrets + (new ?? []))
      .joined(separator: "\n")
  }
}
