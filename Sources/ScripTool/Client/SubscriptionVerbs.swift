import CommandLineClient
import JSON

extension Verb {
  private static let reason = Flag.value("reason", "TEXT", "Your own words.")
  private static let page: [Flag] = [
    .value("limit", "N", usual: "50", "How many at most."),
    .value("cursor", "CURSOR", "Where the last page ended."),
  ]

  /// Subscriptions and their coupons.
  static let subscriptions: [Verb] = [
    Verb(
      "subscription save", ["SUBSCRIPTION"], "tell of a subscription, for the first time or anew",
      details: "What is told takes the place of what was told before: give all line items and phases.",
      flags: [
        .value("file", "FILE", "The subscription as JSON, - for standard input; flags beside it win."),
        .value("customer", "CUSTOMER", "Who pays."), .value("currency", "CUR", "What its invoices are in."),
        .value("status", "STATUS", "trialing, active, past_due, paused or cancelled."),
        .value("line-item", "ID", repeats: true, "What is billed by itself; ID=PRODUCT names its product."),
        .value("period-start", "WHEN", "When the period began that is running, RFC 3339."),
        .value("revision", "N", "Your number of this state; one below the last changes nothing."),
        .value("metadata", "NAME=VALUE", repeats: true, "A fact of your own."),
      ] + Flag.client, run: SubscriptionVerbs.save),
    Verb(
      "subscription list", [], "list subscriptions, newest first",
      flags: [.value("customer", "CUSTOMER", "Only of this customer.")] + page + Flag.client,
      run: SubscriptionVerbs.list),
    Verb(
      "subscription show", ["SUBSCRIPTION"], "show a subscription with its coupons", flags: Flag.client,
      run: SubscriptionVerbs.show),
    Verb(
      "subscription attach", ["SUBSCRIPTION", "COUPON"], "give a subscription a coupon",
      details: "COUPON is a code, or the identifier of a coupon.",
      flags: [
        .value("line-item", "ID", "Only for this line item of the subscription."),
        .value("phase", "ID", "Only for this phase of the subscription."),
        .value("starts", "WHEN", "Invoices of this date on have it, RFC 3339; otherwise from now on."),
        .value("ends", "WHEN", "Invoices of this date on have it no more."),
        .option("now", "Invoices of the period that is running have it, too."),
        .value("priority", "N", "Lower numbers apply first; otherwise the coupon's own."),
        .value("metadata", "NAME=VALUE", repeats: true, "A fact of your own."), .idempotencyKey,
      ] + Flag.client, run: SubscriptionVerbs.attach),
    Verb(
      "subscription detach", ["SUBSCRIPTION", "ASSOCIATION_ID"],
      "take a coupon from a subscription, from the next invoice on",
      flags: [
        .option("give-back", "Its use goes back to the coupon: only while no invoice has a discount of it."),
        reason, .idempotencyKey,
      ] + Flag.client, run: SubscriptionVerbs.detach),
  ]
}

/// What the verbs about subscriptions do.
enum SubscriptionVerbs {
  @Sendable static func save(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    if let file = invocation["file"] { members = try RequestMembers(objectIn: file) }
    for (flag, name) in [
      ("customer", "customer_id"), ("currency", "currency"), ("status", "status"),
      ("period-start", "current_period_start"),
    ] { members.set(name, invocation[flag].map(JSONText.string)) }
    let lines = invocation.all("line-item").map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      let product = parts.dropFirst().first.map { [("product_id", JSONText.string($0))] } ?? []
      return JSONText.object([("id", .string(parts.first ?? ""))] + product)
    }
    if !lines.isEmpty { members.set("line_items", .array(lines)) }
    try members.setAmount("revision", "revision", invocation)
    try members.setMetadata(invocation)
    let reply = try await invocation.client().call("PUT", try path(invocation), body: members.body)
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let query = [("customer_id", "customer"), ("limit", "limit"), ("cursor", "cursor")]
    let reply = try await invocation.client().call(
      "GET", "/v1/subscriptions", query: query.map { ($0.0, invocation[$0.1]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("subscription", "status", "customer", ">coupons", "created")
      for one in page["data"]?.elements ?? [] {
        table.add(
          one.shown("id"), one.shown("status"), one.shown("customer_id"),
          "\(one["coupons"]?.elements.count { $0["detached_at"]?.isNull != false } ?? 0)",
          one.shown("created_at"))
      }
      if table.isEmpty { return "No subscriptions." }
      return table.text + (page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? "")
    }
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", try path(invocation))
    try invocation.show(reply, on: console) { words($0, console) }
  }

  @Sendable static func attach(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let coupon = try invocation.operand(1, "COUPON")
    var members = RequestMembers()
    members.set(coupon.hasPrefix("coupon_") ? "coupon_id" : "code", .string(coupon))
    for (flag, name) in [
      ("line-item", "line_item_id"), ("phase", "phase_id"), ("starts", "starts_at"), ("ends", "ends_at"),
    ] { members.set(name, invocation[flag].map(JSONText.string)) }
    if try invocation.isOn("now") { members.set("apply_now", .bool(true)) }
    members.set(
      "priority", try invocation.integer("priority", in: -1000...1000).map { .integer(Int64($0)) })
    try members.setMetadata(invocation)
    let reply = try await invocation.client().command(
      try path(invocation) + "/coupons", body: members.body, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words(association: $0) }
  }

  @Sendable static func detach(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let id = escaped(try invocation.operand(1, "ASSOCIATION_ID"))
    var members = RequestMembers()
    if try invocation.isOn("give-back") { members.set("give_back", .bool(true)) }
    members.set("reason", invocation["reason"].map(JSONText.string))
    let reply = try await invocation.client().command(
      try path(invocation) + "/coupons/\(id)/detach", body: members.body,
      idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words(association: $0) }
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/subscriptions/\(escaped(try invocation.operand(0, "SUBSCRIPTION")))"
  }

  /// A subscription in a few lines.
  private static func words(_ one: JSONNode, _ console: Console) -> String {
    let status = one.shown("status")
    var lines = [
      "\(console.styled(one.shown("id"), .strong))  \(one.shown("customer_id"))",
      "status     \(console.styled(status, status == "cancelled" ? .warning : .good))",
      "currency   \(one.shown("currency"))",
    ]
    lines += (one["line_items"]?.elements ?? []).map { "line item  \($0.shown("id"))" }
    lines += (one["coupons"]?.elements ?? []).map { "coupon     \(words(association: $0))" }
    return lines.joined(separator: "\n")
  }

  /// A coupon of a subscription in one line.
  private static func words(association: JSONNode) -> String {
    let line = association.text("line_item_id").map { "  for \($0)" } ?? ""
    let state =
      association.text("detached_at").map { "  until \($0)" } ?? association.text("ends_at").map {
        "  until \($0)"
      } ?? ""
    let coupon = association.text("code") ?? association.shown("coupon_id")
    return
      "\(association.shown("id"))  \(coupon)\(line)  on \(association.shown("invoices")) invoices\(state)"
  }
}

extension RequestMembers {
  /// Takes the caller's own facts from their flags.
  mutating func setMetadata(_ invocation: Invocation) throws(ToolError) {
    var facts: [(String, JSONText)] = []
    for text in invocation.all("metadata") {
      let (name, value) = try CouponForm.pair(text, of: "metadata")
      facts.append((name, .string(value)))
    }
    try set("metadata", members: facts)
  }
}
