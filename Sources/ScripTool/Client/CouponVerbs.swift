import CommandLineClient
import JSON

extension Verb {
  /// Making and running coupons.
  static let coupons: [Verb] = [
    Verb(
      "coupon create", [], "make a coupon, as a draft unless --activate",
      details: """
        Say what it is with flags, or with --file as the API takes it. Amounts are in minor units:
          scrip coupon create --name Welcome --percent 10 --code WELCOME10 --per-user 1 --stacking open --activate
        """,
      flags: CouponForm.flags + [
        .value("code", "CODE", "A code that opens it; more with 'scrip coupon codes add'."),
        .option("activate", "Activate it at once."), .idempotencyKey,
      ] + Flag.client, run: CouponVerbs.create),
    Verb(
      "coupon list", [], "list coupons, newest first",
      flags: [
        .value("state", "STATE", "Only draft, active, disabled or archived ones."),
        .value("code", "CODE", "Only the one that this code opens."),
        .value("owner", "USER", "Only those of this user."),
        .value("limit", "N", usual: "50", "How many at most."),
        .value("cursor", "CURSOR", "Where the last page ended."),
      ] + Flag.client, run: CouponVerbs.list),
    Verb(
      "coupon show", ["COUPON"], "show a coupon, by id or code", flags: Flag.client, run: CouponVerbs.show),
    Verb(
      "coupon update", ["COUPON"], "give a coupon new terms as its next version",
      details: "What is not given stays as it is. Locks keep the version that they were made with.",
      flags: CouponForm.flags + [
        .value("if-version", "N", "Only if the coupon is still at this version.")
      ] + Flag.client, run: CouponVerbs.update),
    Verb(
      "coupon activate", ["COUPON"], "let a coupon be used", flags: [.idempotencyKey] + Flag.client,
      run: CouponVerbs.activate),
    Verb(
      "coupon disable", ["COUPON"], "stop a coupon; it can be activated again",
      flags: [
        .value("reason", "TEXT", usual: "disabled on the command line", "Why, for the audit trail."),
        .option("revoke-locks", "Running locks can't be redeemed any more either."), .idempotencyKey,
      ] + Flag.client, run: CouponVerbs.disable),
    Verb(
      "coupon archive", ["COUPON"], "end a coupon for good and free its codes",
      flags: [.idempotencyKey] + Flag.client,
      run: CouponVerbs.archive),
    Verb(
      "coupon stats", ["COUPON"], "show how a coupon was used by checkouts", flags: Flag.client,
      run: CouponVerbs.checkoutStats),
    Verb(
      "coupon billing-stats", ["COUPON"], "show what a coupon gave to subscriptions and invoices",
      flags: Flag.client, run: CouponVerbs.billingStats),
    Verb(
      "coupon codes list", ["COUPON"], "list a coupon's codes", flags: Flag.client, run: CodeVerbs.list),
    Verb(
      "coupon codes add", ["COUPON", "CODE…"], "add codes to a coupon, all or none",
      flags: [
        .value("owner", "USER", "Only this user may use them."),
        .value("limit", "N", "How often each may be used."), .idempotencyKey,
      ] + Flag.client, run: CodeVerbs.add),
    Verb(
      "coupon codes generate", ["COUPON"], "make random codes and print them, one a line",
      flags: [
        .value("count", "N", usual: "1", "How many."),
        .value("pattern", "PATTERN", usual: "####-####-####", "Each # becomes a random letter or digit."),
      ] + Flag.client, run: CodeVerbs.generate),
  ]
}

/// What the coupon verbs do.
enum CouponVerbs {
  @Sendable static func create(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let code = invocation["code"].map { [("code", JSONText.string($0))] } ?? []
    let body = try CouponForm.newCoupon(invocation, extra: code)
    let client = try invocation.client()
    var reply = try await client.command(
      "/v1/coupons", body: body, idempotencyKey: invocation["idempotency-key"])
    if try invocation.isOn("activate") {
      let id = try reply.document().shown("id")
      reply = try await client.command("/v1/coupons/\(id)/activate", body: JSONText.object([]).bytes)
    }
    try invocation.show(reply, on: console) { CouponVerbs.words($0, console) }
  }

  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", "/v1/coupons",
      query: ["state", "code", "owner", "limit", "cursor"].map { ($0, invocation[$0]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("id", "state", "name", "takes off", ">redeemed", ">locked", ">of", "ends")
      for coupon in page["data"]?.elements ?? [] {
        table.add(
          coupon.shown("id"), coupon.shown("state"), coupon.shown("name"), discount(coupon),
          coupon["usage"]?.shown("redeemed") ?? "-", coupon["usage"]?.shown("locked") ?? "-",
          coupon["limits"]?.shown("total") ?? "-", coupon.text("end_day") ?? coupon.shown("ends_at"))
      }
      if table.isEmpty { return "No coupons." }
      let more = page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? ""
      return table.text + more
    }
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let client = try invocation.client()
    let id = try await couponID(invocation, client)
    let reply = try await client.call("GET", "/v1/coupons/\(id)")
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func update(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let client = try invocation.client()
    let id = try await couponID(invocation, client)
    let version = try invocation.integer("if-version", in: 1...Int.max)
    let reply = try await client.call(
      "PATCH", "/v1/coupons/\(id)", body: try CouponForm.body(invocation),
      headers: version.map { ["If-Match": "\"v\($0)\""] } ?? [:])
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func disable(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let body = JSONText.object([
      ("reason", .string(try invocation.required("reason"))),
      ("revoke_locks", .bool(try invocation.isOn("revoke-locks"))),
    ])
    try await step("disable", body, invocation, console)
  }

  @Sendable static func activate(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await step("activate", .object([]), invocation, console)
  }

  @Sendable static func archive(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await step("archive", .object([]), invocation, console)
  }

  private static func step(
    _ step: String, _ body: JSONText, _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    let client = try invocation.client()
    let id = try await couponID(invocation, client)
    let reply = try await client.command(
      "/v1/coupons/\(id)/\(step)", body: body.bytes, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func checkoutStats(
    _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    try await stats("stats", invocation, console)
  }

  @Sendable static func billingStats(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await stats("billing-stats", invocation, console)
  }

  private static func stats(
    _ which: String, _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    let client = try invocation.client()
    let id = try await couponID(invocation, client)
    let reply = try await client.call("GET", "/v1/coupons/\(id)/\(which)")
    try invocation.show(reply, on: console) { stats in
      stats.members.map { "\($0.0): \($0.1.shown)" }.joined(separator: "\n")
    }
  }

  /// The id of the coupon that an operand names by id or by code.
  static func couponID(_ invocation: Invocation, _ client: ServiceClient) async throws(ToolError) -> String {
    let name = try invocation.operand(0, "COUPON")
    if name.hasPrefix("coupon_") { return name }
    let found = try await client.call("GET", "/v1/coupons", query: [("code", name)]).document()
    guard let id = found["data"]?[0]?.text("id") else {
      throw .declined(code: "coupon_not_found", detail: "No coupon has the code \(name).")
    }
    return id
  }

  /// A coupon in a few lines.
  static func words(_ coupon: JSONNode, _ console: Console) -> String {
    let state = coupon.shown("state")
    var lines = [
      "\(console.styled(coupon.shown("name"), .strong))  \(coupon.shown("id"))",
      "state      \(console.styled(state, state == "active" ? .good : .warning)), version \(coupon.shown("version"))",
      "takes off  \(discount(coupon))",
      "window     \(window(coupon))",
      "limits     \(set(coupon["limits"], without: "on_budget_short"))",
      "stacking   \(set(coupon["stacking"]))",
    ]
    if let description = coupon.text("description") { lines.insert("about      \(description)", at: 1) }
    if let campaign = coupon.text("campaign_id") { lines.append("campaign   \(campaign)") }
    if let billing = coupon["billing"] { lines.append("billing    \(set(billing))") }
    for (title, name) in [
      ("rules      ", "rules"), ("lines      ", "eligible_lines"), ("minimum    ", "minimum"),
    ] {
      if let value = coupon.member(named: name), !value.isNull, value.count > 0 {
        lines.append(title + (name == "minimum" ? value.shownAmounts : value.shown))
      }
    }
    lines.append("uses       \(coupon.shown("usage"))")
    return lines.joined(separator: "\n")
  }

  /// When a coupon can be used. A bound that was written as a day is that day in the coupon's zone, and an end day counts
  /// as a whole; the moment after it would seem a day later than what was written.
  static func window(_ coupon: JSONNode) -> String {
    let start = coupon.text("start_day") ?? coupon.text("starts_at")
    let end = coupon.text("end_day").map { "the end of \($0)" } ?? coupon.text("ends_at")
    let hasDays = coupon.text("start_day") != nil || coupon.text("end_day") != nil
    let zone = hasDays ? coupon.text("time_zone").map { " (\($0))" } ?? "" : ""
    return switch (start, end) {
    case (nil, nil): "always"
    case (.some(let start), nil): "from \(start)\(zone)"
    case (nil, .some(let end)): "until \(end)\(zone)"
    case (.some(let start), .some(let end)): "\(start) to \(end)\(zone)"
    }
  }

  /// The members that say something, in one line.
  static func set(_ object: JSONNode?, without hidden: String? = nil) -> String {
    let members = object?.members.filter { $0.0 != hidden && $0.1.shown != "-" } ?? []
    return members.isEmpty ? "none" : members.map { "\($0.0) \($0.1.shown)" }.joined(separator: ", ")
  }

  private static func discount(_ coupon: JSONNode) -> String {
    guard let discount = coupon["discount"] else { return "-" }
    let cap = discount["cap"].flatMap { $0.count > 0 ? ", at most \($0.shownAmounts)" : nil } ?? ""
    return switch discount.text("type") {
    case "percent": "\(discount.shown("percent"))%\(cap)"
    case "fixed": discount["amounts"]?.shownAmounts ?? "-"
    case "decimal": discount["amounts"].map { "\($0.shown) (minor units)" } ?? "-"
    case "shipping": "\(discount.shown("percent"))% of shipping\(cap)"
    default: discount.shown
    }
  }
}
