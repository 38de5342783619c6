import CommandLineClient
import JSON

extension Verb {
  /// Codes and customer, beside or instead of what a file says.
  static let buyer: [Flag] = [
    .value("code", "CODE", repeats: true, "A code as the customer typed it."),
    .value("user", "USER", "Who buys."),
    .value("email", "ADDRESS", "The customer's e-mail address."),
    .value("name", "NAME", "The customer's name, for mails about an order."),
    .value("country", "COUNTRY", "Where it is sent to."),
    .value("device", "DEVICE", "The customer's device, for limits and fraud rules."),
    .value("payment", "FINGERPRINT", "The customer's card, for limits and fraud rules."),
    .value("ip", "ADDRESS", "Where the customer comes from, for fraud rules."),
  ]

  /// Pricing orders, and holding and using coupons for them.
  static let orders: [Verb] = [
    Verb(
      "quote", ["CART"], "price a cart with codes; changes nothing",
      details: "CART is a file with a cart, or with a whole request; - is standard input.",
      flags: buyer + [
        .value("order", "ORDER", "The order that it is for: what that holds does not count against it.")
      ]
        + Flag.client, run: OrderVerbs.quote),
    Verb(
      "application apply", ["ORDER", "CART"], "hold one use of each code for an order",
      details: "CART is a file with a cart, or with a whole request; - is standard input.",
      flags: buyer + [
        .value("expected-discount", "UNITS", "Refuse if the discount is another."),
        .value(
          "ttl", "SECONDS", "How long to hold it, 60 to 604800; otherwise as long as the settings say."),
        .idempotencyKey,
      ] + Flag.client, run: OrderVerbs.apply),
    Verb(
      "application change", ["APPLICATION", "CART"], "hold other codes for the same order, in one step",
      details: """
        CART is a file with a cart, or with a whole request; - is standard input. Name all codes that the order is to \
        have: those that stay keep their place.
        """,
      flags: buyer + [
        .value("expected-discount", "UNITS", "Refuse if the discount is another."),
        .value("ttl", "SECONDS", "How long to hold it from now on; otherwise as long as before."),
        .idempotencyKey,
      ] + Flag.client, run: OrderVerbs.change),
    Verb(
      "application show", ["APPLICATION"], "show an application, by its id or an order's id",
      flags: Flag.client, run: OrderVerbs.show),
    Verb(
      "application redeem", ["APPLICATION"], "use the coupons: the order is paid",
      flags: [
        .value("expected-total", "UNITS", "Refuse if the total is another."),
        .value(
          "cart", "CART", "A file with the cart as it is now, if it has changed, or with a whole request."),
        .option("all-or-nothing", "Refuse if a code no longer applies, instead of giving it back."),
        .option("honour", "Also if the coupons' places are gone: no limit counts such a use."),
        .idempotencyKey,
      ] + Flag.client, run: OrderVerbs.redeem),
    Verb(
      "application release", ["APPLICATION"], "give the coupons back: the order was not paid",
      flags: [
        .value("reason", "WORD", usual: "canceled", "Why, such as payment_failed."), .idempotencyKey,
      ] + Flag.client,
      run: OrderVerbs.release),
    Verb(
      "application extend", ["APPLICATION"], "hold the coupons for longer",
      flags: [.value("ttl", "SECONDS", usual: "900", "How long from now, 60 to 604800."), .idempotencyKey]
        + Flag.client,
      run: OrderVerbs.extend),
    Verb(
      "application restore", ["APPLICATION"], "give used coupons back: the paid order was undone",
      flags: [
        .value("cause", "CAUSE", usual: "canceled", "canceled or fully_refunded."),
        .value("reason", "TEXT", "Your own words."), .idempotencyKey,
      ] + Flag.client, run: OrderVerbs.restore),
  ]
}

/// What the verbs about orders do.
enum OrderVerbs {
  @Sendable static func quote(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "POST", "/v1/quotes", body: try quoteRequest(invocation).body)
    try invocation.show(reply, on: console) { words(quote: $0, console) }
  }

  /// The request for a quote.
  static func quoteRequest(_ invocation: Invocation) throws(ToolError) -> RequestMembers {
    var members = try question(invocation, cart: try invocation.operand(0, "CART"))
    members.set("order_id", invocation["order"].map(JSONText.string))
    return members
  }

  @Sendable static func apply(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().command(
      "/v1/applications", body: try lockRequest(invocation).body,
      idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words(application: $0, console) }
  }

  /// The request for a lock.
  static func lockRequest(_ invocation: Invocation) throws(ToolError) -> RequestMembers {
    var members = try changeRequest(invocation)
    members.set("order_id", .string(try invocation.operand(0, "ORDER")))
    return members
  }

  @Sendable static func change(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await step("change", try changeRequest(invocation), invocation, console)
  }

  /// The request for a change of codes.
  static func changeRequest(_ invocation: Invocation) throws(ToolError) -> RequestMembers {
    var members = try question(invocation, cart: try invocation.operand(1, "CART"))
    try members.setAmount("expected_discount", "expected-discount", invocation)
    try members.setSeconds(invocation)
    return members
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let name = try invocation.operand(0, "APPLICATION")
    let client = try invocation.client()
    let reply =
      name.hasPrefix("application_")
      ? try await client.call("GET", "/v1/applications/\(escaped(name))")
      : try await client.call("GET", "/v1/applications", query: [("order_id", name)])
    if try reply.document()["data"]?.count == 0 {
      throw .declined(code: "application_not_found", detail: "No application was made for the order \(name).")
    }
    try invocation.show(reply, on: console) { words(application: $0["data"]?[0] ?? $0, console) }
  }

  @Sendable static func redeem(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await step("redeem", try redeemRequest(invocation), invocation, console)
  }

  /// The request for a redemption.
  static func redeemRequest(_ invocation: Invocation) throws(ToolError) -> RequestMembers {
    var members = RequestMembers()
    if let path = invocation["cart"] { members = try RequestMembers(inFile: path) }
    try members.setAmount("expected_total", "expected-total", invocation)
    if try invocation.isOn("all-or-nothing") { members.set("all_or_nothing", .bool(true)) }
    if try invocation.isOn("honour") { members.set("without_room", .string("honour")) }
    return members
  }

  @Sendable static func extend(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    members.set("ttl_seconds", .integer(Int64(try invocation.requiredInteger("ttl", in: 1...Int.max))))
    try await step("extend", members, invocation, console)
  }

  @Sendable static func release(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    members.set("reason", .string(try invocation.required("reason")))
    try await step("release", members, invocation, console)
  }

  @Sendable static func restore(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    members.set("cause", .string(try invocation.required("cause")))
    members.set("reason", invocation["reason"].map(JSONText.string))
    try await step("restore", members, invocation, console)
  }

  private static func step(
    _ step: String, _ members: RequestMembers, _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    let id = escaped(try invocation.operand(0, "APPLICATION"))
    let reply = try await invocation.client().command(
      "/v1/applications/\(id)/\(step)", body: members.body, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words(application: $0, console) }
  }

  /// What a file says, with the codes and the customer of the flags.
  static func question(_ invocation: Invocation, cart path: String) throws(ToolError) -> RequestMembers {
    var members = try RequestMembers(inFile: path)
    try members.setBuyer(invocation)
    return members
  }

  /// A quote in a few lines.
  static func words(quote: JSONNode, _ console: Console) -> String {
    let currency = quote.shown("currency")
    func money(_ node: JSONNode, _ name: String) -> String {
      node.member(named: name)?.int64().map { shownMoney($0, currency) } ?? "-"
    }
    var lines =
      quote["applied"]?.elements.map { applied in
        "\(console.styled("✓", .good)) \(applied.shown("code"))  −\(money(applied, "amount"))  \(applied.shown("title"))"
      } ?? []
    for refused in quote["not_applied"]?.elements ?? [] {
      lines.append(
        "\(console.styled("✗", .bad)) \(refused.shown("code"))  \(refused.shown("message")) (\(refused.shown("reason")))"
      )
    }
    lines.append("goods      \(money(quote, "subtotal"))")
    lines.append("shipping   \(money(quote, "shipping"))")
    lines.append("discount   \(money(quote, "discount"))")
    lines.append("total      \(console.styled(money(quote, "total"), .strong))")
    return lines.joined(separator: "\n")
  }

  /// An application in a few lines.
  static func words(application: JSONNode, _ console: Console) -> String {
    let state = application.shown("state")
    var lines = [
      "\(application.shown("id"))  order \(application.shown("order_id"))",
      "state      \(console.styled(state, state == "released" ? .warning : .good))",
      "expires    \(application.shown("expires_at"))",
    ]
    for code in application["given_back"]?.elements ?? [] {
      lines.append("given back \(code.shown("code"))  \(code.shown("message"))")
    }
    if let quote = application["quote"], quote.kind == .object { lines.append(words(quote: quote, console)) }
    return lines.joined(separator: "\n")
  }
}
