import HTTPServer
import JSON
import Scrip
import Testing

@testable import HTTPAPI

/// Orders that are kept here, as callers see them. The numbers are those of docs/orders.md.
@Suite struct KeptOrderTests {
  /// 3 × 10.00 and 1 × 15.00 with 5.00 shipping.
  private static let cart = #"""
    {"currency":"EUR","lines":[
      {"id":"l1","product_id":"mug","quantity":3,"unit_price":1000},
      {"id":"l2","product_id":"pot","quantity":1,"unit_price":1500}],
    "shipping":[{"id":"s1","method":"standard","amount":500}]}
    """#

  private static func order(_ more: String = "", cart: String = cart) -> String {
    #"{"id":"o-1","customer":{"user_id":"u-1"},"cart":\#(cart)\#(more)}"#
  }

  private func shop() async throws -> TestService {
    let service = try await TestService()
    for coupon in [
      #"{"name":"Ten","code":"TEN","discount":{"type":"percent","percent":"10"},"stacking":{"policy":"open"}}"#,
      #"{"name":"Tenner","code":"TENNER","discount":{"type":"fixed","amounts":{"EUR":1000}},"stacking":{"policy":"open"}}"#,
    ] {
      _ = try await service.activeCoupon(coupon)
    }
    return service
  }

  private func step(
    _ service: TestService, _ step: String, _ body: String = "", headers: [(String, String)] = []
  ) async -> TestAnswer {
    await service.send(.post, "/v1/orders/o-1/\(step)", body, as: .server, headers: headers)
  }

  private func figures(_ answer: TestAnswer, _ names: String...) throws -> [Int64?] {
    try names.map { try answer.json.member(named: $0)?.int64() }
  }

  @Test func `an order goes from the cart to the payment and back, to the cent`() async throws {
    let service = try await shop()
    let made = await service.send(.post, "/v1/orders", Self.order(#","codes":["TENNER","ten"]"#), as: .server)
    #expect(made.status == 201 && made.header("Location") == "/v1/orders/o-1")
    #expect(made.header("ETag") == "\"v1\"" && made["state"] == "pending" && made["user_id"] == "u-1")
    #expect(try figures(made, "subtotal", "shipping", "discount", "total") == [4500, 500, 1450, 3550])
    let units = ["TEN": ["3×100", "1×150"], "TENNER": ["1×223", "2×222", "1×333"]]
    try made.json["quote"]?["applied"]?.forEachElement { applied in
      var found: [String] = []
      applied["allocations"]?.forEachElement { line in
        line["units"]?.forEachElement {
          found.append("\($0["count"]?.int64() ?? 0)×\($0["amount"]?.int64() ?? 0)")
        }
      }
      #expect(found == units[applied["code"]?.string() ?? ""])
    }
    let checkout = await step(service, "checkout", #"{"expected_total":3550}"#)
    #expect(checkout["state"] == "processing")
    let paid = await step(service, "confirm", #"{"reference":"bank-2026-4711"}"#)
    #expect(paid["state"] == "paid" && paid["payment_reference"] == "bank-2026-4711")
    #expect(await service.send(.get, "/v1/applications?order_id=o-1", as: .server).text.contains("redeemed"))
    let first = await step(
      service, "refund", #"{"lines":[{"line_id":"l1","quantity":1}],"reason":"chipped"}"#)
    #expect(try figures(first, "amount", "refunded", "left") == [677, 677, 2873])
    #expect(first["currency"] == "EUR")
    let second = await step(
      service, "refund",
      #"{"lines":[{"line_id":"l1","units":[{"first":2,"count":1}]}],"shipping":[{"shipping_id":"s1","amount":200}]}"#
    )
    #expect(try figures(second, "amount", "refunded", "left") == [878, 1555, 1995])
    #expect(second["state"] == "partly_refunded")
    let rest = await step(service, "refund-rest")
    #expect(try figures(rest, "amount", "refunded", "left") == [1995, 3550, 0])
    #expect(rest["state"] == "refunded")
    let shown = await service.send(.get, "/v1/orders/o-1", as: .server)
    #expect(try figures(shown, "total", "refunded", "version") == [3550, 3550, 6])
    #expect(shown.header("ETag") == "\"v6\"")
    _ = await service.finish()
  }

  @Test func `a paid order whose coupon has no place left is honoured only if somebody says so`() async throws
  {
    let service = try await TestService()
    let id = try await service.activeCoupon(
      #"{"name":"Last","code":"LAST","discount":{"type":"percent","percent":"10"},"limits":{"total":1}"#
        + #","stacking":{"policy":"open"}}"#)
    #expect(
      await service.send(.post, "/v1/orders", Self.order(#","codes":["LAST"]"#), as: .server).status == 201)
    _ = await step(service, "checkout")
    service.clock.advance(.seconds(604_801))
    let thief = #"{"order_id":"thief","codes":["LAST"],"customer":{"user_id":"u-2"},"cart":\#(Self.cart)}"#
    #expect(await service.send(.post, "/v1/applications", thief, as: .server).status == 201)
    for body in ["", #"{"without_room":"refuse"}"#] {
      #expect(await step(service, "confirm", body).summary == "409 lock_expired")
    }
    #expect(await step(service, "confirm", #"{"without_room":"perhaps"}"#).status == 422)
    let paid = await step(service, "confirm", #"{"without_room":"honour"}"#)
    #expect(paid["state"] == "paid" && paid.status == 200)
    let shown = await service.send(.get, "/v1/applications?order_id=o-1", as: .server)
    #expect(shown.text.contains(#""state":"redeemed","amount":450,"over_limit":true"#), "\(shown.text)")
    let stats = await service.send(.get, "/v1/coupons/\(id)/stats", as: .admin)
    #expect(
      stats.text.contains(#""uses":{"locked":1,"redeemed":1,"released":0,"over_limit":1}"#), "\(stats.text)")
    let coupon = await service.send(.get, "/v1/coupons/\(id)", as: .admin)
    #expect(coupon.text.contains(#""usage":{"locked":1,"redeemed":0}"#), "\(coupon.text)")
    let metrics = await service.send(.get, "/metrics", as: nil)
    #expect(metrics.text.contains("\nscrip_over_limit_redemptions_total 1\n"))
    _ = await service.finish()
  }

  @Test func `a step is refused by the name of what has happened`() async throws {
    let service = try await shop()
    #expect(await service.send(.post, "/v1/orders", Self.order(), as: .server).status == 201)
    let early = await step(service, "confirm")
    #expect(early.summary == "409 order_not_checked_out")
    #expect(early.text.contains(#""facts":{"state":"pending","step":"confirm"}"#), "\(early.text)")
    _ = await step(service, "checkout")
    #expect(await step(service, "cancel").summary == "409 payment_processing")
    _ = await step(service, "fail", #"{"reason":"declined"}"#)
    #expect(await step(service, "confirm").summary == "409 payment_failed")
    _ = await step(service, "checkout")
    _ = await step(service, "confirm")
    #expect(await step(service, "change", #"{"codes":["TEN"]}"#).summary == "409 order_paid")
    _ = await step(service, "cancel")
    #expect(await step(service, "refund-rest").summary == "409 order_cancelled")
    _ = await service.finish()
  }

  @Test func `a request that is sent twice is done once`() async throws {
    let service = try await shop()
    for isReplay in [false, true] {
      let made = await service.send(
        .post, "/v1/orders", Self.order(#","codes":["TEN"]"#), as: .server,
        headers: [("Idempotency-Key", "make")])
      #expect(made.status == 201 && (made.header("Idempotency-Replayed") == "true") == isReplay)
      #expect(made["user_id"] == "u-1", "it is shown by name, and kept without")
    }
    for name in ["checkout", "confirm", "refund-rest"] {
      for _ in 1...2 {
        let answer = await step(service, name, headers: [("Idempotency-Key", name)])
        #expect(answer.status == 200, "\(answer.text)")
      }
    }
    #expect(try figures(await service.send(.get, "/v1/orders/o-1"), "version") == [4])
    _ = await service.finish()
  }

  @Test func `a change leaves alone what it does not name, and asks for the version that was seen`()
    async throws
  {
    let service = try await shop()
    let more = #","codes":["TEN"],"locale":"de-DE","metadata":{"basket":"7"}"#
    #expect(await service.send(.post, "/v1/orders", Self.order(more), as: .server).status == 201)
    let overtaken = await step(service, "change", "{}", headers: [("If-Match", "\"v7\"")])
    #expect(overtaken.summary == "412 version_conflict")
    let less = #"{"currency":"EUR","lines":[{"id":"l1","product_id":"mug","quantity":1,"unit_price":1000}]}"#
    let changed = await step(service, "change", #"{"cart":\#(less)}"#, headers: [("If-Match", "\"v1\"")])
    #expect(
      try figures(changed, "subtotal", "shipping", "discount", "total", "version") == [1000, 0, 100, 900, 2])
    #expect(changed["locale"] == "de-DE" && changed.text.contains(#""metadata":{"basket":"7"}"#))
    let without = await step(service, "change", #"{"locale":null}"#)
    #expect(without.status == 200 && without.text.contains(#""locale":null"#), "null takes it away")
    let refused = await step(service, "change", #"{"codes":["TEN","NONE"],"all_or_nothing":true}"#)
    #expect(refused.summary == "422 unknown_code" && refused.items == ["/codes/1 unknown_code"])
    let told = await step(service, "change", #"{"codes":["TEN","NONE"]}"#)
    #expect(told.status == 200 && told.text.contains(#""reason":"unknown_code""#), "\(told.text)")
    _ = await service.finish()
  }

  @Test(arguments: [
    (
      #","cart":{"currency":"EUR","lines":[{"id":"a","product_id":"p","quantity":1,"unit_price":1},{"id":"b","product_id":"p","quantity":1,"unit_price":1}]}"#,
      "/cart/lines/1/product_id invalid_value"
    ),
    (#","cart":{"currency":"EUR","lines":[]}"#, "/cart/lines invalid_value"),
    (#","cart":\#(cart),"locale":"de_DE""#, "/locale invalid_value"),
    (#","cart":\#(cart),"locale":"d""#, "/locale invalid_value"),
    (#","cart":\#(cart),"total":1"#, "/total unknown_field"),
    (#","cart":\#(cart),"expected_total":-1"#, "/expected_total out_of_range"),
    (#","cart":\#(cart),"ttl_seconds":59"#, "/ttl_seconds out_of_range"),
    (#","cart":\#(cart),"metadata":{"a":1}"#, "/metadata/a wrong_type"),
  ])
  func `what is wrong with a request is named`(members: String, fault: String) async throws {
    let service = try await shop()
    let refused = await service.send(.post, "/v1/orders", #"{"id":"o-1"\#(members)}"#, as: .server)
    #expect(refused.summary == "422 invalid_request" && refused.items == [fault], "\(refused.text)")
    _ = await service.finish()
  }

  @Test(arguments: [".", ".."])
  func `a name that no path can hold is refused`(name: String) async throws {
    let service = try await shop()
    let body = Self.order().replacing(#""id":"o-1""#, with: #""id":"\#(name)""#)
    let refused = await service.send(.post, "/v1/orders", body, as: .server)
    #expect(refused.summary == "422 invalid_request" && refused.items == ["/id invalid_value"])
    _ = await service.finish()
  }

  @Test func `a refund names no unit twice, and is told what is not there`() async throws {
    let service = try await shop()
    #expect(await service.send(.post, "/v1/orders", Self.order(), as: .server).status == 201)
    _ = await step(service, "checkout")
    _ = await step(service, "confirm")
    func refund(_ ranges: String) async -> TestAnswer {
      await step(service, "refund", #"{"lines":[{"line_id":"l1","units":[\#(ranges)]}]}"#)
    }
    let twice = await refund(#"{"first":0,"count":2},{"first":1,"count":1}"#)
    #expect(twice.summary == "422 invalid_request" && twice.items == ["/lines/0/units invalid_value"])
    #expect(await refund(#"{"first":3,"count":1}"#).items == ["/lines/0 unknown_unit"])
    let charge = await step(service, "refund", #"{"shipping":[{"shipping_id":"s9","amount":1}]}"#)
    #expect(charge.items == ["/shipping/0 unknown_charge"])
    let apart = await refund(#"{"first":2,"count":1},{"first":0,"count":2}"#)
    #expect(try figures(apart, "amount") == [3000])
    _ = await service.finish()
  }

  @Test func `names of callers stand in paths as they are`() async throws {
    let service = try await shop()
    let name = #"a/b c?é"#
    let body = Self.order().replacing(#""id":"o-1""#, with: #""id":"\#(name)""#)
    let made = await service.send(.post, "/v1/orders", body, as: .server)
    let path = try #require(made.header("Location"))
    #expect(path == "/v1/orders/a%2Fb%20c%3F%C3%A9")
    let shown = await service.send(.get, path, as: .server)
    #expect(shown["id"] == name)
    let events = try await service.events(path + "/events", until: "OrderCreated", as: .server)
    #expect(events.text.contains("OrderCreated"))
    _ = await service.finish()
  }

  @Test func `lists go on where a page has ended`() async throws {
    let service = try await shop()
    for number in 1...5 {
      let body = Self.order().replacing("\"o-1\"", with: "\"o-\(number)\"")
      #expect(await service.send(.post, "/v1/orders", body, as: .server).status == 201)
      service.clock.advance(.seconds(1))
    }
    var (names, cursor): ([String], String?) = ([], "")
    while let place = cursor {
      let path = "/v1/orders?limit=2&user_id=u-1" + (place.isEmpty ? "" : "&cursor=\(place)")
      let page = try await service.send(.get, path, as: .server).json
      page["data"]?.forEachElement { names.append($0["id"]?.string() ?? "") }
      cursor = page["next_cursor"]?.string()
    }
    #expect(names == ["o-5", "o-4", "o-3", "o-2", "o-1"])
    #expect(try await service.send(.get, "/v1/orders?state=paid").json["data"]?.count == 0)
    #expect(
      try await service.send(.get, "/v1/orders", secret: service.strangerSecret).json["data"]?.count == 0)
    #expect(
      await service.send(.get, "/v1/orders/o-1", secret: service.strangerSecret).summary
        == "404 order_not_found")
    _ = await service.finish()
  }
}
