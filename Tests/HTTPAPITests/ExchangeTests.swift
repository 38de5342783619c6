import HTTPServer
import Testing

@testable import HTTPAPI

/// Whole exchanges as text, reviewed like code.
@Suite struct ExchangeTests {
  private static let fixed = [("X-Request-Id", "test")]

  @Test func `the way of a coupon from draft to redemption reads like its snapshot`() async throws {
    let service = try await TestService()
    var story = Story(service)
    let made = await story.tell(.post, "/v1/coupons", Sample.coupon)
    let id = try #require(made["id"])
    await story.tell(.post, "/v1/coupons/\(id)/activate")
    await story.tell(.post, "/v1/quotes", Sample.quote("welcome10", "NOPE"), as: .server)
    await story.tell(.post, "/v1/quotes", Sample.quote("welcome10", "NOPE"), as: .publishable)
    let locked = await story.tell(.post, "/v1/applications", Sample.application("WELCOME10"), as: .server)
    let application = try #require(locked["id"])
    await story.tell(
      .post, "/v1/applications/\(application)/redeem", #"{"expected_total":4098}"#, as: .server,
      headers: [("Idempotency-Key", "pay-1")])
    await story.tell(.get, "/v1/coupons/\(id)")
    await story.tell(.get, "/v1/coupons/\(id)/stats")
    await story.tell(.get, "/v1/coupons/\(id)/codes")
    await story.tell(.get, "/v1/applications?order_id=o-1")
    try story.matches("redemption")
    _ = await service.finish()
  }

  @Test func `problems read like their snapshot`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon(Sample.coupon(code: "ONCE", limits: #"{"total":1}"#))
    _ = try await service.lock("ONCE")
    var story = Story(service)
    await story.tell(.post, "/v1/applications", Sample.application("ONCE", order: "o-2"), as: .server)
    await story.tell(.post, "/v1/quotes", "{\"codes\":[],\n  \"cart\":}")
    await story.tell(.post, "/v1/quotes", #"{"codes":"X","cart":{"currency":"XXX","lines":[]},"more":1}"#)
    await story.tell(.get, "/v1/coupons?limit=0&colour=red")
    await story.tell(.get, "/v1/me", as: nil)
    await story.tell(.get, "/v1/coupons", as: .publishable)
    await story.tell(.delete, "/v1/coupons")
    await story.tell(.get, "/v2")
    try story.matches("problems")
    _ = await service.finish()
  }
}

/// Requests and answers, told one after the other.
struct Story {
  private let service: TestService
  private var text = ""

  init(_ service: TestService) { self.service = service }

  @discardableResult
  mutating func tell(
    _ method: HTTPMethod, _ target: String, _ body: String = "", as role: AccessKeyRole? = .admin,
    headers: [(String, String)] = []
  ) async -> TestAnswer {
    let answer = await service.send(
      method, target, body, as: role, headers: headers + [("X-Request-Id", "test")])
    text += "> \(method.rawValue) \(target)\n"
    for (name, value) in headers { text += "> \(name): \(value)\n" }
    if !body.isEmpty { text += "\(body)\n" }
    text += "< \(answer.status)\n"
    for (name, value) in answer.headers { text += "< \(name): \(value)\n" }
    text += "\(answer.text)\n\n"
    return answer
  }

  func matches(_ name: String) throws { try expectSnapshot(text, name) }
}
