import HTTPServer
import Scrip
import Testing

@testable import HTTPAPI

@Suite struct AccessTests {
  @Test func `a key's secret is shown once and a revoked key is refused at once`() async throws {
    let service = try await TestService()
    let header = [("Idempotency-Key", "key")]
    let made = await service.send(
      .post, "/v1/keys", #"{"role":"server","name":"Checkout"}"#, headers: header)
    #expect(made.status == 201)
    #expect(made.header("Cache-Control") == "no-store")
    let secret = try #require(made["secret"])
    #expect(secret.hasPrefix("scrip_server_"))
    let again = await service.send(
      .post, "/v1/keys", #"{"role":"server","name":"Checkout"}"#, headers: header)
    #expect(again["id"] == made["id"])
    #expect(try again.json["secret"]?.isNull == true)
    #expect(await service.send(.get, "/v1/keys").text.contains(secret) == false)
    #expect(await service.send(.get, "/v1/events").text.contains("secret") == false)

    let me = await service.send(.get, "/v1/me", secret: secret)
    #expect(me["role"] == "server")
    #expect(me["tenant"] == "tenant_1")
    let id = try #require(made["id"])
    #expect(await service.send(.post, "/v1/keys/\(id)/revoke").status == 200)
    #expect(await service.send(.get, "/v1/me", secret: secret).summary == "401 unauthenticated")
    _ = await service.finish()
  }

  @Test func `the last admin key of a tenant can't be revoked`() async throws {
    let service = try await TestService()
    let me = await service.send(.get, "/v1/me", secret: service.strangerSecret)
    let id = try #require(me["id"])
    let answer = await service.send(.post, "/v1/keys/\(id)/revoke", secret: service.strangerSecret)
    #expect(answer.summary == "409 last_admin_key")
    _ = await service.finish()
  }

  @Test func `nothing of one tenant is there for another`() async throws {
    let service = try await TestService()
    let coupon = try await service.activeCoupon()
    let application = try await service.lock("WELCOME10")
    let key = try #require(await service.send(.get, "/v1/me", as: .server)["id"])
    let rows: [(HTTPMethod, String, String)] = [
      (.get, "/v1/coupons/\(coupon)", ""),
      (.patch, "/v1/coupons/\(coupon)", "{}"),
      (.post, "/v1/coupons/\(coupon)/activate", ""),
      (.post, "/v1/coupons/\(coupon)/disable", #"{"reason":"x","revoke_locks":true}"#),
      (.post, "/v1/coupons/\(coupon)/archive", ""),
      (.get, "/v1/coupons/\(coupon)/versions/1", ""),
      (.post, "/v1/coupons/\(coupon)/codes", #"{"codes":["MINE"]}"#),
      (.get, "/v1/coupons/\(coupon)/codes", ""),
      (.get, "/v1/coupons/\(coupon)/stats", ""),
      (.get, "/v1/coupons/\(coupon)/events", ""),
      (.get, "/v1/applications/\(application)", ""),
      (.post, "/v1/applications/\(application)/redeem", ""),
      (.post, "/v1/applications/\(application)/release", ""),
      (.post, "/v1/applications/\(application)/extend", ""),
      (.post, "/v1/applications/\(application)/restore", #"{"cause":"canceled"}"#),
      (.post, "/v1/keys/\(key)/revoke", ""),
    ]
    for (method, target, body) in rows {
      let answer = await service.send(method, target, body, secret: service.strangerSecret)
      #expect(answer.status == 404, "\(method.rawValue) \(target)")
    }
    let secret = service.strangerSecret
    #expect(await service.send(.get, "/v1/coupons", secret: secret).text.contains(coupon) == false)
    #expect(await service.send(.get, "/v1/events", secret: secret).text.contains(coupon) == false)
    let orders = await service.send(.get, "/v1/applications?order_id=o-1", secret: secret)
    #expect(orders.text == #"{"data":[],"has_more":false,"next_cursor":null}"#)
    let quote = await service.send(.post, "/v1/quotes", Sample.quote("WELCOME10"), secret: secret)
    #expect(quote.text.contains("unknown_code"))
    let own = try await service.activeCoupon(Sample.coupon, secret: secret)
    #expect(own != coupon)
    _ = await service.finish()
  }

  @Test func `a repeated code tells a publishable key no more than a repeated code that there is none of`()
    async throws
  {
    let service = try await TestService()
    let id = try await service.activeCoupon()
    await service.send(.post, "/v1/coupons/\(id)/codes", #"{"codes":[{"code":"OTHER"}]}"#)
    func ask(_ first: String, _ second: String, as role: AccessKey.Role = .publishable) async -> String {
      await service.send(.post, "/v1/quotes", Sample.quote(first, first, second), as: role).text
        .replacing(first, with: "A").replacing(second, with: "B")
    }
    #expect(await ask("WELCOME10", "OTHER").contains(#""reason":"already_applied""#))
    await service.send(.post, "/v1/coupons/\(id)/disable", #"{"reason":"x"}"#)
    #expect(await ask("WELCOME10", "OTHER") == ask("NO1", "NO2"))
    #expect(await ask("OTHER", "WELCOME10") == ask("NO1", "NO2"))
    #expect(await ask("WELCOME10", "OTHER", as: .server).contains(#""reason":"already_applied""#))
    _ = await service.finish()
  }

  @Test func `who holds one code of a coupon learns nothing of its other codes that are closed to them`()
    async throws
  {
    let service = try await TestService()
    let id = try await service.activeCoupon()
    let codes = [
      #"{"code":"ANNS","owner":"ann"}"#, #"{"code":"ZOES","owner":"zoe"}"#, #"{"code":"AONE","limit":1}"#,
      #"{"code":"ZONE","limit":1}"#,
    ].joined(separator: ",")
    let added = await service.send(.post, "/v1/coupons/\(id)/codes", #"{"codes":[\#(codes)]}"#)
    #expect(added.status == 200 || added.status == 201)
    for (order, code) in ["AONE", "ZONE"].enumerated() {
      _ = try await service.lock(code, order: "o-\(order)")
    }
    func ask(_ other: String, _ list: String, _ customer: String) async -> String {
      let body = #"{"codes":[\#(list)],"customer":{\#(customer)},"cart":\#(Sample.cart)}"#
        .replacing("X", with: other)
      return await service.send(.post, "/v1/quotes", body, as: .publishable).text.replacing(other, with: "X")
    }
    for list in [#""WELCOME10","X""#, #""X","WELCOME10""#, #""X","WELCOME10","X""#] {
      for customer in ["", #""user_id":"u-1""#] {
        let unknown = await ask("NOPE", list, customer)
        #expect(unknown.contains(#""discount":400"#) && unknown.contains("code_invalid"))
        for hidden in ["ANNS", "ZOES", "AONE", "ZONE"] {
          #expect(await ask(hidden, list, customer) == unknown, "\(hidden)")
        }
      }
    }
    _ = await service.finish()
  }

  @Test func `a code with an owner tells a guest with a publishable key nothing, and a server who is needed`()
    async throws
  {
    let service = try await TestService()
    let id = try await service.activeCoupon()
    await service.send(.post, "/v1/coupons/\(id)/codes", #"{"codes":[{"code":"ANNS","owner":"ann"}]}"#)
    func ask(_ code: String, as role: AccessKey.Role) async -> String {
      let body = #"{"codes":["\#(code)"],"cart":\#(Sample.cart)}"#
      return await service.send(.post, "/v1/quotes", body, as: role).text.replacing(code, with: "X")
    }
    #expect(await ask("ANNS", as: .publishable) == ask("NOPE", as: .publishable))
    #expect(await ask("ANNS", as: .publishable).contains("code_invalid"))
    #expect(await ask("ANNS", as: .server).contains(#""needs":["user_id"]"#))
    _ = await service.finish()
  }

  @Test func `publishable keys see one answer for every code that tells something`() async throws {
    let service = try await TestService()
    let id = try await service.activeCoupon()
    await service.send(.post, "/v1/coupons/\(id)/disable", #"{"reason":"x"}"#)
    let blurred = await service.send(
      .post, "/v1/quotes", Sample.quote("WELCOME10", "NOPE", "!"), as: .publishable)
    #expect(blurred.text.split(separator: #""reason":"code_invalid""#).count == 4)
    #expect(!blurred.text.contains("coupon_disabled"))
    let exact = await service.send(.post, "/v1/quotes", Sample.quote("WELCOME10"), as: .server)
    #expect(exact.text.contains("coupon_disabled"))
    _ = await service.finish()
  }
}
