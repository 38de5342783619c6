import HTTPServer
import JSON
import Scrip
import Testing

@testable import HTTPAPI

@Suite struct WalletTests {
  private static let path = "/v1/users/u-1/coupons"

  /// A coupon with further members, such as `"owner":"u-1"`.
  private static func coupon(_ members: String) -> String {
    """
    {"name":"A gift","discount":{"type":"percent","percent":"10"},"stacking":{"policy":"open"},\(members)}
    """
  }

  /// `usable`, or the reason why not, of the newest entry.
  private func verdict(_ service: TestService, user: String = "u-1") async throws -> String? {
    var first: JSONNode?
    try await service.send(.get, "/v1/users/\(user)/coupons", as: .server).json["data"]?.forEachElement {
      if first == nil { first = $0 }
    }
    let reason = first?["reason"]?.string()
    #expect(first?["usable"]?.bool() == (reason == nil))
    return first == nil ? nil : reason ?? "usable"
  }

  @Test func `a user's coupon is shown with its codes and what is left of it`() async throws {
    let service = try await TestService()
    let id = try await service.activeCoupon(Self.coupon(#""owner":"u-1","code":"Gift-1""#))
    let coupon = await service.send(.get, "/v1/coupons/\(id)").text
    let unused = await service.send(.get, Self.path, as: .server)
    #expect(unused.status == 200)
    #expect(
      unused.text == """
        {"data":[{"coupon":\(coupon),"codes":[{"code":"GIFT-1","display":"Gift-1","owner":null,"limit":null,\
        "generated":false,"used":0}],"has_more_codes":false,"used":0,"limit":1,"remaining":1,"usable":true,\
        "reason":null}],"has_more":false,"next_cursor":null}
        """)
    let application = try await service.lock("GIFT-1")
    let used = await service.send(.get, Self.path)
    #expect(
      used.text.hasSuffix(
        """
        "used":1}],"has_more_codes":false,"used":1,"limit":1,"remaining":0,"usable":false,\
        "reason":"user_limit_reached"}],"has_more":false,"next_cursor":null}
        """))
    await service.send(.post, "/v1/applications/\(application)/release", as: .server)
    #expect(try await verdict(service) == "usable")
    _ = await service.finish()
  }

  @Test func `other people's codes and other tenants' coupons are never shown`() async throws {
    let service = try await TestService()
    let codes = #""codes":[{"code":"ANNS","owner":"u-1"},{"code":"BOBS","owner":"u-2"},"EVERYBODYS"]"#
    _ = try await service.activeCoupon(Self.coupon(codes))
    _ = try await service.activeCoupon(
      Self.coupon(#""owner":"u-1","code":"STRANGERS""#), secret: service.strangerSecret)
    let ann = await service.send(.get, Self.path, as: .server).text
    #expect(ann.contains("ANNS"))
    for other in ["BOBS", "EVERYBODYS", "STRANGERS"] { #expect(!ann.contains(other), "\(other)") }
    let bob = await service.send(.get, "/v1/users/u-2/coupons", secret: service.strangerSecret)
    #expect(bob.text == #"{"data":[],"has_more":false,"next_cursor":null}"#)
    _ = await service.finish()
  }

  @Test func `every reason has its name`() async throws {
    let service = try await TestService()
    let draft = await service.send(.post, "/v1/coupons", Self.coupon(#""owner":"u-1","code":"ONE""#))
    #expect(try await verdict(service) == "coupon_not_active")
    let id = try #require(draft["id"])
    await service.send(.post, "/v1/coupons/\(id)/activate")
    #expect(try await verdict(service) == "usable")
    await service.send(.post, "/v1/coupons/\(id)/disable", #"{"reason":"x"}"#)
    #expect(try await verdict(service) == "coupon_disabled")

    let start = service.clock.now.adding(seconds: 60)
    let window = #""starts_at":"\#(start)","ends_at":"\#(start.adding(seconds: 60))""#
    _ = try await service.activeCoupon(Self.coupon(#""owner":"u-1","code":"TWO",\#(window)"#))
    #expect(try await verdict(service) == "not_started")
    service.clock.advance(.seconds(60))
    #expect(try await verdict(service) == "usable")
    service.clock.advance(.seconds(60))
    #expect(try await verdict(service) == "expired")

    let codes = #""codes":[{"code":"ANNS","owner":"u-1","limit":1},{"code":"BOBS","owner":"u-2"}]"#
    let limits = #""limits":{"total":2,"per_user":2}"#
    _ = try await service.activeCoupon(Self.coupon("\(codes),\(limits)"))
    _ = try await service.lock("ANNS")
    #expect(try await verdict(service) == "code_limit_reached")
    #expect(try await verdict(service, user: "u-2") == "usable")
    let bobs = Sample.application("BOBS", order: "o-2", user: "u-2")
    #expect(await service.send(.post, "/v1/applications", bobs, as: .server).status == 201)
    #expect(try await verdict(service, user: "u-2") == "usage_limit_reached")
    _ = await service.finish()
  }

  @Test func `pages cover a user's coupons once, newest first`() async throws {
    let service = try await TestService()
    for number in 0..<5 {
      _ = try await service.activeCoupon(Self.coupon(#""owner":"u-1","code":"CODE-\#(number)""#))
    }
    var codes: [String] = []
    var target = "\(Self.path)?limit=2"
    var pages = 0
    while true {
      let page = try await service.send(.get, target).json
      pages += 1
      page["data"]?.forEachElement { entry in
        entry["codes"]?.forEachElement { codes.append($0["code"]?.string() ?? "") }
      }
      #expect(page["has_more"]?.bool() == (page["next_cursor"]?.isNull == false))
      guard let cursor = page["next_cursor"]?.string() else { break }
      target = "\(Self.path)?limit=2&cursor=\(cursor)"
    }
    #expect(pages == 3)
    #expect(codes == (0..<5).reversed().map { "CODE-\($0)" })
    _ = await service.finish()
  }

  @Test func `a user id may hold any character but must be text`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon(Self.coupon(#""owner":"ann/é +1%","code":"ANNS""#))
    #expect(try await verdict(service, user: "ann%2F%C3%A9%20+1%25") == "usable")
    for user in ["%00", "%FF", String(repeating: "x", count: 201)] {
      let answer = await service.send(.get, "/v1/users/\(user)/coupons")
      #expect(answer.summary == "422 invalid_request")
      #expect(answer.items == ["{user_id} invalid_value"])
    }
    _ = await service.finish()
  }
}
