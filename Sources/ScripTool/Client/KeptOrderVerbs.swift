import CommandLineClient
import JSON

extension Verb {
  private static let reason = Flag.value("reason", "TEXT", "Your own words.")
  private static let metadata = Flag.value(
    "metadata", "NAME=VALUE", repeats: true, "A fact of your own, beside those in the file.")

  /// Orders that are kept here.
  static let keptOrders: [Verb] = [
    Verb(
      "order create", ["CART"], "make an order that is kept here, and hold its codes' coupons",
      details: "CART is a file with a cart, or with a whole request; - is standard input.",
      flags: buyer + [
        .value("id", "ORDER", "What the order is called; otherwise a name is made."),
        .value("locale", "TAG", "The customer's language, such as de-DE."), metadata,
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
      details: """
        CART is a file with a cart, or with a whole request; - is standard input. What is not given stays. Name all \
        codes and all metadata that the order is to have.
        """,
      flags: buyer + [
        .option("no-codes", "Give all its codes back."),
        .value("locale", "TAG", "The customer's language, such as de-DE."),
        .option("no-locale", "Take the customer's language away."), metadata,
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
        .value("expected-total", "UNITS", "Refuse if the total is another."),
        .option("honour", "Also if its coupons' places are gone: no limit counts such a use."),
        .idempotencyKey,
      ] + Flag.client, run: KeptOrderVerbs.confirm),
    Verb(
      "order capture", ["ORDER"], "take the money that a provider has set aside for an order",
      flags: [
        .value("expected-total", "UNITS", "Refuse if the total is another."), .idempotencyKey,
      ] + Flag.client, run: KeptOrderVerbs.capture),
    Verb(
      "order fail", ["ORDER"], "the payment will not come: give its coupons back",
      flags: [reason, .idempotencyKey] + Flag.client, run: KeptOrderVerbs.fail),
    Verb(
      "order cancel", ["ORDER"], "call an order off; what was paid is to be given back",
      flags: [reason, .idempotencyKey] + Flag.client, run: KeptOrderVerbs.cancel),
    Verb(
      "order amend", ["ORDER", "CART"], "change the items of a paid order, and tell the difference",
      details: "CART is a file with the whole cart from now on; - is standard input.",
      flags: [
        .value("expected-total", "UNITS", "Refuse if the total is another."), reason, .idempotencyKey,
      ] + Flag.client, run: KeptOrderVerbs.amend),
    Verb(
      "order refund", ["ORDER"], "give back units and shipping of a paid order, or all that is left",
      details: "Without --unit and --shipping all that is left is given back.",
      flags: [
        .value(
          "unit", "UNITS", repeats: true,
          "So many units of a line, LINE=QUANTITY; or these, LINE:FIRST or LINE:FIRST+COUNT, counted from 0."),
        .value("shipping", "CHARGE=UNITS", repeats: true, "So much of a shipping charge, in minor units."),
        reason, .idempotencyKey,
      ] + Flag.client, run: KeptOrderVerbs.refund),
  ]
}

/// What the verbs about orders that are kept here do.
enum KeptOrderVerbs {
  @Sendable static func create(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().command(
      "/v1/orders", body: try newOrder(invocation).body, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { words(order: $0, console) }
  }

  /// The request for a new order.
  static func newOrder(_ invocation: Invocation) throws(ToolError) -> RequestMembers {
    var members = try OrderVerbs.question(invocation, cart: try invocation.operand(0, "CART"))
    members.set("id", invocation["id"].map(JSONText.string))
    try members.setNotes(invocation)
    try members.setSeconds(invocation)
    if try invocation.isOn("best-effort") { members.set("all_or_nothing", .bool(false)) }
    return members
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
    try await step("change", try changes(invocation), invocation, console)
  }

  /// The request for a change.
  static func changes(_ invocation: Invocation) throws(ToolError) -> RequestMembers {
    var members = RequestMembers()
    if let cart = invocation.operands.dropFirst().first { members = try RequestMembers(inFile: cart) }
    try members.setBuyer(invocation)
    try members.setNotes(invocation)
    if try invocation.isOn("no-codes") {
      guard invocation.all("code").isEmpty else {
        throw .usage("Give either --code or --no-codes, not both.")
      }
      members.set("codes", .array([]))
    }
    if try invocation.isOn("no-locale") {
      guard invocation["locale"] == nil else {
        throw .usage("Give either --locale or --no-locale, not both.")
      }
      members.set("locale", .null)
    }
    if try invocation.isOn("all-or-nothing") { members.set("all_or_nothing", .bool(true)) }
    if members.isEmpty { throw .usage("Nothing to change: scrip help order change") }
    return members
  }

  @Sendable static func checkout(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    try members.setAmount("expected_total", "expected-total", invocation)
    try members.setSeconds(invocation)
    try await step("checkout", members, invocation, console)
  }

  @Sendable static func confirm(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    try members.setAmount("expected_total", "expected-total", invocation)
    members.set("reference", invocation["reference"].map(JSONText.string))
    if try invocation.isOn("honour") { members.set("without_room", .string("honour")) }
    try await step("confirm", members, invocation, console)
  }

  @Sendable static func capture(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    try members.setAmount("expected_total", "expected-total", invocation)
    try await step("capture", members, invocation, console)
  }

  @Sendable static func fail(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await step("fail", reason(invocation), invocation, console)
  }

  @Sendable static func cancel(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    try await step("cancel", reason(invocation), invocation, console)
  }

  @Sendable static func amend(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = try RequestMembers(inFile: try invocation.operand(1, "CART"))
    try members.setAmount("expected_total", "expected-total", invocation)
    members.set("reason", invocation["reason"].map(JSONText.string))
    let reply = try await send("amend", members, invocation)
    try invocation.show(reply, on: console) { words(amendment: $0) }
  }

  @Sendable static func refund(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let lines = try RefundedUnits.lines(invocation.all("unit"))
    let charges = try RefundedUnits.charges(invocation.all("shipping"))
    var members = reason(invocation)
    if !lines.isEmpty { members.set("lines", .array(lines)) }
    if !charges.isEmpty { members.set("shipping", .array(charges)) }
    let isRest = lines.isEmpty && charges.isEmpty
    let reply = try await send(isRest ? "refund-rest" : "refund", members, invocation)
    try invocation.show(reply, on: console) { words(refund: $0) }
  }

  private static func reason(_ invocation: Invocation) -> RequestMembers {
    var members = RequestMembers()
    members.set("reason", invocation["reason"].map(JSONText.string))
    return members
  }

  private static func step(
    _ step: String, _ members: RequestMembers, _ invocation: Invocation, _ console: Console
  ) async throws(ToolError) {
    let reply = try await send(step, members, invocation)
    try invocation.show(reply, on: console) { words(order: $0, console) }
  }

  private static func send(
    _ step: String, _ members: RequestMembers, _ invocation: Invocation
  ) async throws(ToolError) -> ServiceClient.Reply {
    try await invocation.client().command(
      try path(invocation) + "/\(step)", body: members.body,
      idempotencyKey: invocation["idempotency-key"])
  }

  private static func path(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/orders/\(escaped(try invocation.operand(0, "ORDER")))"
  }
}

extension RequestMembers {
  /// Takes from the flags what orders have beside cart, codes and customer.
  fileprivate mutating func setNotes(_ invocation: Invocation) throws(ToolError) {
    set("locale", invocation["locale"].map(JSONText.string))
    try setAmount("expected_total", "expected-total", invocation)
    var metadata: [(String, JSONText)] = []
    for text in invocation.all("metadata") {
      let (name, value) = try CouponForm.pair(text, of: "metadata")
      metadata.append((name, .string(value)))
    }
    try set("metadata", members: metadata)
  }
}
