import HTTPServer
import Scrip
import Testing

@testable import HTTPAPI

/// What the API answers to requests that it does not let through, by rule.
@Suite struct StatusTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let expected: String
    let method: HTTPMethod
    let target: String
    var body = ""
    var role: AccessKey.Role? = .admin
    var headers: [(String, String)] = []

    var testDescription: String { "\(method.rawValue) \(target) \(body) → \(expected)" }
  }

  private static let noCoupon = "coupon_00000000000000000000000000"
  private static let noCampaign = "campaign_00000000000000000000000000"
  private static let noApplication = "application_00000000000000000000000000"

  static let rows = [
    Row(expected: "400 malformed_json", method: .post, target: "/v1/quotes", body: "{"),
    Row(expected: "400 malformed_json", method: .post, target: "/v1/quotes"),
    Row(
      expected: "400 invalid_header", method: .post, target: "/v1/coupons", body: Sample.coupon,
      headers: [("Idempotency-Key", "a b")]),
    Row(
      expected: "400 invalid_header", method: .post, target: "/v1/coupons/\(noCoupon)/activate",
      headers: [("If-Match", "\"v1\", \"v2\"")]),
    Row(
      expected: "400 invalid_header", method: .post, target: "/v1/coupons/\(noCoupon)/activate",
      headers: [("If-Match", "")]),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/users/%20%E2%80%8B/coupons"),
    Row(expected: "422 invalid_request", method: .delete, target: "/v1/persons/%20"),
    Row(expected: "401 unauthenticated", method: .get, target: "/v1/me", role: nil),
    Row(
      expected: "401 unauthenticated", method: .get, target: "/v1/me", role: nil,
      headers: [("Authorization", "Basic YTpi")]),
    Row(
      expected: "401 unauthenticated", method: .get, target: "/v1/me", role: nil,
      headers: [("Authorization", "Bearer scrip_admin_00000000000000000000000000000000")]),
    Row(
      expected: "403 forbidden", method: .post, target: "/v1/coupons", body: Sample.coupon, role: .server),
    Row(expected: "403 forbidden", method: .get, target: "/v1/events", role: .server),
    Row(expected: "403 forbidden", method: .get, target: "/v1/coupons", role: .publishable),
    Row(
      expected: "403 forbidden", method: .post, target: "/v1/applications", body: "{}", role: .publishable),
    Row(expected: "403 forbidden", method: .get, target: "/v1/users/u-1/coupons", role: .publishable),
    Row(expected: "404 route_not_found", method: .get, target: "/v1/coupon"),
    Row(expected: "404 route_not_found", method: .get, target: "/v1/users//coupons"),
    Row(expected: "404 route_not_found", method: .get, target: "/v1/coupons/"),
    Row(expected: "404 coupon_not_found", method: .get, target: "/v1/coupons/1"),
    Row(expected: "404 coupon_not_found", method: .get, target: "/v1/coupons/\(noCoupon)"),
    Row(expected: "404 coupon_not_found", method: .patch, target: "/v1/coupons/\(noCoupon)", body: "{}"),
    Row(expected: "404 coupon_not_found", method: .post, target: "/v1/coupons/\(noCoupon)/archive"),
    Row(
      expected: "404 coupon_not_found", method: .post, target: "/v1/coupons/\(noCoupon)/codes",
      body: #"{"codes":["ABC"]}"#),
    Row(expected: "404 version_not_found", method: .get, target: "/v1/coupons/\(noCoupon)/versions/1"),
    Row(expected: "404 coupon_not_found", method: .get, target: "/v1/coupons/\(noCoupon)/stats"),
    Row(expected: "404 application_not_found", method: .get, target: "/v1/applications/\(noApplication)"),
    Row(
      expected: "404 application_not_found", method: .post,
      target: "/v1/applications/\(noApplication)/redeem"),
    Row(
      expected: "404 key_not_found", method: .post, target: "/v1/keys/key_00000000000000000000000000/revoke"),
    Row(expected: "404 campaign_not_found", method: .get, target: "/v1/campaigns/1"),
    Row(expected: "404 campaign_not_found", method: .get, target: "/v1/campaigns/\(noCampaign)"),
    Row(
      expected: "404 campaign_not_found", method: .patch, target: "/v1/campaigns/\(noCampaign)", body: "{}"),
    Row(expected: "403 forbidden", method: .post, target: "/v1/campaigns", body: "{}", role: .server),
    Row(expected: "403 forbidden", method: .get, target: "/v1/campaigns", role: .publishable),
    Row(expected: "422 invalid_request", method: .post, target: "/v1/campaigns", body: "{}"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/campaigns?limit=101"),
    Row(expected: "200", method: .get, target: "/v1/campaigns", role: .server),
    Row(expected: "404 order_not_found", method: .get, target: "/v1/orders/1"),
    Row(expected: "404 order_not_found", method: .get, target: "/v1/orders/%00"),
    Row(expected: "404 order_not_found", method: .get, target: "/v1/orders/1/events"),
    Row(expected: "404 order_not_found", method: .post, target: "/v1/orders/1/change", body: "{}"),
    Row(expected: "404 order_not_found", method: .post, target: "/v1/orders/1/checkout"),
    Row(expected: "404 order_not_found", method: .post, target: "/v1/orders/1/confirm"),
    Row(expected: "404 order_not_found", method: .post, target: "/v1/orders/1/fail"),
    Row(expected: "404 order_not_found", method: .post, target: "/v1/orders/1/cancel"),
    Row(expected: "404 order_not_found", method: .post, target: "/v1/orders/1/refund-rest"),
    Row(
      expected: "404 order_not_found", method: .post, target: "/v1/orders/1/refund",
      body: #"{"shipping":[{"shipping_id":"s1","amount":1}]}"#),
    Row(expected: "422 invalid_request", method: .post, target: "/v1/orders/1/refund", body: "{}"),
    Row(expected: "422 invalid_request", method: .post, target: "/v1/orders", body: "{}"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/orders?state=unpaid"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/orders?cursor=31"),
    Row(expected: "403 forbidden", method: .post, target: "/v1/orders", body: "{}", role: .publishable),
    Row(expected: "403 forbidden", method: .get, target: "/v1/orders", role: .publishable),
    Row(expected: "200", method: .get, target: "/v1/orders?state=paid&user_id=u-1&limit=100", role: .server),
    Row(expected: "405 method_not_allowed", method: .put, target: "/v1/coupons"),
    Row(expected: "405 method_not_allowed", method: .get, target: "/v1/quotes", role: nil),
    Row(
      expected: "415 unsupported_media_type", method: .post, target: "/v1/quotes", body: "{}",
      headers: [("Content-Type", "text/plain")]),
    Row(
      expected: "415 unsupported_media_type", method: .post, target: "/v1/quotes", body: "{}",
      headers: [("Content-Type", "application/merge-patch+json")]),
    Row(expected: "422 invalid_request", method: .post, target: "/v1/quotes", body: "[]"),
    Row(expected: "422 invalid_request", method: .post, target: "/v1/quotes?x=1", body: Sample.quote()),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/me?x"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/coupons?limit=1&limit=2"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/coupons?cursor=zz"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/coupons?active_at=yesterday"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/users/u-1/coupons?limit=0"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/users/u-1/coupons?limit=101"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/users/u-1/coupons?cursor=zz"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/users/%00/coupons"),
    Row(expected: "422 invalid_request", method: .get, target: "/v1/applications"),
    Row(
      expected: "422 invalid_request", method: .post, target: "/v1/coupons/\(noCoupon)/activate",
      body: #"{"reason":"x"}"#),
    Row(expected: "200", method: .post, target: "/v1/quotes", body: Sample.quote(), role: .server),
    Row(expected: "200", method: .get, target: "/v1/coupons", role: .server),
    Row(expected: "200", method: .get, target: "/v1/users/u-1/coupons?limit=100", role: .server),
    Row(expected: "200", method: .get, target: "/v1/me", role: .publishable),
    Row(expected: "200", method: .head, target: "/v1/me"),
    Row(expected: "200", method: .get, target: "/", role: nil),
    Row(expected: "200", method: .get, target: "/livez", role: nil),
    Row(expected: "200", method: .get, target: "/readyz", role: nil),
    Row(expected: "200", method: .get, target: "/metrics", role: nil),
    Row(expected: "200", method: .get, target: "/v1/openapi.json", role: nil),
  ]

  @Test func `every request that is not let through gets the status of its reason`() async throws {
    let service = try await TestService()
    for row in Self.rows {
      let answer = await service.send(
        row.method, row.target, row.body, as: row.role, headers: row.headers)
      #expect(answer.summary == row.expected, "\(row.testDescription)")
      let type = answer.header("Content-Type") ?? ""
      #expect((answer.status >= 400) == (type == "application/problem+json"), "\(row.testDescription)")
      #expect(answer.header("X-Request-Id")?.isEmpty == false)
    }
    _ = await service.finish()
  }

  @Test func `a problem carries the header that its status asks for`() async throws {
    let service = try await TestService()
    let unauthenticated = await service.send(.get, "/v1/me", as: nil)
    #expect(unauthenticated.header("WWW-Authenticate") == "Bearer realm=\"scrip\"")
    let method = await service.send(.delete, "/v1/settings")
    #expect(method.header("Allow") == "GET, PATCH, HEAD")
    service.api.announceShutdown()
    let ready = await service.send(.get, "/readyz", as: nil)
    #expect(ready.summary == "503 shutting_down")
    #expect(ready.header("Retry-After") == "1")
    #expect(await service.send(.get, "/livez", as: nil).status == 200)
    await service.engine.committer.shutDown()
    let late = await service.send(.post, "/v1/coupons", Sample.coupon)
    #expect(late.summary == "503 shutting_down")
    #expect(late.header("Retry-After") == "1")
    _ = await service.finish()
  }

  @Test func `every way in which the server refuses a request has a problem of the same status`()
    async throws
  {
    let service = try await TestService()
    for error in ProtocolError.allCases {
      let answer = TestAnswer(service.api.protocolError(error))
      #expect(answer.status == error.status)
      #expect(answer.header("Content-Type") == "application/problem+json")
      #expect(try answer.json["status"]?.int64() == Int64(error.status))
    }
    _ = await service.finish()
  }

  @Test func `no problem code stands for two statuses and none is missing a type`() {
    #expect(Set(ProblemCode.allCases.map(\.rawValue)).count == ProblemCode.allCases.count)
    for code in ProblemCode.allCases {
      #expect((400...505).contains(code.status))
      #expect(!code.type.contains("_"))
      #expect(Metrics.statuses.contains(code.status))
    }
  }
}
