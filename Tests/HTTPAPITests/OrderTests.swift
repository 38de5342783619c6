import HTTPServer
import Testing

@testable import HTTPAPI

/// Orders that change between the first lock and the payment.
@Suite struct OrderTests {
  private static func order(_ codes: String, _ more: String, cart: String = Sample.cart) -> String {
    """
    {"codes":[\(codes)],"customer":{"user_id":"u-1","email":"ann@example.com"},"cart":\(cart)\(more)}
    """
  }

  @Test func `a quote names its order, a stranger's only with the customer of the lock`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon(Sample.coupon(code: "ONCE", limits: #"{"total":1}"#))
    _ = try await service.lock("ONCE")
    func discount(_ body: String, as role: AccessKeyRole) async throws -> Int64? {
      try await service.send(.post, "/v1/quotes", body, as: role).json["discount"]?.int64()
    }
    let own = Self.order(#""ONCE""#, #","order_id":"o-1""#)
    let unnamed = Self.order(#""ONCE""#, "")
    for role in [AccessKeyRole.server, .publishable] {
      #expect(try await discount(own, as: role) == 400)
      #expect(try await discount(unnamed, as: role) == 0)
    }
    let other = own.replacing("ann@", with: "bob@")
    #expect(try await discount(other, as: .server) == 400)
    let blurred = try await service.send(.post, "/v1/quotes", other, as: .publishable).json
    #expect(blurred["discount"]?.int64() == 0)
    #expect(blurred["not_applied"]?[0]?["reason"]?.string() == "code_invalid")
    _ = await service.finish()
  }

  @Test func `the codes of a lock change, and what no longer applies is given back at payment`() async throws
  {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    _ = try await service.activeCoupon(Sample.coupon(code: "OTHER"))
    _ = try await service.activeCoupon(
      #"{"name":"S","code":"SHIP","discount":{"type":"shipping"},"stacking":{"policy":"open"}}"#)
    let id = try await service.lock("OTHER")
    let change = Self.order(#""WELCOME10","SHIP""#, #","expected_discount":900,"ttl_seconds":3600"#)
    let key = [("Idempotency-Key", "change-1")]
    for isReplay in [false, true] {
      let changed = await service.send(
        .post, "/v1/applications/\(id)/change", change, as: .server, headers: key)
      #expect(changed.status == 200 && changed["id"] == id)
      #expect((changed.header("Idempotency-Replayed") == "true") == isReplay)
      #expect(try changed.json["total"]?.int64() == 3598)
      #expect(try changed.json["given_back"]?.count == 0)
    }
    let wrong = await service.send(
      .post, "/v1/applications/\(id)/change", Self.order("", #","order_id":"o-1""#), as: .server)
    #expect(Set(wrong.items) == ["/codes invalid_value", "/order_id unknown_field"])
    let free = Sample.cart.replacing(#""amount":500"#, with: #""amount":0"#)
    let strict = await service.send(
      .post, "/v1/applications/\(id)/redeem", #"{"cart":\#(free),"all_or_nothing":true}"#, as: .server)
    #expect(strict.summary == "422 no_effect" && strict.items == ["/cart no_effect"])
    let paid = await service.send(.post, "/v1/applications/\(id)/redeem", #"{"cart":\#(free)}"#, as: .server)
    #expect(paid.status == 200)
    #expect(try paid.json["state"]?.string() == "redeemed" && paid.json["total"]?.int64() == 3598)
    #expect(try paid.json["given_back"]?[0]?["code"]?.string() == "SHIP")
    let shown = await service.send(.get, "/v1/applications/\(id)", as: .server)
    #expect(try shown.json["given_back"]?[0]?["reason"]?.string() == "no_effect")
    let late = await service.send(.post, "/v1/applications/\(id)/change", change, as: .server)
    #expect(late.summary == "409 already_redeemed")
    let again = await service.send(
      .post, "/v1/applications", Sample.application("WELCOME10", order: "o-1"), as: .server)
    #expect(again.summary == "409 already_redeemed" && again.items == ["/cart already_redeemed"])
    _ = await service.finish()
  }
}
