import CommandLineClient
import JSON

extension Verb {
  /// Codes and customer, beside or instead of what a file says.
  static let buyer: [Flag] = [
    .value("code", "CODE", repeats: true, "A code as the customer typed it."),
    .value("user", "USER", "Who buys."),
    .value("email", "ADDRESS", "The e-mail address of a guest."),
    .value("country", "COUNTRY", "Where it is sent to."),
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
      flags: buyer + [
        .value("expected-discount", "UNITS", "Refuse if the discount is another."),
        .value(
          "ttl", "SECONDS", "How long to hold it, 60 to 604800; otherwise as long as the settings say."),
        .idempotencyKey,
      ] + Flag.client, run: OrderVerbs.apply),
    Verb(
      "application change", ["APPLICATION", "CART"], "hold other codes for the same order, in one step",
      details: "Name all codes that the order is to have: those that stay keep their place.",
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
        .value("cart", "CART", "A file with the cart as it is now, if it has changed."),
        .option("all-or-nothing", "Refuse if a code no longer applies, instead of giving it back."),
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
    var members = try question(invocation, cart: try invocation.operand(0, "CART"))
    if let order = invocation["order"] { members.append(("order_id", .string(order))) }
    let reply = try await invocation.client().call(
      "POST", "/v1/quotes", body: JSONText.object(members).bytes)
    try invocation.show(reply, on: console) { words(quote: $0, console) }
  }

  @Sendable static func apply(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let order = try invocation.operand(0, "ORDER")
    var members = try question(invocation, cart: try invocation.operand(1, "CART"))
    members.append(("order_id", .string(order)))
    members += try lockMembers(invocation)
    let reply = try await invocation.client().command(
      "/v1/applications", body: JSONText.object(members).bytes, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words(application: $0, console) }
  }

  @Sendable static func change(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let members = try question(invocation, cart: try invocation.operand(1, "CART"))
    try await step("change", members + lockMembers(invocation), invocation, console)
  }

  private static func lockMembers(_ invocation: Invocation) throws(ToolError) -> [(String, JSONText)] {
    var members: [(String, JSONText)] = []
    if let expected = try invocation.integer("expected-discount", in: 0...Int.max) {
      members.append(("expected_discount", .integer(Int64(expected))))
    }
    if let ttl = try invocation.integer("ttl", in: 1...Int.max) {
      members.append(("ttl_seconds", .integer(Int64(ttl))))
    }
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
    let total = try invocation.integer("expected-total", in: 0...Int.max)
    var members = total.map { [("expected_total", JSONText.integer(Int64($0)))] } ?? []
    if let path = invocation["cart"] {
      let file = try jsonObject(in: path)
      members.append(("cart", JSONText(bytes: (file["cart"] ?? file).bytes)))
    }
    if try invocation.isOn("all-or-nothing") { members.append(("all_or_nothing", .bool(true))) }
    try await step("redeem", members, invocation, console)
  }

  @Sendable static func extend(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let ttl = try invocation.requiredInteger("ttl", in: 1...Int.max)
    try await step("extend", [("ttl_seconds", .integer(Int64(ttl)))], invocation, console)
  }

  @Sendable static func release(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await step("release", [("reason", .string(try invocation.required("reason")))], invocation, console)
  }

  @Sendable static func restore(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reason = invocation["reason"].map { [("reason", JSONText.string($0))] } ?? []
    let cause = [("cause", JSONText.string(try invocation.required("cause")))]
    try await step("restore", cause + reason, invocation, console)
  }

  private static func step(
    _ step: String, _ members: [(String, JSONText)], _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    let id = escaped(try invocation.operand(0, "APPLICATION"))
    let reply = try await invocation.client().command(
      "/v1/applications/\(id)/\(step)", body: JSONText.object(members).bytes,
      idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words(application: $0, console) }
  }

  /// The cart of a file with the codes and the customer of the flags, or what the file says about them.
  static func question(_ invocation: Invocation, cart path: String) throws(ToolError) -> [(
    String, JSONText
  )] {
    let file = try jsonObject(in: path)
    let cart = file["cart"] ?? file
    var customer = file["customer"]?.members.map { ($0.0, JSONText(bytes: $0.1.bytes)) } ?? []
    for (flag, name) in [("user", "user_id"), ("email", "email"), ("country", "country")] {
      guard let value = invocation[flag] else { continue }
      customer.removeAll { $0.0 == name }
      customer.append((name, .string(value)))
    }
    let typed = invocation.all("code")
    let codes = typed.isEmpty ? file["codes"]?.elements.compactMap { $0.string() } ?? [] : typed
    return [
      ("codes", .array(codes.map(JSONText.string))), ("customer", .object(customer)),
      ("cart", JSONText(bytes: cart.bytes)),
    ]
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
