import HTTPServer
import Scrip
import Testing

@testable import HTTPAPI

/// The engine's refusals over HTTP.
@Suite struct RefusalTests {
  @Test func `a coupon's life cycle and versions are guarded`() async throws {
    let service = try await TestService()
    let id = try await service.activeCoupon()
    let path = "/v1/coupons/\(id)"
    let edited = await service.send(
      .patch, path, #"{"priority":7}"#, headers: [("If-Match", "\"v1\"")])
    #expect(edited.status == 200)
    #expect(edited.header("ETag") == "\"v2\"")
    let rows: [(String, HTTPMethod, String, String, [(String, String)])] = [
      ("412 version_conflict", .patch, path, #"{"priority":8}"#, [("If-Match", "\"v1\"")]),
      ("412 version_conflict", .patch, path, #"{"priority":8}"#, [("If-Match", "\"abc\"")]),
      ("412 version_conflict", .post, "\(path)/archive", "", [("If-Match", "\"v9\"")]),
      ("422 invalid_request", .post, "\(path)/disable", "{}", []),
      ("200", .post, "\(path)/disable", #"{"reason":"leaked"}"#, [("If-Match", "\"v2\"")]),
      ("200", .post, "\(path)/activate", "{}", [("If-Match", "*")]),
      ("409 code_taken", .post, "/v1/coupons", Sample.coupon, []),
      ("409 code_taken", .post, "\(path)/codes", #"{"codes":["Welcome10"]}"#, []),
      ("200", .post, "\(path)/archive", "", []),
      ("409 invalid_transition", .post, "\(path)/activate", "", []),
      ("409 coupon_archived", .patch, path, #"{"priority":9}"#, []),
      ("409 coupon_archived", .post, "\(path)/codes", #"{"codes":["OTHER"]}"#, []),
      ("200", .get, "\(path)/versions/1", "", []),
      ("404 version_not_found", .get, "\(path)/versions/3", "", []),
      ("404 version_not_found", .get, "\(path)/versions/01", "", []),
    ]
    for (expected, method, target, body, headers) in rows {
      let answer = await service.send(method, target, body, headers: headers)
      #expect(answer.summary == expected, "\(method.rawValue) \(target) \(body)")
    }
    _ = await service.finish()
  }

  @Test func `a taken code is pointed at where it was given`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    let single = await service.send(.post, "/v1/coupons", Sample.coupon)
    #expect(single.items == ["/code code_taken"])
    let listed = Sample.coupon.replacing(#""code":"WELCOME10""#, with: #""codes":["NEW-1","WELCOME10"]"#)
    #expect(await service.send(.post, "/v1/coupons", listed).items == ["/codes/1 code_taken"])
    _ = await service.finish()
  }

  @Test func `a merge patch keeps what it does not name and resets what it nulls`() async throws {
    let service = try await TestService()
    let made = await service.send(
      .post, "/v1/coupons",
      #"""
      {"name":"A","discount":{"type":"percent","percent":"10"},"stacking":{"policy":"open"},
       "priority":3,"owner":"u-1","metadata":{"a":"b"}}
      """#)
    let id = try #require(made["id"])
    let patched = await service.send(
      .patch, "/v1/coupons/\(id)", #"{"owner":null,"name":"B"}"#,
      headers: [("Content-Type", "application/merge-patch+json")])
    let coupon = try patched.json
    #expect(coupon["name"]?.string() == "B")
    #expect(coupon["owner"]?.isNull == true)
    #expect(coupon["priority"]?.int64() == 3)
    #expect(coupon["metadata"]?["a"]?.string() == "b")
    #expect(coupon["version"]?.int64() == 2)
    let wrong = await service.send(.patch, "/v1/coupons/\(id)", #"{"name":null,"id":"x"}"#)
    #expect(wrong.items == ["/name wrong_type", "/id unknown_field"])
    _ = await service.finish()
  }

  @Test func `edits at the same time are all kept`() async throws {
    let service = try await TestService()
    let id = try await service.activeCoupon()
    let edits = [#"{"name":"New"}"#, #"{"priority":9}"#, #"{"owner":"u-9"}"#, #"{"seller_id":"s-9"}"#]
    await withTaskGroup(of: Int.self) { group in
      for edit in edits { group.addTask { await service.send(.patch, "/v1/coupons/\(id)", edit).status } }
      for await status in group { #expect(status == 200) }
    }
    let coupon = try await service.send(.get, "/v1/coupons/\(id)").json
    #expect(coupon["version"]?.int64() == 5)
    #expect(coupon["name"]?.string() == "New")
    #expect(coupon["priority"]?.int64() == 9)
    #expect(coupon["owner"]?.string() == "u-9")
    #expect(coupon["seller_id"]?.string() == "s-9")
    _ = await service.finish()
  }

  @Test func `an application's life cycle is guarded`() async throws {
    let service = try await TestService()
    let coupon = try await service.activeCoupon()
    _ = try await service.activeCoupon(Sample.coupon(code: "OTHER"))
    let paid = "/v1/applications/\(try await service.lock("WELCOME10"))"
    let dropped = "/v1/applications/\(try await service.lock("WELCOME10", order: "o-2"))"
    let late = "/v1/applications/\(try await service.lock("WELCOME10", order: "o-3"))"
    let rows: [(String, HTTPMethod, String, String)] = [
      ("200", .post, "/v1/applications", Sample.application("WELCOME10")),
      ("409 order_has_application", .post, "/v1/applications", Sample.application("OTHER")),
      (
        "409 discount_changed", .post, "/v1/applications",
        #"{"order_id":"o-9","codes":["OTHER"],"expected_discount":1,"cart":\#(Sample.cart)}"#
      ),
      ("409 total_changed", .post, "\(paid)/redeem", #"{"expected_total":1}"#),
      ("409 not_redeemed", .post, "\(paid)/restore", #"{"cause":"canceled"}"#),
      ("422 invalid_request", .post, "\(paid)/extend", #"{"ttl_seconds":1}"#),
      ("200", .post, "\(paid)/extend", #"{"ttl_seconds":3600}"#),
      ("200", .post, "\(paid)/redeem", ""),
      ("409 already_redeemed", .post, "\(paid)/release", ""),
      ("409 already_redeemed", .post, "\(paid)/extend", ""),
      ("200", .post, "\(paid)/restore", #"{"cause":"canceled"}"#),
      ("200", .post, "\(dropped)/release", #"{"reason":"payment_failed"}"#),
      ("200", .post, "\(dropped)/release", ""),
      ("409 already_released", .post, "\(dropped)/redeem", ""),
      ("200", .post, "/v1/coupons/\(coupon)/disable", #"{"reason":"fraud","revoke_locks":true}"#),
      ("409 lock_revoked", .post, "\(late)/redeem", ""),
      ("422 coupon_disabled", .post, "/v1/applications", Sample.application("WELCOME10", order: "o-5")),
      ("422 unknown_code", .post, "/v1/applications", Sample.application("NOPE", order: "o-5")),
      ("422 code_malformed", .post, "/v1/applications", Sample.application("!", order: "o-5")),
    ]
    for (expected, method, target, body) in rows {
      let answer = await service.send(method, target, body, as: method == .post ? .admin : .server)
      #expect(answer.summary == expected, "\(method.rawValue) \(target) \(body) \(answer.text)")
    }
    _ = await service.finish()
  }

  @Test func `a lock lasts a minute to seven days and has one to ten codes`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    func apply(_ codes: [String], _ seconds: Int64, order: String) async -> TestAnswer {
      let list = codes.map { "\"\($0)\"" }.joined(separator: ",")
      return await service.send(
        .post, "/v1/applications",
        #"{"order_id":"\#(order)","codes":[\#(list)],"ttl_seconds":\#(seconds),"cart":\#(Sample.cart)}"#)
    }
    for (seconds, isAllowed) in [(Int64(59), false), (60, true), (604_800, true), (604_801, false)] {
      let answer = await apply(["WELCOME10"], seconds, order: "o-\(seconds)")
      #expect(answer.status == (isAllowed ? 201 : 422), "\(seconds) \(answer.text)")
      if !isAllowed { #expect(answer.items == ["/ttl_seconds out_of_range"]) }
    }
    let ten = Array(repeating: "WELCOME10", count: 10)
    #expect(await apply(ten, 60, order: "o-10").status == 201)
    #expect(await apply(ten + ["WELCOME10"], 60, order: "o-11").summary == "422 invalid_request")
    #expect(await apply([], 60, order: "o-0").summary == "422 invalid_request")
    _ = await service.finish()
  }

  @Test func `revoking locks answers with a coupon that has none`() async throws {
    let service = try await TestService()
    let coupon = try await service.activeCoupon()
    for number in 0..<5 { _ = try await service.lock("WELCOME10", order: "o-\(number)") }
    func disable() async -> TestAnswer {
      await service.send(
        .post, "/v1/coupons/\(coupon)/disable", #"{"reason":"fraud","revoke_locks":true}"#,
        headers: [("Idempotency-Key", "stop")])
    }
    let answer = await disable()
    #expect(try answer.json["usage"]?["locked"]?.int64() == 0)
    #expect(answer["state"] == "disabled")
    _ = await service.send(.post, "/v1/coupons/\(coupon)/activate")
    _ = try await service.lock("WELCOME10", order: "o-9")
    #expect(await disable().text == answer.text, "the first answer comes again")
    _ = await service.finish()
  }

  @Test func `a lock that ran out and whose place was taken is a conflict`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon(Sample.coupon(code: "ONCE", limits: #"{"total":1}"#))
    let late = try await service.lock("ONCE", order: "o-1")
    service.clock.advance(.seconds(901))
    _ = try await service.lock("ONCE", order: "o-2")
    let answer = await service.send(.post, "/v1/applications/\(late)/redeem", as: .server)
    #expect(answer.summary == "409 lock_expired")
    _ = await service.finish()
  }

  @Test func `an order that costs more than an amount may be is refused`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon(
      #"{"name":"Free","code":"FREE","discount":{"type":"shipping"},"stacking":{"policy":"open"}}"#)
    func order(shipping: [Int64], _ more: String = "") -> String {
      let charges = shipping.enumerated().map { #"{"id":"s\#($0)","method":"m","amount":\#($1)}"# }
      return #"{\#(more)"codes":["FREE"],"cart":{"currency":"USD","lines":[{"id":"l1","product_id":"p1","#
        + #""quantity":1,"unit_price":1}],"shipping":[\#(charges.joined(separator: ","))]}}"#
    }
    let most: Int64 = 9_007_199_254_740_990
    let rows: [([Int64], String)] = [
      ([most], "200"), ([most + 1], "422 amount_overflow"), ([most, 1], "422 amount_overflow"),
      ([Int64](repeating: most + 1, count: 20), "422 amount_overflow"),
    ]
    for (number, (shipping, outcome)) in rows.enumerated() {
      let quoted = await service.send(.post, "/v1/quotes", order(shipping: shipping), as: .server)
      #expect(quoted.summary == outcome)
      if outcome == "200" { #expect(try quoted.json["discount"]?.int64() == most) }
      let body = order(shipping: shipping, #""order_id":"o-\#(number)","#)
      let locked = await service.send(.post, "/v1/applications", body, as: .server)
      #expect(locked.summary == (outcome == "200" ? "201" : outcome))
    }
    _ = await service.finish()
  }

  @Test func `a quote says what was not said, also to a browser, and nothing of other codes`() async throws {
    let service = try await TestService()
    func coupon(_ code: String) -> String {
      #"{"name":"Later","code":"\#(code)","discount":{"type":"percent","percent":"10"},"#
        + #""stacking":{"policy":"open"},"rules":{"not":{"first_order":true}}}"#
    }
    _ = try await service.activeCoupon(coupon("LATER"))
    let paused = try await service.activeCoupon(coupon("PAUSED"))
    _ = await service.send(.post, "/v1/coupons/\(paused)/disable", #"{"reason":"over"}"#)
    for role in [AccessKey.Role.server, .publishable] {
      let asked = await service.send(.post, "/v1/quotes", Sample.quote("LATER"), as: role)
      #expect(asked.text.contains(#""reason":"not_eligible""#))
      #expect(asked.text.contains(#""missing":["customer.first_order"]"#))
      #expect(asked.text.hasSuffix(#""provisional":true}"#))
      // Of a code that is not in use a stranger learns nothing, not even that it would ask for something.
      let other = await service.send(.post, "/v1/quotes", Sample.quote("PAUSED"), as: role)
      #expect(other.text.contains(role == .publishable ? "code_invalid" : "coupon_disabled"))
      #expect(!other.text.contains("missing") && other.text.hasSuffix(#""provisional":false}"#))
    }
    let locked = await service.send(.post, "/v1/applications", Sample.application("LATER"), as: .server)
    #expect(locked.summary == "422 not_eligible")
    _ = await service.finish()
  }

  @Test func `what no code can be is answered in its place in a quote, whatever it is in JSON`() async throws
  {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    let codes = #""codes":["\ud800","WELCOME10",1180591620717411303424,"A\udc00B",[1e999]]"#
    for role in [AccessKey.Role.server, .publishable] {
      let quote = await service.send(.post, "/v1/quotes", "{\(codes),\"cart\":\(Sample.cart)}", as: role)
      #expect(quote.status == 200 && quote.text.contains(#""code":"WELCOME10""#), "\(quote.text)")
      let reason = role == .publishable ? "code_invalid" : "code_malformed"
      for index in [0, 2, 3, 4] {
        #expect(quote.text.contains(#""index":\#(index),"reason":"\#(reason)""#), "\(quote.text)")
      }
    }
    // Elsewhere nothing is forgiven, nor in what a program sends.
    let order = await service.send(
      .post, "/v1/quotes", #"{"order_id":"\ud800","cart":\#(Sample.cart)}"#, as: .server)
    let lock = await service.send(
      .post, "/v1/applications", #"{"order_id":"o-1",\#(codes),"cart":\#(Sample.cart)}"#, as: .server)
    #expect(order.summary == "400 malformed_json" && lock.summary == "400 malformed_json")
    _ = await service.finish()
  }

  @Test func `a retry with the same idempotency key gets the same answer and is marked`() async throws {
    let service = try await TestService()
    let key = [("Idempotency-Key", "once")]
    let first = await service.send(.post, "/v1/coupons", Sample.coupon, headers: key)
    let second = await service.send(.post, "/v1/coupons", Sample.coupon, headers: key)
    #expect(first.status == 201)
    #expect(first.header("Idempotency-Replayed") == nil)
    #expect(second.status == 201)
    #expect(second.header("Idempotency-Replayed") == "true")
    #expect(second.text == first.text)
    let other = await service.send(.post, "/v1/coupons", Sample.coupon(code: "OTHER"), headers: key)
    #expect(other.summary == "422 idempotency_key_reused")
    let elsewhere = await service.send(.post, "/v1/keys", Sample.coupon, headers: key)
    #expect(elsewhere.status == 422)
    let refused = [("Idempotency-Key", "refused")]
    let taken = await service.send(.post, "/v1/coupons", Sample.coupon, headers: refused)
    #expect(taken.summary == "409 code_taken")
    let again = await service.send(.post, "/v1/coupons", Sample.coupon, headers: refused)
    #expect(again.summary == "409 code_taken")
    #expect(again.header("Idempotency-Replayed") == "true")
    _ = await service.finish()
  }

  @Test func `what is answered again has the bytes and headers of the first time, whatever came since`()
    async throws
  {
    let service = try await TestService()
    let coupon = try await service.activeCoupon()
    let codes = #"{"codes":["WELCOME10"],"order_id":"o-1","cart":\#(Sample.cart)}"#
    let requests: [(HTTPMethod, String, String)] = [
      (.post, "/v1/coupons", Sample.coupon(code: "OTHER")), (.post, "/v1/coupons", Sample.coupon),
      (.patch, "/v1/coupons/\(coupon)", #"{"name":"Renamed"}"#),
      (.post, "/v1/coupons/\(coupon)/codes", #"{"codes":["MORE"]}"#),
      (.post, "/v1/applications", codes), (.post, "/v1/applications", codes),
      (.patch, "/v1/settings", #"{"lock_seconds":600}"#),
      (.post, "/v1/coupons/\(coupon)/disable", #"{"reason":"over"}"#),
    ]
    func send(_ number: Int) async -> TestAnswer {
      let (method, target, body) = requests[number]
      return await service.send(
        method, target, body, headers: [("Idempotency-Key", "k-\(number)"), ("X-Request-Id", "r-\(number)")])
    }
    var first: [TestAnswer] = []
    for number in requests.indices { first.append(await send(number)) }
    #expect(first.map(\.status) == [201, 409, 200, 201, 201, 200, 200, 200])
    #expect(first[0].header("Location") == "/v1/coupons/\(try #require(first[0]["id"]))")
    #expect(first[2].header("ETag") == #""v2""# && first[7].header("ETag") == #""v2""#)
    #expect(first[4].header("Location") == "/v1/applications/\(try #require(first[4]["id"]))")
    #expect(first[6].header("ETag")?.hasPrefix(#""s"#) == true)
    for number in requests.indices {
      let again = await send(number)
      #expect(again.status == first[number].status && again.text == first[number].text)
      #expect(again.header("Idempotency-Replayed") == "true")
      for name in ["ETag", "Location", "Content-Type"] {
        #expect(again.header(name) == first[number].header(name), "\(name) of \(requests[number])")
      }
    }
    _ = await service.finish()
  }

  @Test func `a code that can't be one is refused beside the others, whatever it is`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    let long = String(repeating: "x", count: 401)
    let codes = #"["\#(long)","A\u0000B",7," “Welcome10”.","SUMMER-A\nSUMMER-B","NOPE"]"#
    let quote = await service.send(
      .post, "/v1/quotes", #"{"codes":\#(codes),"cart":\#(Sample.cart)}"#, as: .server)
    #expect(quote.status == 200)
    let applied = try quote.json["applied"]?[0]
    #expect(applied?["code"]?.string() == "WELCOME10")
    #expect(applied?["display"]?.string() == "WELCOME10")
    #expect(applied?["index"]?.int64() == 3)
    let refused = try quote.json["not_applied"]
    let expected: [(Int64, String)] = [
      (0, "code_malformed"), (1, "code_malformed"), (2, "code_malformed"), (4, "code_malformed"),
      (5, "unknown_code"),
    ]
    for (place, (index, reason)) in expected.enumerated() {
      #expect(refused?[place]?["index"]?.int64() == index)
      #expect(refused?[place]?["reason"]?.string() == reason)
    }
    #expect(refused?[5] == nil)
    #expect(refused?[0]?["code"]?.string() == String(repeating: "x", count: 80))
    let lock = await service.send(
      .post, "/v1/applications", Sample.application("WELCOME10", "A,B", "NOPE"), as: .server)
    #expect(lock.summary == "422 code_malformed")
    #expect(lock.items == ["/codes/1 code_malformed", "/codes/2 unknown_code"])
    for (code, item) in [(long, "too_long"), ("A\\u0000B", "invalid_value")] {
      let malformed = await service.send(
        .post, "/v1/applications", Sample.application("WELCOME10", code), as: .server)
      #expect(malformed.summary == "422 invalid_request")
      #expect(malformed.items == ["/codes/1 \(item)"])
    }
    _ = await service.finish()
  }

  @Test func `a byte order mark before the body means nothing`() async throws {
    let service = try await TestService()
    let made = await service.send(.post, "/v1/coupons", "\u{FEFF}" + Sample.coupon)
    #expect(made.status == 201)
    let again = await service.send(.post, "/v1/coupons", "\u{FEFF}" + Sample.coupon)
    #expect(again.items == ["/code code_taken"])
    _ = await service.finish()
  }
}
