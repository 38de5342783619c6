import CommandLineClient
import JSON

extension Verb {
  private static let reason = Flag.value("reason", "TEXT", "Your own words.")

  /// Invoices, and billing runs.
  static let invoices: [Verb] = [
    Verb(
      "invoice price", ["INVOICE", "FILE"], "tell of an invoice, and compute what coupons take off it",
      details: "FILE is the invoice as JSON; - is standard input. Telling it again computes the draft anew.",
      flags: [
        .value("date", "WHEN", "The moment that it is of, RFC 3339; otherwise as the file says, or now."),
        .value("code", "CODE", repeats: true, "A coupon for this invoice alone."),
        .value("expected-discount", "UNITS", "Refuse if the discount is another."),
      ] + Flag.client, run: InvoiceVerbs.price),
    Verb(
      "invoice preview", ["FILE"], "show what coupons would take off an invoice, and off those after it",
      flags: [
        .value("cycles", "N", "How many invoices, one after the other."),
        .value("interval-months", "N", "How many months lie between two of them."),
        .value("date", "WHEN", "The moment that the first one is of, RFC 3339."),
      ] + Flag.client, run: InvoiceVerbs.preview),
    Verb(
      "invoice list", [], "list invoices, newest first",
      flags: [
        .value("subscription", "SUBSCRIPTION", "Only of this subscription."),
        .value("state", "STATE", "Only in this state: draft, finalized or voided."),
        .value("limit", "N", usual: "50", "How many at most."),
        .value("cursor", "CURSOR", "Where the last page ended."),
      ] + Flag.client, run: InvoiceVerbs.list),
    Verb(
      "invoice show", ["INVOICE"], "show an invoice with what coupons take off it", flags: Flag.client,
      run: InvoiceVerbs.show),
    Verb(
      "invoice finalize", ["INVOICE"], "freeze an invoice",
      flags: [
        .value("expected-total", "UNITS", "Refuse if the total is another."), .idempotencyKey,
      ] + Flag.client, run: InvoiceVerbs.finalize),
    Verb(
      "invoice void", ["INVOICE"], "call an invoice off: what it took of coupons goes back, once",
      flags: [
        .option("give-back", "Coupons that no other invoice uses are detached, and their uses go back."),
        reason, .idempotencyKey,
      ] + Flag.client, run: InvoiceVerbs.void),
    Verb(
      "billing run", ["FILE"], "tell, freeze or call off many invoices, one JSON object a line",
      details: """
        The answers go to FILE.answers, one line each, in the order of FILE, behind one that says which lines they are \
        to. A run that was interrupted goes on behind the last answer; --again begins anew. Every line may safely be \
        sent twice.
        """,
      flags: [
        .value("answers", "FILE", "Where the answers go; otherwise FILE.answers."),
        .option("again", "Begin anew, whatever was answered before."),
        .value("lines", "N", usual: "500", "How many lines a request has at most."),
      ] + Flag.client, run: BillingRun.run),
  ]
}

/// What the verbs about invoices do.
enum InvoiceVerbs {
  @Sendable static func price(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = try RequestMembers(objectIn: try invocation.operand(1, "FILE"))
    members.set("date", invocation["date"].map(JSONText.string))
    try members.setAmount("expected_discount", "expected-discount", invocation)
    let codes = invocation.all("code").map { JSONText.object([("code", .string($0))]) }
    if !codes.isEmpty { members.set("coupons", .array(codes)) }
    let reply = try await invocation.client().call("PUT", try path(invocation), body: members.body)
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func preview(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = try RequestMembers(objectIn: try invocation.operand(0, "FILE"))
    members.set("date", invocation["date"].map(JSONText.string))
    try members.setAmount("cycles", "cycles", invocation)
    try members.setAmount("interval_months", "interval-months", invocation)
    let reply = try await invocation.client().call("POST", "/v1/invoices/preview", body: members.body)
    try invocation.show(reply, on: console) { page in
      var table = Table("date", ">subtotal", ">discount", ">total", "coupons")
      for one in page["data"]?.elements ?? [] {
        let coupons = (one["applied"]?.elements ?? []).map { $0["snapshot"]?.shown("name") ?? "-" }
        table.add(
          one.shown("date"), money(one, "subtotal"), money(one, "discount"), money(one, "total"),
          coupons.isEmpty ? "-" : coupons.joined(separator: ", "))
      }
      return table.text
    }
  }

  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let query = [
      ("subscription_id", "subscription"), ("state", "state"), ("limit", "limit"), ("cursor", "cursor"),
    ]
    let reply = try await invocation.client().call(
      "GET", "/v1/invoices", query: query.map { ($0.0, invocation[$0.1]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("invoice", "state", "subscription", ">discount", ">total", "date")
      for one in page["data"]?.elements ?? [] {
        table.add(
          one.shown("id"), one.shown("state"), one.shown("subscription_id"), money(one, "discount"),
          money(one, "total"), one.shown("date"))
      }
      if table.isEmpty { return "No invoices." }
      return table.text + (page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? "")
    }
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", try path(invocation))
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func finalize(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    try members.setAmount("expected_total", "expected-total", invocation)
    try await step("finalize", members, invocation, console)
  }

  @Sendable static func void(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    if try invocation.isOn("give-back") { members.set("give_back", .bool(true)) }
    members.set("reason", invocation["reason"].map(JSONText.string))
    try await step("void", members, invocation, console)
  }

  private static func step(
    _ step: String, _ members: RequestMembers, _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    let reply = try await invocation.client().command(
      try path(invocation) + "/\(step)", body: members.body, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words($0, console) }
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/invoices/\(escaped(try invocation.operand(0, "INVOICE")))"
  }

  private static func money(_ node: JSONNode, _ name: String) -> String {
    KeptOrderVerbs.money(node, name)
  }

  /// An invoice in a few lines.
  private static func words(_ one: JSONNode, _ console: Console) -> String {
    let state = one.shown("state")
    var lines = [
      "\(console.styled(one.shown("id"), .strong))  \(one.text("subscription_id") ?? "")",
      "state      \(console.styled(state, state == "voided" ? .warning : .good))",
      "date       \(one.shown("date"))", "subtotal   \(money(one, "subtotal"))",
    ]
    lines += (one["applied"]?.elements ?? []).map { applied in
      let count = applied["of"]?.int64().map { " of \($0)" } ?? ""
      let amount = applied["discount"]?.int64().map { shownMoney($0, one.shown("currency")) } ?? "-"
      return
        "coupon     -\(amount)  \(applied["snapshot"]?.shown("name") ?? "-")  \(applied.shown("position"))\(count)"
    }
    lines += (one["not_applied"]?.elements ?? []).map {
      "not        \(console.styled($0.shown("code"), .warning))  \($0.shown("message"))"
    }
    lines += ["discount   \(money(one, "discount"))", "total      \(money(one, "total"))"]
    return lines.joined(separator: "\n")
  }
}
