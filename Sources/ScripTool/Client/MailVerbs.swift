import CommandLineClient
import JSON

extension Verb {
  private static let shown: [Flag] = [
    .option("html-part", "Show the HTML instead of the text."),
    .option("body", "Show nothing else, neither the subject: for a file."),
  ]
  private static let parts: [Flag] = [
    .value("subject", "TEXT", "What mails are about, in one line."),
    .value("text", "FILE", "A file with what they say; - is standard input."),
    .value("html", "FILE", "A file with the same in HTML; without it mails are in text alone."),
  ]

  /// Mails to customers.
  static let mail: [Verb] = [
    Verb(
      "mail template list", [], "list what mails say: your own words, and those that are there for everybody",
      flags: [
        .value("limit", "N", usual: "100", "How many at most."),
        .value("cursor", "CURSOR", "Where the last page ended."),
      ] + Flag.client, run: MailVerbs.list),
    Verb(
      "mail template show", ["KIND", "LANGUAGE"], "show what mails of a kind say in a language",
      flags: shown + Flag.client, run: MailVerbs.show),
    Verb(
      "mail template set", ["KIND", "LANGUAGE"], "have mails of a kind say something else in a language",
      details:
        "KIND is order_paid or payment_failed, LANGUAGE such as de or de-AT. See docs/operating/mail.md.",
      flags: parts + [.value("if-version", "N", "Only if it is still at this version; 0 if there is none.")]
        + Flag.client, run: MailVerbs.set),
    Verb(
      "mail template remove", ["KIND", "LANGUAGE"], "take your own words away", flags: Flag.client,
      run: MailVerbs.remove),
    Verb(
      "mail template preview", ["KIND", "LANGUAGE"], "show a mail as its reader would see it",
      details: "Without --subject and --text it is what is kept.",
      flags: parts + [.value("order", "ORDER", "The order to fill it with; otherwise an example.")] + shown
        + Flag.client, run: MailVerbs.preview),
    Verb(
      "mail test", ["ADDRESS"], "have the service send a mail that says nothing", flags: Flag.client,
      run: MailVerbs.test),
  ]
}

/// What the verbs about mails do.
enum MailVerbs {
  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", "/v1/mail-templates", query: ["limit", "cursor"].map { ($0, invocation[$0]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("kind", "language", ">version", "updated", "subject")
      for template in page["data"]?.elements ?? [] {
        table.add(
          template.shown("kind"), template.shown("language"),
          template["built_in"]?.bool() == true ? "built in" : template.shown("version"),
          template.text("updated_at") ?? "-", template.shown("subject"))
      }
      let more = page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? ""
      return table.text + more
    }
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", try path(invocation))
    try show(reply, invocation, console)
  }

  @Sendable static func set(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let draft = try draft(invocation)
    guard draft.contains(where: { $0.0 == "subject" }), draft.contains(where: { $0.0 == "text" }) else {
      throw .usage("A mail needs --subject and --text: scrip help mail template set")
    }
    let version = try invocation.integer("if-version", in: 0...Int.max)
    let reply = try await invocation.client().call(
      "PUT", try path(invocation), body: JSONText.object(draft).bytes,
      headers: version.map { ["If-Match": "\"v\($0)\""] } ?? [:])
    try invocation.show(reply, on: console) {
      "\($0.shown("kind")) \($0.shown("language")) is at version \($0.shown("version"))."
    }
  }

  @Sendable static func remove(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("DELETE", try path(invocation))
    try invocation.show(reply, on: console) { "\($0.shown("kind")) \($0.shown("language")) was taken away." }
  }

  @Sendable static func preview(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let draft = try draft(invocation)
    var members: [(String, JSONText)] = []
    if !draft.isEmpty { members.append(("draft", .object(draft))) }
    if let order = invocation["order"] { members.append(("order_id", .string(order))) }
    let reply = try await invocation.client().call(
      "POST", try path(invocation) + "/preview", body: JSONText.object(members).bytes)
    try show(reply, invocation, console)
  }

  @Sendable static func test(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let address = try invocation.operand(0, "ADDRESS")
    let reply = try await invocation.client().call(
      "POST", "/v1/mail/test", body: JSONText.object([("to", .string(address))]).bytes)
    try invocation.show(reply, on: console) { "A mail was sent: \($0.shown("message_id"))" }
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    let names = [try invocation.operand(0, "KIND"), try invocation.operand(1, "LANGUAGE")]
    return "/v1/mail-templates/\(names.map { escaped($0) }.joined(separator: "/"))"
  }

  /// What the flags say of a template.
  private static func draft(_ invocation: Invocation) throws(ToolError) -> [(String, JSONText)] {
    var members: [(String, JSONText)] = []
    if let subject = invocation["subject"] { members.append(("subject", .string(subject))) }
    for name in ["text", "html"] {
      if let file = invocation[name] { members.append((name, .string(try text(of: file)))) }
    }
    return members
  }

  private static func text(of file: String) throws(ToolError) -> String {
    guard let text = String(validating: try contents(of: file), as: UTF8.self) else {
      throw .usage("\(file) is not UTF-8.")
    }
    return text
  }

  /// Shows a mail, or what it is made from, with its lines as they are.
  private static func show(
    _ reply: ServiceClient.Reply, _ invocation: Invocation, _ console: Console
  ) throws(ToolError) {
    let part = try invocation.isOn("html-part") ? "html" : "text"
    let isAlone = try invocation.isOn("body")
    let mail = try reply.document()
    try invocation.show(reply, on: console) { shown in
      let body = mail.text(part)?.printableLines ?? "There is no HTML."
      if isAlone { return body.last?.isNewline == true ? String(body.dropLast()) : body }
      return "\(console.styled(shown.shown("subject"), .strong))\n\n\(body)"
    }
  }
}
