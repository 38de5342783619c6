import CommandLineClient
import JSON

/// What the verbs about a coupon's codes do.
enum CodeVerbs {
  private static let chunk = 10_000

  @Sendable static func list(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let client = try invocation.client()
    let id = try await CouponVerbs.couponID(invocation, client)
    let isJSON = try invocation.isOn("json")
    let reply = try await client.call(
      "GET", "/v1/coupons/\(id)/codes", headers: ["Accept": "application/x-ndjson"])
    if isJSON {
      console.print(String(decoding: reply.body, as: UTF8.self).trimmedEnd)
      return
    }
    var table = Table("code", "owner", ">used", ">of")
    for line in reply.body.split(separator: UInt8(ascii: "\n")) {
      let code = try ServiceClient.Reply(status: 200, headers: [:], body: Array(line)).document()
      table.add(
        code.text("display") ?? code.shown("code"), code.shown("owner"), code.shown("used"),
        code.shown("limit"))
    }
    console.print(table.isEmpty ? "No codes." : table.text)
  }

  @Sendable static func add(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let client = try invocation.client()
    let id = try await CouponVerbs.couponID(invocation, client)
    let owner = invocation["owner"].map(JSONText.string) ?? .null
    let limit =
      try invocation.integer("limit", in: 1...1_000_000_000).map { JSONText.integer(Int64($0)) } ?? .null
    let codes = invocation.operands.dropFirst().map { code in
      JSONText.object([("code", .string(code)), ("owner", owner), ("limit", limit)])
    }
    if codes.isEmpty { throw .usage("CODE is missing: \(invocation.synopsis)") }
    let reply = try await client.command(
      "/v1/coupons/\(id)/codes", body: JSONText.object([("codes", .array(codes))]).bytes,
      idempotencyKey: invocation["idempotency-key"])
    try invocation.show(reply, on: console) { "\($0.shown("added")) codes were added." }
  }

  @Sendable static func generate(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let client = try invocation.client()
    let id = try await CouponVerbs.couponID(invocation, client)
    let count = try invocation.requiredInteger("count", in: 1...100_000_000)
    let pattern = try invocation.required("pattern")
    var progress = ProgressBar("codes", total: count, on: console)
    var made = 0
    while made < count {
      let next = min(chunk, count - made)
      let body = JSONText.object([
        ("generate", .object([("count", .integer(Int64(next))), ("pattern", .string(pattern))]))
      ])
      let reply = try await client.command("/v1/coupons/\(id)/codes", body: body.bytes)
      try print(reply, invocation, console)
      made += next
      progress.advance(to: made)
    }
    progress.finish(made)
  }

  private static func print(
    _ reply: ServiceClient.Reply, _ invocation: Invocation, _ console: Console
  ) throws(ToolError) {
    let isJSON = try invocation.isOn("json")
    let lines = try ((isJSON ? reply.document() : reply.printable())["codes"]?.elements ?? []).map { code in
      isJSON ? JSONText(bytes: code.bytes).text : code.text("display") ?? code.shown("code")
    }
    if !lines.isEmpty { console.print(lines.joined(separator: "\n")) }
  }
}

extension String {
  /// The text without line feeds at its end.
  fileprivate var trimmedEnd: String {
    var text = self
    while text.last == "\n" { text.removeLast() }
    return text
  }
}
