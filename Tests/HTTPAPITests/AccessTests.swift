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

@Suite struct ThrottleTests {
  private func miss(_ service: TestService, _ code: String = "NOPE", user: String, from address: String)
    async -> TestAnswer
  {
    await service.send(
      .post, "/v1/quotes", Sample.quote(code, user: user), as: .publishable, from: address)
  }

  @Test func `ten misses from one address are too many, and waiting doubles`() async throws {
    let service = try await TestService()
    for number in 0..<10 {
      #expect(await miss(service, user: "u-\(number)", from: "10.0.0.1").status == 200)
    }
    let refused = await miss(service, user: "u-x", from: "10.0.0.1")
    #expect(refused.summary == "429 too_many_attempts")
    #expect(refused.header("Retry-After") == "60")
    #expect(try refused.json["retryable"]?.bool() == true)
    #expect(await miss(service, user: "u-y", from: "10.0.0.2").status == 200)
    service.clock.advance(.seconds(61))
    for number in 0..<10 {
      #expect(await miss(service, user: "v-\(number)", from: "10.0.0.1").status == 200)
    }
    #expect(await miss(service, user: "u-z", from: "10.0.0.1").header("Retry-After") == "120")
    _ = await service.finish()
  }

  @Test func `ten misses by one customer are too many, from wherever they come`() async throws {
    let service = try await TestService()
    for number in 0..<10 {
      #expect(await miss(service, user: "u-1", from: "10.0.1.\(number)").status == 200)
    }
    #expect(await miss(service, user: "u-1", from: "10.0.2.1").status == 429)
    #expect(await miss(service, user: "u-2", from: "10.0.2.1").status == 200)
    let server = await service.send(.post, "/v1/quotes", Sample.quote("NOPE"), as: .server)
    #expect(server.status == 200)
    _ = await service.finish()
  }

  @Test func `misses are forgotten after the window, and codes that work are none`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    for _ in 0..<30 {
      #expect(await miss(service, "WELCOME10", user: "u-1", from: "10.0.0.1").status == 200)
    }
    for _ in 0..<9 { _ = await miss(service, user: "u-1", from: "10.0.0.1") }
    service.clock.advance(.seconds(600))
    for _ in 0..<9 {
      #expect(await miss(service, user: "u-1", from: "10.0.0.1").status == 200)
    }
    _ = await service.finish()
  }

  @Test func `memory is bounded by forgetting the quietest`() throws {
    var settings = ThrottleSettings()
    let clock = TestClock()
    settings.subjectsMax = 100
    settings.now = { clock.instant }
    let throttle = MissThrottle(settings)
    func subject(_ number: Int) throws -> MissThrottle.Subject {
      .address(Tenant.ID(1), try #require(ClientAddress("10.0.\(number / 256).\(number % 256)")))
    }
    for number in 0..<1000 {
      clock.advance(.milliseconds(1))
      throttle.record(misses: 10, by: [try subject(number)])
      #expect(throttle.count <= 100)
    }
    #expect(throttle.wait(for: [try subject(999)]) == 60)
    #expect(throttle.wait(for: [try subject(0)]) == nil)
  }

  @Test func `an address behind a trusted proxy is the last forwarded one`() {
    let request = HTTPRequest(
      method: .get, target: "/", headers: [("X-Forwarded-For", "6.6.6.6, 10.1.1.1")],
      remoteAddress: "127.0.0.1")
    #expect(ClientAddress(of: request, trustsForwardedFor: true) == ClientAddress("10.1.1.1"))
    #expect(ClientAddress(of: request, trustsForwardedFor: false) == ClientAddress("127.0.0.1"))
    #expect(ClientAddress("2001:db8::1") == ClientAddress("2001:db8::ffff:2"))
    #expect(ClientAddress("2001:db8::1") != ClientAddress("2001:db9::1"))
    #expect(ClientAddress("::ffff:10.1.1.1") == ClientAddress("10.1.1.1"))
    #expect(ClientAddress("nonsense") == nil)
  }
}
