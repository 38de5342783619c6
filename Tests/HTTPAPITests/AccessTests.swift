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
