import CommandLineClient
import JSON

extension Verb {
  /// What looks like fraud.
  static let fraud: [Verb] = [
    Verb(
      "fraud list", [], "list suspicions, those in which something happened last first",
      flags: [
        .value("state", "STATE", usual: "open", "open, confirmed or dismissed."),
        .value("limit", "N", usual: "50", "How many at most."),
        .value("cursor", "CURSOR", "Where the last page ended."),
      ] + Flag.client, run: FraudVerbs.list),
    Verb(
      "fraud show", ["SUSPECT"], "show a suspicion with what was seen last", flags: Flag.client,
      run: FraudVerbs.show),
    Verb(
      "fraud confirm", ["SUSPECT"], "it was fraud",
      flags: [
        .option("list", "The suspect gets nothing any more."),
        .option("release-locks", "What the suspect holds and has not paid for is given back."),
        .value("note", "TEXT", "Why; kept for ever."),
      ] + Flag.client, run: FraudVerbs.confirm),
    Verb(
      "fraud dismiss", ["SUSPECT"], "it was no fraud",
      flags: [
        .option("list", "Nothing is held against the suspect any more."),
        .value("note", "TEXT", "Why; kept for ever."),
      ] + Flag.client, run: FraudVerbs.dismiss),
    Verb(
      "fraud precision", [], "show how often reviewers found what rules had brought up to be fraud",
      flags: Flag.client, run: FraudVerbs.precision),
    Verb(
      "fraud settings show", [], "show how attempts to use coupons are judged", flags: Flag.client,
      run: FraudVerbs.showSettings),
    Verb(
      "fraud settings set", ["FILE"], "say how attempts to use coupons are judged",
      details: "What the file leaves out is the default; - is standard input. See docs/fraud.md.",
      flags: [.value("if-version", "N", "Only if they are still at this version; 0 if nobody has set any.")]
        + Flag.client, run: FraudVerbs.setSettings),
    Verb(
      "fraud allow", ["TRAIT"], "hold nothing against whoever has a trait, such as device:00f3a9c2b17e4d58",
      flags: Flag.client, run: FraudVerbs.allow),
    Verb(
      "fraud deny", ["TRAIT"], "give nothing to whoever has a trait", flags: Flag.client,
      run: FraudVerbs.deny),
    Verb(
      "fraud forget", ["TRAIT"], "take a trait off both lists", flags: Flag.client,
      run: FraudVerbs.forget),
  ]
}

/// What the verbs about fraud do.
enum FraudVerbs {
  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", "/v1/fraud/cases", query: ["state", "limit", "cursor"].map { ($0, invocation[$0]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("suspect", "severity", ">score", "rule", ">attempts", ">refused", "last")
      for content in page["data"]?.elements ?? [] {
        table.add(
          content.shown("suspect"), content.shown("severity"), content.shown("score"), content.shown("rule"),
          content.shown("attempts"), content.shown("blocked"), content.shown("latest_at"))
      }
      let more = page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? ""
      return table.text + more
    }
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await showJSON(try path(invocation), invocation, console)
  }

  @Sendable static func confirm(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await review("confirm", invocation, console)
  }

  @Sendable static func dismiss(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await review("dismiss", invocation, console)
  }

  @Sendable static func precision(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", "/v1/fraud/precision")
    try invocation.show(reply, on: console) { found in
      var table = Table("rule", ">fraud", ">none")
      for part in found["rules"]?.elements ?? [] {
        table.add(part.shown("rule"), part.shown("confirmed"), part.shown("dismissed"))
      }
      table.add("all", found.shown("confirmed"), found.shown("dismissed"))
      let percent = found["precision_percent"].flatMap { $0.kind == .null ? nil : $0 }
      return table.text + (percent == nil ? "" : "\n\(found.shown("precision_percent")) of 100 were fraud")
    }
  }

  @Sendable static func showSettings(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", "/v1/fraud/settings")
    // As a file that can be edited and set again: the version stands beside it.
    try invocation.show(reply, on: console) { shown in
      var members: [(String, JSONText)] = []
      shown.forEachMember { name, value in
        let name = name.string()
        if name != "version" { members.append((name, JSONText(bytes: value.compactBytes()))) }
      }
      return String(decoding: JSONText.object(members).bytes, as: UTF8.self)
    }
  }

  @Sendable static func setSettings(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let version = try invocation.integer("if-version", in: 0...Int.max)
    let file = try invocation.operand(0, "FILE")
    let bytes = try contents(of: file)
    do throws(JSONSyntaxError) { _ = try JSONDocument(parsing: bytes) } catch {
      throw .usage("\(file) is not JSON: \(error).")
    }
    let reply = try await invocation.client().call(
      "PUT", "/v1/fraud/settings", body: bytes, headers: version.map { ["If-Match": "\"v\($0)\""] } ?? [:])
    try tellVersion(reply, invocation, console)
  }

  @Sendable static func allow(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await put(on: "allowed", invocation, console)
  }

  @Sendable static func deny(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await put(on: "denied", invocation, console)
  }

  @Sendable static func forget(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await put(on: "none", invocation, console)
  }

  private static func put(
    on list: String, _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    let members: [(String, JSONText)] = [
      ("list", .string(list)),
      ("traits", .array(invocation.operands.map { .string($0) })),
    ]
    let reply = try await invocation.client().call(
      "POST", "/v1/fraud/lists", body: JSONText.object(members).bytes)
    try tellVersion(reply, invocation, console)
  }

  private static func review(
    _ step: String, _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    var members: [(String, JSONText)] = []
    if try invocation.isOn("list") { members.append(("list", .bool(true))) }
    if step == "confirm", try invocation.isOn("release-locks") {
      members.append(("release_locks", .bool(true)))
    }
    if let note = invocation["note"] { members.append(("note", .string(note))) }
    let reply = try await invocation.client().call(
      "POST", "\(try path(invocation))/\(step)", body: JSONText.object(members).bytes)
    try invocation.show(reply, on: console) { "\($0.shown("suspect")) is \($0.shown("state"))." }
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/fraud/cases/\(escaped(try invocation.operand(0, "SUSPECT")))"
  }

  private static func tellVersion(
    _ reply: ServiceClient.Reply, _ invocation: Invocation, _ console: Console
  ) throws(ToolError) {
    try invocation.show(reply, on: console) { "The settings are at version \($0.shown("version"))." }
  }

  private static func showJSON(
    _ path: String, _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", path)
    try invocation.show(reply, on: console) { String(decoding: $0.bytes, as: UTF8.self) }
  }
}
