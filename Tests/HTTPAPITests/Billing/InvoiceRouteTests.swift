import HTTPServer
import JSON
import Promotions
import Scrip
import Testing

@testable import HTTPAPI
@testable import Ledger

@Suite struct InvoiceRouteTests {
  @Test func `an invoice goes from the draft to its end`() async throws {
    let service = try await TestService()
    let association = try await service.subscribed()
    let made = await service.put(
      "/v1/invoices/i1", Sample.invoice("\"8000.25\"", #","coupons":[{"code":"none"}]"#))
    #expect(made.status == 201 && made.header("Location") == "/v1/invoices/i1", "\(made)")
    #expect(made.header("ETag") == "\"v1\"" && made["state"] == "draft" && made["customer_id"] == "ann")
    #expect(try made.figures("subtotal", "discount", "total") == [8000, 800, 7200])
    let line = try made.json["line_items"]?[0]
    #expect(line?["amount"]?.string() == "8000.25" && line?["taxable"]?.int64() == 7200)
    let applied = try made.json["applied"]?[0]
    #expect(applied?["association_id"]?.string() == association && applied?["coupon"]?.isNull != false)
    #expect(applied?["discount_type"]?.string() == "percent" && applied?["position"]?.int64() == 1)
    #expect(applied?["of"]?.isNull == true && applied?["final"]?.int64() == 7200)
    #expect(applied?["allocations"]?[0]?["line_item_id"]?.string() == "l1")
    #expect(applied?["snapshot"]?["cadence"]?.string() == "forever")
    let refused = try made.json["not_applied"]?[0]
    #expect(refused?["code"]?.string() == "unknown_code" && refused?["coupon"]?.int64() == 0)
    #expect(refused?["message"]?.string()?.isEmpty == false)
    let again = await service.put(
      "/v1/invoices/i1", Sample.invoice("\"8000.25\"", #","coupons":[{"code":"none"}]"#))
    #expect(again.status == 200 && again.text == made.text)
    #expect(
      await service.put("/v1/invoices/i1", Sample.invoice("1", #","expected_discount":1"#)).summary
        == "409 discount_changed")
    #expect(
      await service.post("/v1/invoices/i1/finalize", #"{"expected_total":1}"#).summary == "409 total_changed")
    let final = await service.post("/v1/invoices/i1/finalize", #"{"expected_total":7200}"#)
    #expect(final.status == 200 && final["state"] == "finalized" && final.header("ETag") == "\"v2\"")
    #expect(await service.post("/v1/invoices/i1/finalize").text == final.text)
    #expect(await service.put("/v1/invoices/i1", Sample.invoice("1")).summary == "409 invoice_finalized")
    let voided = await service.post("/v1/invoices/i1/void", #"{"reason":"wrong"}"#)
    #expect(voided["state"] == "voided" && voided["voided_at"] != nil)
    #expect(await service.post("/v1/invoices/i1/void").text == voided.text)
    #expect(await service.put("/v1/invoices/i1", Sample.invoice("1")).summary == "409 invoice_voided")
    #expect(await service.get("/v1/invoices/i1").text == voided.text)
    let events = try await service.events("/v1/invoices/i1/events", until: "InvoiceVoided", as: .server)
    #expect(try events.all("type") == ["InvoicePriced", "InvoiceFinalized", "InvoiceVoided"])
    #expect(!events.text.contains("\"ann\""))
    for path in ["", "/finalize", "/void"] {
      let answer =
        path.isEmpty ? await service.get("/v1/invoices/none") : await service.post("/v1/invoices/none\(path)")
      #expect(answer.summary == "404 invoice_not_found")
    }
    let other = #"{"subscription_id":"none","currency":"USD","line_items":[{"id":"l1","amount":1}]}"#
    #expect(await service.put("/v1/invoices/i2", other).summary == "404 subscription_not_found")
    let moved = #"{"currency":"USD","line_items":[{"id":"l1","amount":1}]}"#
    _ = await service.put("/v1/invoices/i3", moved)
    #expect(await service.put("/v1/invoices/i3", Sample.invoice()).summary == "409 invoice_exists")
    _ = await service.finish()
  }

  @Test func `what is wrong with an invoice is told at its place`() async throws {
    let service = try await TestService()
    func lines(_ line: String) -> String { #"{"currency":"USD","line_items":[\#(line)]}"# }
    let many = (0...500).map { #"{"id":"l\#($0)","amount":1}"# }.joined(separator: ",")
    let wrong: [(String, String)] = [
      (lines(""), "/line_items out_of_range"), (lines(many), "/line_items too_many"),
      (lines(#"{"id":"l","amount":1},{"id":"l","amount":1}"#), "/line_items/1/id invalid_value"),
      (lines(#"{"id":"l","amount":"1.123456789"}"#), "/line_items/0/amount invalid_value"),
      (lines(#"{"id":"l","amount":9007199254740992}"#), "/line_items/0/amount out_of_range"),
      (lines(#"{"id":"l","amount":1.5}"#), "/line_items/0/amount"),
    ]
    for (body, item) in wrong {
      let answer = await service.put("/v1/invoices/i1", body)
      #expect(answer.status == 422, "\(body.prefix(120)): \(answer.summary)")
      #expect(
        answer.items.count == 1 && answer.items[0].hasPrefix(item.split(separator: " ")[0]),
        "\(item): \(answer.items)")
    }
    let most = "9007199254740991"
    let two = #"{"id":"a","amount":\#(most)},{"id":"b","amount":1}"#
    #expect(await service.put("/v1/invoices/i1", lines(two)).summary == "422 amount_overflow")
    _ = await service.finish()
  }

  @Test func `invoices are listed newest first, of a subscription or in a state`() async throws {
    let service = try await TestService()
    _ = try await service.subscribed()
    for number in 0..<4 {
      _ = await service.put("/v1/invoices/i\(number)", Sample.invoice())
      service.clock.advance(.seconds(1))
    }
    _ = await service.put("/v1/invoices/alone", #"{"currency":"USD","line_items":[{"id":"l","amount":1}]}"#)
    _ = await service.post("/v1/invoices/i1/finalize")
    #expect(try await service.get("/v1/invoices?limit=50").all("id") == ["alone", "i3", "i2", "i1", "i0"])
    #expect(try await service.get("/v1/invoices?state=draft").all("id") == ["alone", "i3", "i2", "i0"])
    var found: [String] = []
    var cursor = ""
    repeat {
      let page = await service.get("/v1/invoices?subscription_id=sub&limit=3\(cursor)")
      #expect(try page.all("customer_id").allSatisfy { $0 == "ann" })
      found += try page.all("id")
      cursor = page["next_cursor"].map { "&cursor=\($0)" } ?? ""
    } while !cursor.isEmpty && found.count < 9
    #expect(found == ["i3", "i2", "i1", "i0"])
    let both = await service.get("/v1/invoices?subscription_id=sub&state=draft")
    #expect(both.summary == "422 invalid_request", "\(both.text)")
    #expect(await service.get("/v1/invoices?state=open").status == 422)
    _ = await service.finish()
  }

  @Test func `a preview tells the next ones and writes nothing`() async throws {
    let service = try await TestService()
    _ = try await service.subscribed(Sample.billing("TEN", #""cadence":"repeated","periods":2"#))
    let body = Sample.invoice("8000", #","date":"2030-01-31T00:00:00Z","cycles":3,"interval_months":1"#)
    let preview = await service.post("/v1/invoices/preview", body)
    #expect(preview.status == 200, "\(preview.text)")
    #expect(
      try preview.all("date") == ["2030-01-31T00:00:00Z", "2030-02-28T00:00:00Z", "2030-03-31T00:00:00Z"])
    #expect(
      try preview.all("state") == ["draft", "draft", "draft"]
        && preview.all("customer_id") == ["ann", "ann", "ann"])
    var discounts: [Int64] = []
    try preview.json["data"]?.forEachElement { discounts.append($0["discount"]?.int64() ?? -1) }
    #expect(discounts == [800, 800, 0] && preview.text.contains("repeated_limit_reached"))
    #expect(try await service.get("/v1/invoices").all("id") == [])
    for more in [#","cycles":0"#, #","cycles":61"#, #","interval_months":13"#] {
      #expect(await service.post("/v1/invoices/preview", Sample.invoice("1", more)).status == 422)
    }
    let unknown = #"{"subscription_id":"none","currency":"USD","line_items":[{"id":"l1","amount":1}]}"#
    #expect(await service.post("/v1/invoices/preview", unknown).summary == "404 subscription_not_found")
    _ = await service.finish()
  }

  @Test func `statistics say what a coupon gave to billing`() async throws {
    let service = try await TestService()
    _ = try await service.subscribed()
    let id = try #require(try await service.send(.get, "/v1/coupons").json["data"]?[0]?["id"]?.string())
    let path = "/v1/coupons/\(id)/billing-stats"
    _ = await service.put("/v1/invoices/i1", Sample.invoice())
    _ = await service.put("/v1/invoices/i2", Sample.invoice("100"))
    _ = await service.post("/v1/invoices/i2/void")
    let runner = ProjectionRunner(store: service.store)
    let deadline = ContinuousClock.now + .seconds(60)
    var answer = await service.send(.get, path)
    while !answer.text.contains(#""invoices":1"#), .now < deadline {
      try runner.catchUpNow()
      answer = await service.send(.get, path)
    }
    #expect(
      answer.text.contains(
        #"[{"currency":"USD","attached":1,"detached":0,"given_back":0,"invoices":1,"discount":800,"saturated":false}]"#
      ),
      "\(answer.text)")
    #expect(answer.text.contains(#""cadence":"forever""#))
    #expect(await service.get(path).summary == "403 forbidden")
    let plain = try await service.activeCoupon()
    let none = await service.send(.get, "/v1/coupons/\(plain)/billing-stats")
    #expect(none.text.contains(#""cadence":null"#) && none.text.contains(#""per_currency":[]"#))
    #expect(
      await service.send(.get, "/v1/coupons/coupon_00000000000000000000000009/billing-stats").summary
        == "404 coupon_not_found")
    _ = await service.finish()
  }
}
