import Promotions
import Scrip
import Testing

/// Subscriptions, their coupons, and invoices.
extension Sender {
  private static let parts =
    #""line_items":[{"id":"seats","product_id":"pro"}],"phases":[{"id":"intro","starts_at":"2020-01-01T00:00:00Z"}]"#

  private func subscriptionPath(_ id: String) -> String { "/v1/subscriptions/\(escaped(Array(id.utf8)))" }

  private func invoicePath(_ id: String) -> String { "/v1/invoices/\(escaped(Array(id.utf8)))" }

  @discardableResult
  private func subscription(
    _ id: String = "sub", _ more: String = "", parts: String = parts, counts: Bool = false
  ) async -> TestAnswer {
    await send(
      .put, subscriptionPath(id), #"{"customer_id":"ann","currency":"USD",\#(parts)\#(more)}"#, counts: counts
    )
  }

  /// Coupons that any subscription takes as often as it likes: an amount that ends, and a percentage that is counted.
  private func prepareBilling() async throws {
    for (code, discount) in [
      ("BILL", #"{"type":"decimal","amounts":{"USD":"100.12345678"}}"#),
      ("PER", #"{"type":"percent","percent":"3"}"#),
    ] {
      _ = try await service.activeCoupon(
        #"""
        {"name":"\#(code)","code":"\#(code)","discount":\#(discount),"stacking":{"policy":"open"},
        "limits":{"total":1000000,"per_user":100000,"per_code":1000000,"per_period":[{"period":"day","total":100000}]},
        "billing":{"cadence":"repeated","periods":1200,"attach_again":true}}
        """#)
    }
    await subscription()
    note(users: ["ann"])
  }

  private func attach(_ id: String = "sub", _ more: String = "", counts: Bool = false) async -> String? {
    await send(.post, subscriptionPath(id) + "/coupons", #"{"code":"bill"\#(more)}"#, counts: counts)["id"]
  }

  private static let notes = Extremes.object(
    (0..<50).map { (String($0), Extremes.json(String(repeating: "n", count: 500))) })

  func saveSubscriptions() async throws {
    for id in Extremes.texts(max: 200) { await subscription(id, counts: true) }
    for (number, customer) in Extremes.jsonTexts(max: 200).enumerated() {
      await send(
        .put, subscriptionPath("customer-\(number)"), #"{"customer_id":\#(customer),"currency":"JPY"}"#)
    }
    note(users: Extremes.texts(max: 200) + ["ann"])
    let lines = Extremes.list((0..<200).map { #"{"id":"l\#($0)","product_id":null}"# })
    let phases = Extremes.list(
      (0..<50).map { #"{"id":"p\#($0)","starts_at":"2020-01-01T00:00:00Z","ends_at":null}"# })
    for parts in Extremes.jsonTexts(max: 200).flatMap({ text in
      [
        #""line_items":[{"id":\#(text)}]"#, #""line_items":[{"id":"l","product_id":\#(text)}]"#,
        #""phases":[{"id":\#(text),"starts_at":"2020-01-01T00:00:00Z"}]"#, #""metadata":{"note":\#(text)}"#,
      ]
    }) + [#""line_items":\#(lines)"#, #""phases":\#(phases)"#, #""metadata":\#(Self.notes)"#] {
      await subscription("parts", parts: parts, counts: true)
    }
    for date in Extremes.dates {
      await subscription("dates", #","current_period_start":\#(Extremes.json(date))"#, counts: true)
      await subscription(
        "dates", parts: #""phases":[{"id":"p","starts_at":\#(Extremes.json(date))}]"#, counts: true)
    }
    for more in ["null", "0", Extremes.amountMax] {
      await subscription("dates", #","revision":\#(more)"#, counts: true)
    }
    for status in Subscription.Status.allCases {
      await subscription("status", #","status":"\#(status.rawValue)""#, counts: true)
    }
  }

  func attachCoupons() async throws {
    try await prepareBilling()
    let windows = Extremes.dates.flatMap { date in
      [#","starts_at":\#(Extremes.json(date))"#, #","ends_at":\#(Extremes.json(date))"#]
    }
    let more =
      [
        "", #","line_item_id":"seats""#, #","phase_id":"intro""#, #","apply_now":true"#,
        #","priority":-1000"#,
      ]
      + [#","priority":1000"#, #","priority":null"#, #","metadata":\#(Self.notes)"#] + windows
      + Extremes.jsonTexts(max: 200).map { #","metadata":{"note":\#($0)}"# }
      + Extremes.jsonTexts(max: 200).map { #","line_item_id":\#($0)"# }
    for (number, members) in more.enumerated() {
      await subscription("sub-\(number)", #","current_period_start":"0000-01-01T00:00:00Z""#)
      _ = await attach("sub-\(number)", members, counts: true)
      _ = await bill("invoice-\(number)", of: "sub-\(number)")
    }
    for text in Extremes.jsonTexts(max: 400) {
      await send(.post, subscriptionPath("sub") + "/coupons", #"{"code":\#(text)}"#)
    }
  }

  func detachCoupons() async throws {
    try await prepareBilling()
    let bodies =
      ["", "{}", #"{"give_back":true}"#, #"{"give_back":false}"#]
      + Extremes.jsonTexts(max: 200).map { #"{"reason":\#($0)}"# }
    for body in bodies {
      let id = try #require(await attach())
      await send(.post, subscriptionPath("sub") + "/coupons/\(id)/detach", body)
      await send(.post, subscriptionPath("sub") + "/coupons/\(id)/detach", #"{"give_back":true}"#)
    }
  }

  @discardableResult
  private func bill(
    _ id: String, of subscription: String? = "sub", lines: String = #"[{"id":"l1","amount":8000}]"#,
    _ more: String = "", counts: Bool = false
  ) async -> TestAnswer {
    let name = subscription.map { Extremes.json($0) } ?? "null"
    return await send(
      .put, invoicePath(id), #"{"subscription_id":\#(name),"currency":"USD","line_items":\#(lines)\#(more)}"#,
      counts: counts)
  }

  func priceInvoices() async throws {
    try await prepareBilling()
    _ = await attach("sub", #","apply_now":true"#)
    for id in Extremes.texts(max: 200) { await bill(id, counts: true) }
    let texts = Extremes.jsonTexts(max: 200)
    let odd = texts.flatMap { text in
      [
        #"[{"id":\#(text),"amount":"0.5"}]"#,
        #"[{"id":"l1","amount":1,"subscription_line_item_id":\#(text)}]"#,
        #"[{"id":"l1","amount":1,"product_id":\#(text)}]"#,
        #"[{"id":"l1","amount":1,"categories":[\#(text)]}]"#,
      ]
    }
    let most = Extremes.json(Extremes.amountMax)
    let many = Extremes.list((0..<500).map { #"{"id":"l\#($0)","amount":"\#($0).12345678"}"# })
    let ends = [
      most, "\"-9007199254740991\"", "-9007199254740991", Extremes.amountMax, "\"0.00000001\"",
      "\"-0.00000001\"",
      "0", "\"-0\"",
    ].map { #"[{"id":"l1","amount":\#($0),"discountable":false},{"id":"l2","amount":0}]"# }
    for (number, lines) in (odd + ends + [many]).enumerated() {
      await bill("lines-\(number)", lines: lines, counts: true)
    }
    let coupons = texts.map { #","coupons":[{"code":\#($0)}]"# }
    let ten = Extremes.list((0..<10).map { _ in #"{"code":"PER","line_item_id":"l1"}"# })
    let more =
      Extremes.dates.map { #","date":\#(Extremes.json($0))"# } + texts.map { #","customer_id":\#($0)"# }
      + texts.map { #","metadata":{"note":\#($0)}"# } + coupons
      + [
        #","coupons":\#(ten)"#, #","metadata":\#(Self.notes)"#, #","revision":\#(Extremes.amountMax)"#,
        #","expected_discount":\#(Extremes.amountMax)"#, #","coupons":[{"code":"PER"},{"code":"bill"}]"#,
      ]
    for (number, members) in more.enumerated() {
      for subscription in ["sub", nil] {
        let id = "more-\(number)-\(subscription ?? "alone")"
        await bill(id, of: subscription, members, counts: true)
        await bill(id, of: subscription, lines: #"[{"id":"l1","amount":7}]"#, counts: true)
      }
    }
    note(users: Extremes.texts(max: 200))
  }

  func finalizeInvoices() async throws {
    try await prepareBilling()
    for (number, body) in ["", "{}", #"{"expected_total":8000}"#, #"{"expected_total":-1}"#].enumerated() {
      await bill("invoice-\(number)")
      await send(.post, invoicePath("invoice-\(number)") + "/finalize", body)
    }
  }

  func voidInvoices() async throws {
    try await prepareBilling()
    let bodies =
      ["", "{}", #"{"give_back":true}"#] + Extremes.jsonTexts(max: 200).map { #"{"reason":\#($0)}"# }
      + Extremes.jsonTexts(max: 200).map { #"{"give_back":true,"reason":\#($0)}"# }
    for (number, body) in bodies.enumerated() {
      _ = await attach("sub", #","apply_now":true"#)
      await bill("invoice-\(number)", #","coupons":[{"code":"PER"}]"#)
      if number % 2 == 0 {
        await send(.post, invoicePath("invoice-\(number)") + "/finalize", "", counts: false)
      }
      await send(.post, invoicePath("invoice-\(number)") + "/void", body)
    }
  }
}
