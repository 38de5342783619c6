import HTTPServer
import JSON
import Scrip
import Testing

@testable import HTTPAPI

@Suite struct TestClockRouteTests {
  @Test func `a sandbox has a key and a clock of its own, and says what it is`() async throws {
    let service = try await TestService()
    let made = await service.send(.post, "/v1/test-clocks", #"{"name":"year","now":"2030-01-01T00:00:00Z"}"#)
    #expect(made.status == 201 && made.header("Cache-Control") == "no-store", "\(made.text)")
    #expect(made["tenant_id"] == "tenant_3" && made["now"] == "2030-01-01T00:00:00Z")
    let secret = try #require(try made.json["key"]?["secret"]?.string())
    func send(_ method: HTTPMethod, _ path: String, _ body: String = "") async -> TestAnswer {
      let answer = await service.send(method, path, body, secret: secret)
      #expect(answer.header("Scrip-Sandbox") == "true", "\(method) \(path)")
      return answer
    }
    #expect(await send(.get, "/v1/test-clock")["now"] == "2030-01-01T00:00:00Z")
    _ = try await service.activeCoupon(
      Sample.billing("TEN", #""cadence":"repeated","months":2"#), secret: secret)
    #expect(await send(.put, "/v1/subscriptions/sub", Sample.subscription).status == 201)
    #expect(await send(.post, "/v1/subscriptions/sub/coupons", #"{"code":"TEN"}"#).status == 201)
    var discounts: [Int64?] = []
    for month in 1...4 {
      discounts += try await send(.put, "/v1/invoices/i\(month)", Sample.invoice()).figures("discount")
      let moved = await send(.post, "/v1/test-clock/advance", #"{"to":"2030-0\#(month + 1)-01T00:00:00Z"}"#)
      #expect(moved.status == 200 && moved["now"] == "2030-0\(month + 1)-01T00:00:00Z")
    }
    #expect(discounts == [800, 800, 0, 0])
    #expect(
      await send(.post, "/v1/test-clock/advance", #"{"to":"2030-01-01T00:00:00Z"}"#).summary
        == "409 invalid_transition")
    #expect(await send(.post, "/v1/test-clocks", #"{"now":"2030"}"#).status == 422)
    let second = await service.send(
      .post, "/v1/test-clocks", #"{"name":"more","now":"2031-01-01T00:00:00Z"}"#)
    #expect(second["tenant_id"] == "tenant_4")
    _ = await service.finish()
  }

  @Test func `who lives in real time has no clock to move, and no header`() async throws {
    let service = try await TestService()
    let answer = await service.send(.get, "/v1/test-clock")
    #expect(answer.summary == "409 invalid_transition" && answer.header("Scrip-Sandbox") == nil)
    #expect(
      await service.send(.post, "/v1/test-clock/advance", #"{"to":"2030-01-01T00:00:00Z"}"#).summary
        == "409 invalid_transition")
    for path in ["/v1/test-clocks", "/v1/test-clock/advance"] {
      #expect(await service.post(path, "{}").summary == "403 forbidden")
    }
    _ = await service.finish()
  }
}
