import CommandLineClient
import JSON

extension Verb {
  /// Payments through a provider, and how they are set up.
  static let payments: [Verb] = [
    Verb(
      "provider show", [], "show how orders are paid", flags: Flag.client, run: PaymentVerbs.showProvider),
    Verb(
      "provider set", ["[PROVIDER]"], "change how orders are paid from now on",
      details: """
        PROVIDER is manual, where the shop itself tells that an order was paid, or stripe. Secrets are read from files, - \
        is standard input, so that no process list shows them; the service seals them and never shows them again. What is \
        not given stays.
        """,
      flags: [
        .value("secret-key", "FILE", "A file with the provider's secret key."),
        .value("publishable-key", "KEY", "What browsers show to the provider."),
        .value(
          "webhook-secret", "FILE", repeats: true,
          "A file with a secret that the provider signs its messages with; all that are in use, the newest first."
        ),
        .value("capture", "WHEN", "automatic, or manual: what is set aside is taken with order capture."),
        .value("pay-seconds", "SECONDS", "How long a customer may take to pay."),
        .value(
          "without-room", "WHAT",
          "honour or refund: what becomes of an order that was paid when its coupons were lost."),
        .value("if-version", "N", "Only if the settings are still at this version."),
      ] + Flag.client, run: PaymentVerbs.setProvider),
    Verb(
      "provider check", [], "ask the provider whether it can be reached and takes the key",
      flags: Flag.client, run: PaymentVerbs.checkProvider),
    Verb(
      "provider seal-again", [],
      "seal the provider's and the webhooks' secrets under the newest key of the service",
      flags: Flag.client, run: PaymentVerbs.sealAgain),
    Verb(
      "payment show", ["PAYMENT"], "show a payment through a provider",
      flags: [.value("wait", "SECONDS", "How long to wait for the provider at most, up to 20.")]
        + Flag.client,
      run: PaymentVerbs.show),
    Verb(
      "payment check", ["PAYMENT"], "have the provider asked now how a payment stands",
      flags: Flag.client, run: PaymentVerbs.check),
    Verb(
      "payment settle", ["PAYMENT", "paid|unpaid"],
      "say how a payment has ended which was changed at the provider by hand",
      flags: [
        .value("reason", "TEXT", "Your own words."),
        .option("without-asking", "Don't ask the provider before: it will never answer again."),
        .idempotencyKey,
      ] + Flag.client, run: PaymentVerbs.settle),
    Verb(
      "checkout show", ["ORDER"], "show how the checkout of an order stands: order, payment and history",
      flags: Flag.client, run: PaymentVerbs.showCheckout),
    Verb(
      "checkout retry", ["ORDER"], "have the next step of a checkout taken now", flags: Flag.client,
      run: PaymentVerbs.retryCheckout),
    Verb(
      "checkout compensate", ["ORDER"],
      "undo a checkout: give the payment up at the provider, and the coupons back once it is",
      flags: [.value("reason", "TEXT", "Your own words."), .idempotencyKey] + Flag.client,
      run: PaymentVerbs.compensate),
  ]
}

/// What the verbs about payments do.
enum PaymentVerbs {
  private static let settings = "/v1/payment-settings"

  @Sendable static func showProvider(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call("GET", settings)
    try invocation.show(reply, on: console) { words(settings: $0) }
  }

  @Sendable static func setProvider(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let members = try change(invocation)
    if members.isEmpty { throw .usage("Nothing to change: scrip help provider set") }
    let version = try invocation.integer("if-version", in: 0...Int.max)
    let reply = try await invocation.client().call(
      "PATCH", settings, body: members.body,
      headers: version.map { ["If-Match": "\"v\($0)\""] } ?? [:])
    try invocation.show(reply, on: console) { words(settings: $0) }
  }

  /// The request for a change.
  static func change(_ invocation: Invocation) throws(ToolError) -> RequestMembers {
    var members = RequestMembers()
    members.set("provider", invocation.operands.first.map(JSONText.string))
    for (flag, member) in [
      ("publishable-key", "publishable_key"), ("capture", "capture"), ("without-room", "without_room"),
    ] {
      members.set(member, invocation[flag].map(JSONText.string))
    }
    if let seconds = try invocation.integer("pay-seconds", in: 1...Int.max) {
      members.set("pay_seconds", .integer(Int64(seconds)))
    }
    if let file = invocation["secret-key"] { members.set("secret_key", .string(try secret(in: file))) }
    let files = invocation.all("webhook-secret")
    if !files.isEmpty {
      let secrets = try files.map { file throws(ToolError) in JSONText.string(try secret(in: file)) }
      members.set("webhook_secrets", .array(secrets))
    }
    return members
  }

  /// A secret is one line.
  static func secret(in file: String) throws(ToolError) -> String {
    let text = String(decoding: try contents(of: file), as: UTF8.self)
    let secret = text.split(whereSeparator: { $0.isWhitespace })
    guard secret.count == 1, let word = secret.first else {
      throw .usage("\(file) must hold one secret and nothing else.")
    }
    return String(word)
  }

  @Sendable static func checkProvider(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().command(settings + "/check", body: [])
    try invocation.show(reply, on: console) { settings in
      settings.shown("provider") == "manual"
        ? "Orders are paid outside; there is no provider to ask."
        : "\(settings.shown("provider")) can be reached and takes the key."
    }
  }

  @Sendable static func sealAgain(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().command(settings + "/seal-again", body: [])
    try invocation.show(reply, on: console) { words(settings: $0) }
  }

  @Sendable static func show(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().call(
      "GET", "/v1/payments/\(escaped(try invocation.operand(0, "PAYMENT")))",
      query: [("wait_seconds", invocation["wait"])])
    try invocation.show(reply, on: console) { words(payment: $0) }
  }

  @Sendable static func check(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let reply = try await invocation.client().command(
      "/v1/payments/\(escaped(try invocation.operand(0, "PAYMENT")))/check", body: [])
    try invocation.show(reply, on: console) { words(payment: $0) }
  }

  @Sendable static func settle(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    members.set("outcome", .string(try invocation.operand(1, "paid|unpaid")))
    if try invocation.isOn("without-asking") { members.set("without_asking", .bool(true)) }
    members.set("reason", invocation["reason"].map(JSONText.string))
    let reply = try await invocation.client().command(
      "/v1/payments/\(escaped(try invocation.operand(0, "PAYMENT")))/settle", body: members.body,
      idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { KeptOrderVerbs.words(order: $0, console) }
  }

  @Sendable static func showCheckout(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let client = try invocation.client()
    let path = try orderPath(invocation)
    let order = try await client.call("GET", path)
    let events = try await client.call("GET", path + "/events", query: [("limit", "1000")])
    let history = (try events.printable()["data"]?.elements ?? []).map { EventVerbs.words($0, console) }
    var parts = [history.joined(separator: "\n")]
    if let id = try order.printable().text("payment_id") {
      let payment = try await client.call("GET", "/v1/payments/\(id)")
      parts.insert(words(payment: try payment.printable()), at: 0)
    }
    try invocation.show(order, on: console) {
      ([KeptOrderVerbs.words(order: $0, console)] + parts).joined(separator: "\n\n")
    }
  }

  @Sendable static func retryCheckout(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let client = try invocation.client()
    let order = try await client.call("GET", try orderPath(invocation))
    guard let id = try order.printable().text("payment_id") else {
      throw .failure("The order was not checked out through a provider, so that there is no step to take.")
    }
    let reply = try await client.command("/v1/payments/\(id)/check", body: [])
    try invocation.show(reply, on: console) { words(payment: $0) }
  }

  @Sendable static func compensate(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    var members = RequestMembers()
    members.set("reason", invocation["reason"].map(JSONText.string))
    let reply = try await invocation.client().command(
      try orderPath(invocation) + "/fail", body: members.body, idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { KeptOrderVerbs.words(order: $0, console) }
  }

  private static func orderPath(_ invocation: Invocation) throws(ToolError) -> String {
    "/v1/orders/\(escaped(try invocation.operand(0, "ORDER")))"
  }

  /// Settings in a few lines.
  static func words(settings: JSONNode) -> String {
    [
      "provider      \(settings.shown("provider"))", "capture       \(settings.shown("capture"))",
      "time to pay   \(settings.shown("pay_seconds")) s", "without room  \(settings.shown("without_room"))",
      "public key    \(settings.text("publishable_key") ?? "-")",
      "secret key    \(settings["has_secret_key"]?.bool() == true ? "sealed" : "none")",
      "webhooks      \(settings.shown("webhook_secrets")) secrets",
      "version       \(settings.shown("version"))",
    ].joined(separator: "\n")
  }

  /// A payment in a few lines.
  static func words(payment: JSONNode) -> String {
    let secret = payment.text("client_secret").map { ["secret     \($0)"] } ?? []
    let problem = payment.text("problem").map { ["problem    \($0)"] } ?? []
    return
      ([
        "\(payment.shown("id"))  \(payment.shown("state"))",
        "order      \(payment.shown("order_id"))",
        "amount     \(KeptOrderVerbs.money(payment, "amount"))",
        "provider   \(payment.shown("provider"))  \(payment.text("intent") ?? "")",
        "pay by     \(payment.shown("pay_by"))",
        "refunds    \(KeptOrderVerbs.money(payment, "refunded")) of \(KeptOrderVerbs.money(payment, "refund_due"))",
      ] + problem + secret).joined(separator: "\n")
  }
}
