import HTTPServer
import JSON
import Scrip
import Testing

@testable import HTTPAPI

@Suite struct SubscriptionRouteTests {
  @Test func `a subscription is told, read, listed and looked back on`() async throws {
    let service = try await TestService()
    let made = await service.put("/v1/subscriptions/sub%20%2F1", Sample.subscription)
    #expect(made.status == 201 && made.header("Location") == "/v1/subscriptions/sub%20%2F1", "\(made)")
    #expect(made["id"] == "sub /1" && made["customer_id"] == "ann" && made["status"] == "active")
    #expect(made.header("ETag") == "\"v1\"" && made.text.contains(#""coupons":[]"#))
    let again = await service.put("/v1/subscriptions/sub%20%2F1", Sample.subscription)
    #expect(again.status == 200 && again.text == made.text && again.header("ETag") == "\"v1\"")
    #expect(again.header("Location") == nil)
    let changed = await service.put(
      "/v1/subscriptions/sub%20%2F1", #"{"customer_id":"ann","currency":"usd","status":"paused"}"#)
    #expect(changed.status == 200 && changed.header("ETag") == "\"v2\"" && changed["status"] == "paused")
    let read = await service.get("/v1/subscriptions/sub%20%2F1")
    #expect(read.text == changed.text && read.header("ETag") == "\"v2\"")
    let events = try await service.events("/v1/subscriptions/sub%20%2F1/events", until: "paused", as: .server)
    #expect(try events.all("type") == ["SubscriptionSaved", "SubscriptionSaved"])
    // Names are shown, and stored nowhere but beside pseudonyms.
    #expect(!events.text.contains("ann") && events.text.contains(#""customer_id":"person_"#))
    for (number, customer) in ["bob", "ann"].enumerated() {
      _ = await service.put(
        "/v1/subscriptions/s\(number)", #"{"customer_id":"\#(customer)","currency":"USD"}"#)
    }
    let page = await service.get("/v1/subscriptions?limit=2")
    let rest = await service.get("/v1/subscriptions?limit=2&cursor=\(page["next_cursor"] ?? "")")
    #expect(try Set(page.all("id") + rest.all("id")) == ["s1", "s0", "sub /1"])
    #expect(page.text.contains(#""has_more":true"#) && rest.text.contains(#""has_more":false"#))
    let anns = await service.get("/v1/subscriptions?customer_id=ann")
    #expect(try Set(anns.all("id")) == ["s1", "sub /1"] && Set(anns.all("customer_id")) == ["ann"])
    #expect(await service.get("/v1/subscriptions?cursor=abc").status == 422)
    #expect(await service.get("/v1/subscriptions/none").summary == "404 subscription_not_found")
    #expect(await service.get("/v1/subscriptions/none/coupons").summary == "404 subscription_not_found")
    #expect(await service.send(.get, "/v1/subscriptions", as: .publishable).summary == "403 forbidden")
    #expect(
      await service.send(.get, "/v1/subscriptions/s1", secret: service.strangerSecret).summary
        == "404 subscription_not_found")
    _ = await service.finish()
  }

  @Test func `what is wrong with a subscription is told at its place`() async throws {
    let service = try await TestService()
    let wrong: [(String, [String])] = [
      ("{}", ["/currency required", "/customer_id required"]),
      (#"{"customer_id":"a","currency":"USD","status":"on"}"#, ["/status invalid_value"]),
      (
        #"{"customer_id":"a","currency":"USD","line_items":[{"id":"l"},{"id":"l"}]}"#,
        ["/line_items/1/id invalid_value"]
      ),
      (
        #"{"customer_id":"a","currency":"USD","phases":[{"id":"p","starts_at":"2026-01-01T00:00:00Z","ends_at":"2026-01-01T00:00:00Z"}]}"#,
        ["/phases/0/ends_at invalid_value"]
      ),
      (#"{"customer_id":"a","currency":"USD","revision":-1}"#, ["/revision out_of_range"]),
      (#"{"customer_id":"a","currency":"USD","plan":"pro"}"#, ["/plan unknown_field"]),
    ]
    for (body, items) in wrong {
      let answer = await service.put("/v1/subscriptions/sub", body)
      #expect(
        answer.summary == "422 invalid_request" && answer.items.sorted() == items, "\(body): \(answer.items)")
    }
    _ = await service.put("/v1/subscriptions/sub", Sample.subscription)
    #expect(
      await service.put("/v1/subscriptions/sub", #"{"customer_id":"bob","currency":"USD"}"#).summary
        == "409 subscription_exists")
    _ = await service.put(
      "/v1/subscriptions/sub", #"{"customer_id":"ann","currency":"USD","status":"cancelled"}"#)
    #expect(
      await service.put("/v1/subscriptions/sub", Sample.subscription).summary == "409 subscription_cancelled")
    _ = await service.finish()
  }

  @Test func `a coupon is attached, listed and detached`() async throws {
    let service = try await TestService()
    let id = try await service.activeCoupon(
      Sample.billing("TEN", discount: #"{"type":"fixed","amounts":{"USD":5000}}"#, #","limits":{"total":2}"#)
        .replacing(#""cadence":"forever""#, with: #""cadence":"once","carry_over":true"#))
    _ = await service.put("/v1/subscriptions/sub", Sample.subscription)
    let path = "/v1/subscriptions/sub/coupons"
    let attached = await service.post(
      path, #"{"code":"ten","metadata":{"a":"b"}}"#, headers: [("Idempotency-Key", "one")])
    let association = try #require(attached["id"])
    #expect(attached.status == 201 && attached["subscription_id"] == "sub", "\(attached)")
    #expect(attached["coupon_id"] == id && attached["code"] == "TEN")
    #expect(attached.header("Location") == path && attached.header("ETag") == "\"v2\"", "\(attached.headers)")
    #expect(
      try attached.figures("version", "invoices", "discount", "amount", "balance") == [1, 0, 0, 5000, 5000])
    let replay = await service.post(
      path, #"{"code":"ten","metadata":{"a":"b"}}"#, headers: [("Idempotency-Key", "one")])
    #expect(replay.status == 201 && replay.text == attached.text)
    #expect(
      await service.post(path, #"{"code":"other"}"#, headers: [("Idempotency-Key", "one")]).summary
        == "422 idempotency_key_reused")
    let twice = await service.post(path, #"{"coupon_id":"\#(id)"}"#)
    #expect(twice.summary == "409 already_attached" && twice.items == ["/coupon_id already_attached"])
    _ = await service.put("/v1/invoices/i1", Sample.invoice("2000"))
    let list = await service.get(path)
    #expect(
      try list.all("id") == [association]
        && list.text.contains(#""discount":2000,"amount":5000,"balance":3000"#))
    #expect(
      await service.post("\(path)/\(association)/detach", #"{"give_back":true}"#).summary
        == "409 association_used")
    let detached = await service.post("\(path)/\(association)/detach", #"{"reason":"asked for"}"#)
    #expect(detached.status == 200 && detached["detached_at"] != nil && detached["id"] == association)
    #expect(await service.post("\(path)/\(association)/detach").text == detached.text)
    for other in [association.dropLast() + "Z", "association_x", "nothing"] {
      #expect(
        await service.post("\(path)/\(other)/detach").summary == "404 association_not_found", "\(other)")
    }
    #expect(
      await service.post("/v1/subscriptions/none/coupons/\(association)/detach").summary
        == "404 subscription_not_found")
    let events = try await service.events("/v1/coupons/\(id)/events", until: "CouponDetached")
    #expect(try events.all("type").suffix(2) == ["CouponAttached", "CouponDetached"])
    _ = await service.finish()
  }

  @Test func `what stands in the way of attaching is told by its reason`() async throws {
    let service = try await TestService()
    let path = "/v1/subscriptions/sub/coupons"
    #expect(await service.post(path, #"{"code":"ten"}"#).summary == "404 subscription_not_found")
    _ = await service.put("/v1/subscriptions/sub", Sample.subscription)
    _ = try await service.activeCoupon()
    _ = try await service.activeCoupon(
      Sample.billing("LAST", #""cadence":"once""#, #","limits":{"total":1}"#))
    _ = try await service.activeCoupon(Sample.billing("BOBS", #""cadence":"once""#, #","owner":"bob""#))
    let refused = [
      (#"{"code":"none"}"#, "422 unknown_code", "/code unknown_code"),
      (#"{"code":"WELCOME10"}"#, "422 checkout_only", "/code checkout_only"),
      (#"{"code":"BOBS"}"#, "422 owner_mismatch", "/code owner_mismatch"),
      (
        #"{"code":"LAST","line_item_id":"none"}"#, "422 line_item_not_found",
        "/line_item_id line_item_not_found"
      ),
      (#"{"code":"LAST","phase_id":"none"}"#, "422 phase_not_found", "/phase_id phase_not_found"),
      (#"{"code":"LAST","coupon_id":"coupon_00000000000000000000000001"}"#, "422 invalid_request", nil),
      ("{}", "422 invalid_request", nil),
      (
        #"{"code":"LAST","apply_now":true,"starts_at":"2026-01-01T00:00:00Z"}"#, "422 invalid_request",
        "/apply_now invalid_value"
      ),
      (
        #"{"code":"LAST","starts_at":"2026-01-01T00:00:00Z","ends_at":"2026-01-01T00:00:00Z"}"#,
        "422 invalid_request", "/ends_at invalid_value"
      ),
    ]
    for (body, summary, item) in refused {
      let answer = await service.post(path, body)
      #expect(answer.summary == summary, "\(body): \(answer.text)")
      if let item { #expect(answer.items == [item], "\(body)") }
    }
    let unknown = #"{"coupon_id":"coupon_00000000000000000000000001"}"#
    #expect(await service.post(path, unknown).summary == "404 coupon_not_found")
    #expect(await service.post(path, #"{"code":"LAST"}"#).status == 201)
    _ = await service.put("/v1/subscriptions/s2", Sample.subscription)
    let used = await service.post("/v1/subscriptions/s2/coupons", #"{"code":"LAST"}"#)
    #expect(used.summary == "409 usage_limit_reached" && used.text.contains(#""limit":1"#))
    _ = await service.finish()
  }

  @Test func `a coupon is for checkouts, for billing, or for both`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon(Sample.billing("BILL"))
    _ = try await service.activeCoupon(Sample.billing("BOTH", #""cadence":"forever","at_checkout":true"#))
    let quote = await service.send(.post, "/v1/quotes", Sample.quote("BILL", "BOTH"), as: .server)
    #expect(try quote.all("code", of: "applied") == ["BOTH"])
    #expect(try quote.all("reason", of: "not_applied") == ["billing_only"])
    #expect(
      await service.post("/v1/applications", Sample.application("BILL")).summary == "422 billing_only")
    #expect(await service.post("/v1/applications", Sample.application("BOTH")).status == 201)
    _ = await service.finish()
  }
}
