import CommandLineClient
import JSON

extension Verb {
  private static let reason = Flag.value("reason", "TEXT", "Your own words.")

  /// Orders that are kept here.
  static let keptOrders: [Verb] = [
    Verb(
      "order create", ["CART"], "make an order that is kept here, and hold its codes' coupons",
      details: "CART is a file with a cart, or with a whole request; - is standard input.",
      flags: buyer + [
        .value("id", "ORDER", "What the order is called; otherwise a name is made."),
        .value("locale", "TAG", "The customer's language, such as de-DE."),
        .value("expected-total", "UNITS", "Refuse if the total is another."),
        .value("ttl", "SECONDS", "How long to hold the codes; otherwise as long as the settings say."),
        .option("best-effort", "Leave out a code that does not apply, instead of refusing."),
        .idempotencyKey,
      ] + Flag.client, run: KeptOrderVerbs.create),
    Verb(
      "order list", [], "list orders, newest first",
      flags: [
        .value("state", "STATE", "Only in this state."), .value("user", "USER", "Only of this user."),
        .value("limit", "N", usual: "50", "How many at most."),
        .value("cursor", "CURSOR", "Where the last page ended."),
      ] + Flag.client, run: KeptOrderVerbs.list),
    Verb("order show", ["ORDER"], "show an order", flags: Flag.client, run: KeptOrderVerbs.show),
    Verb(
      "order events", ["ORDER"], "show what happened to an order", flags: Flag.client,
      run: KeptOrderVerbs.events),
    Verb(
      "order change", ["ORDER", "[CART]"], "give an order other items or codes before its checkout",
      details: "What is not given stays. Name all codes that the order is to have.",
      flags: buyer + [
        .option("no-codes", "Give all its codes back."),
        .value("locale", "TAG", "The customer's language, such as de-DE."),
        .value("expected-total", "UNITS", "Refuse if the total is another."),
        .option("all-or-nothing", "Refuse if a code does not apply, instead of giving it back."),
        .idempotencyKey,
      ] + Flag.client, run: KeptOrderVerbs.change),
    Verb(
      "order checkout", ["ORDER"], "the customer wants to pay, for the first time or again",
      flags: [
        .value("expected-total", "UNITS", "Refuse if the total is another."),
        .value("ttl", "SECONDS", "How long to hold the codes for the payment; otherwise seven days."),
        .idempotencyKey,
      ] + Flag.client, run: KeptOrderVerbs.checkout),
    Verb(
      "order confirm", ["ORDER"], "the order was paid: use its coupons",
      flags: [
        .value("reference", "TEXT", "What the payment is called."),
        .value("expected-total", "UNITS", "Refuse if the total is another."), .idempotencyKey,
      ] + Flag.client, run: KeptOrderVerbs.confirm),
    Verb(
      "order fail", ["ORDER"], "the payment will not come: give its coupons back",
      flags: [reason, .idempotencyKey] + Flag.client, run: KeptOrderVerbs.fail),
    Verb(
      "order cancel", ["ORDER"], "call an order off; what was paid is to be given back",
      flags: [reason, .idempotencyKey] + Flag.client, run: KeptOrderVerbs.cancel),
    Verb(
      "order refund", ["ORDER"], "give back units and shipping of a paid order, or all that is left",
      details: "Without --unit and --shipping all that is left is given back.",
      flags: [
        .value("unit", "LINE=QUANTITY", repeats: true, "So many units of a line."),
        .value("shipping", "CHARGE=UNITS", repeats: true, "So much of a shipping charge, in minor units."),
        reason, .idempotencyKey,
      ] + Flag.client, run: KeptOrderVerbs.refund),
  ]
}

/// What the verbs about orders that are kept here do.
enum KeptOrderVerbs {
  @Sendable static func create(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = try OrderVerbs.question(invocation, cart: try invocation.operand(0, "CART"))
    if let id = invocation["id"] { members.append(("id", .string(id))) }
    members += try locale(invocation) + expectedTotal(invocation)
    if let ttl = try invocation.integer("ttl", in: 1...Int.max) {
      members.append(("ttl_seconds", .integer(Int64(ttl))))
    }
    if try invocation.isOn("best-effort") { members.append(("all_or_nothing", .bool(false))) }
    let reply = try await invocation.client().command(
      "/v1/orders", body: JSONText.object(members).bytes, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words(order: $0, console) }
  }

  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let query = [("state", "state"), ("user_id", "user"), ("limit", "limit"), ("cursor", "cursor")]
    let reply = try await invocation.client().call(
      "GET", "/v1/orders", query: query.map { ($0.0, invocation[$0.1]) })
    try invocation.show(reply, on: console) { page in
      var table = Table("order", "state", ">total", "user", "created")
      for order in page["data"]?.elements ?? [] {
        table.add(
          order.shown("id"), order.shown("state"), money(order, "total"), order.text("user_id") ?? "-",
          order.shown("created_at"))
      }
      if table.isEmpty { return "No orders." }
      let more = page.text("next_cursor").map { "\nmore: --cursor \($0)" } ?? ""
      return table.text + more
    }
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", try path(invocation))
    try invocation.show(reply, on: console) { words(order: $0, console) }
  }

  @Sendable static func events(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", try path(invocation) + "/events", query: [("limit", "1000")])
    try invocation.show(reply, on: console) { page in
      (page["data"]?.elements ?? []).map { EventVerbs.words($0, console) }.joined(separator: "\n")
    }
  }

  @Sendable static func change(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = try locale(invocation) + expectedTotal(invocation)
    if let cart = invocation.operands.dropFirst().first {
      members += try OrderVerbs.question(invocation, cart: cart).filter { name, value in
        name == "cart" || name == "codes" && value.text != "[]" || name == "customer" && value.text != "{}"
      }
    } else {
      let codes = invocation.all("code")
      if !codes.isEmpty { members.append(("codes", .array(codes.map(JSONText.string)))) }
      let customer = [("user", "user_id"), ("email", "email"), ("country", "country")].compactMap {
        flag, name in
        invocation[flag].map { (name, JSONText.string($0)) }
      }
      if !customer.isEmpty { members.append(("customer", .object(customer))) }
    }
    if try invocation.isOn("no-codes") { members.append(("codes", .array([]))) }
    if try invocation.isOn("all-or-nothing") { members.append(("all_or_nothing", .bool(true))) }
    if members.isEmpty { throw .usage("Nothing to change: scrip help order change") }
    try await step("change", members, invocation, console)
  }

  @Sendable static func checkout(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = try expectedTotal(invocation)
    if let ttl = try invocation.integer("ttl", in: 1...Int.max) {
      members.append(("ttl_seconds", .integer(Int64(ttl))))
    }
    try await step("checkout", members, invocation, console)
  }

  @Sendable static func confirm(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reference = invocation["reference"].map { [("reference", JSONText.string($0))] } ?? []
    try await step("confirm", try expectedTotal(invocation) + reference, invocation, console)
  }

  @Sendable static func fail(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await step("fail", reason(invocation), invocation, console)
  }

  @Sendable static func cancel(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await step("cancel", reason(invocation), invocation, console)
  }

  @Sendable static func refund(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let lines = try parts(invocation.all("unit"), "line_id", "quantity")
    let charges = try parts(invocation.all("shipping"), "shipping_id", "amount")
    var members = reason(invocation)
    if !lines.isEmpty { members.append(("lines", .array(lines))) }
    if !charges.isEmpty { members.append(("shipping", .array(charges))) }
    let isRest = lines.isEmpty && charges.isEmpty
    let reply = try await send(isRest ? "refund-rest" : "refund", members, invocation)
    try invocation.show(reply, on: console) { refund in
      [
        "give back  \(refund.shown("amount"))", "by now     \(refund.shown("refunded"))",
        "left       \(refund.shown("left"))", "state      \(refund.shown("state"))",
      ].joined(separator: "\n")
    }
  }

  /// `l1=2` as a line and a number.
  private static func parts(_ texts: [String], _ id: String, _ number: String) throws(ToolError) -> [JSONText]
  {
    var parts: [JSONText] = []
    for text in texts {
      guard let sign = text.lastIndex(of: "="), let count = Int64(text[text.index(after: sign)...]) else {
        throw .usage("'\(text)' is not a name, an equals sign and a number.")
      }
      parts.append(.object([(id, .string(String(text[..<sign]))), (number, .integer(count))]))
    }
    return parts
  }

  private static func reason(_ invocation: Invocation) -> [(String, JSONText)] {
    invocation["reason"].map { [("reason", JSONText.string($0))] } ?? []
  }

  private static func locale(_ invocation: Invocation) -> [(String, JSONText)] {
    invocation["locale"].map { [("locale", JSONText.string($0))] } ?? []
  }

  private static func expectedTotal(_ invocation: Invocation) throws(ToolError) -> [(String, JSONText)] {
    let total = try invocation.integer("expected-total", in: 0...Int.max)
    return total.map { [("expected_total", .integer(Int64($0)))] } ?? []
  }

  private static func step(
    _ step: String, _ members: [(String, JSONText)], _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    let reply = try await send(step, members, invocation)
    try invocation.show(reply, on: console) { words(order: $0, console) }
  }

  private static func send(
    _ step: String, _ members: [(String, JSONText)], _ invocation: Invocation
  ) async throws(ToolError) -> ServiceClient.Reply {
    try await invocation.client().command(
      try path(invocation) + "/\(step)", body: JSONText.object(members).bytes,
      idempotencyKey: invocation["idempotency-key"])
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/orders/\(escaped(try invocation.operand(0, "ORDER")))"
  }

  private static func money(_ order: JSONNode, _ name: String) -> String {
    order.member(named: name)?.int64().map { shownMoney($0, order.shown("currency")) } ?? "-"
  }

  /// An order in a few lines.
  private static func words(order: JSONNode, _ console: Console) -> String {
    let state = order.shown("state")
    let isBad = state == "failed" || state == "cancelled"
    var lines = [
      "\(console.styled(order.shown("id"), .strong))  \(order.text("user_id") ?? "")",
      "state      \(console.styled(state, isBad ? .warning : .good))",
    ]
    if let quote = order["quote"], quote.kind == .object {
      lines.append(OrderVerbs.words(quote: quote, console))
    }
    if let refunded = order["refunded"]?.int64(), refunded > 0 {
      lines.append("given back \(money(order, "refunded"))")
    }
    return lines.joined(separator: "\n")
  }
}
