import HTTPServer
import JSON
import Scrip
import Testing

@testable import HTTPAPI

@Suite struct ListTests {
  @Test func `pages of coupons cover all of them once, newest first`() async throws {
    let service = try await TestService()
    for number in 0..<7 {
      service.clock.advance(.seconds(1))
      await service.send(.post, "/v1/coupons", Sample.coupon(code: "CODE-\(number)"))
    }
    var names: [String] = []
    var target = "/v1/coupons?limit=3"
    var pages = 0
    while true {
      let page = try await service.send(.get, target).json
      pages += 1
      page["data"]?.forEachElement { names.append($0["name"]?.string() ?? "") }
      #expect(page["has_more"]?.bool() == (page["next_cursor"]?.isNull == false))
      guard let cursor = page["next_cursor"]?.string() else { break }
      target = "/v1/coupons?limit=3&cursor=\(cursor)"
    }
    #expect(pages == 3)
    #expect(names == (0..<7).reversed().map { "CODE-\($0)" })
    let one = try await service.send(.get, "/v1/coupons?code=%20code-3").json
    #expect(one["data"]?.count == 1)
    #expect(try await service.send(.get, "/v1/coupons?state=active").json["data"]?.count == 0)
    _ = await service.finish()
  }

  @Test func `pages of keys cover all of them once, oldest first`() async throws {
    let service = try await TestService()
    for number in 1...4 {
      service.clock.advance(.seconds(1))
      await service.send(.post, "/v1/keys", #"{"role":"server","name":"Key \#(number)"}"#)
    }
    let all = try await service.send(.get, "/v1/keys").json
    #expect(all["data"]?.count == 7 && all["has_more"]?.bool() == false)
    var ids: [String] = []
    var target = "/v1/keys?limit=3"
    for count in [3, 3, 1] {
      let page = try await service.send(.get, target).json
      #expect(page["data"]?.count == count)
      page["data"]?.forEachElement { ids.append($0["id"]?.string() ?? "") }
      #expect(page["has_more"]?.bool() == (page["next_cursor"]?.isNull == false))
      target = "/v1/keys?limit=3&cursor=\(page["next_cursor"]?.string() ?? "")"
    }
    var expected: [String] = []
    all["data"]?.forEachElement { expected.append($0["id"]?.string() ?? "") }
    #expect(ids == expected && ids == ids.sorted())
    for target in ["/v1/keys?limit=0", "/v1/keys?limit=1001", "/v1/keys?cursor=x", "/v1/keys?page=2"] {
      #expect(await service.send(.get, target).code == "invalid_request")
    }
    _ = await service.finish()
  }

  @Test func `events are read on from the last position`() async throws {
    let service = try await TestService()
    let id = try await service.activeCoupon()
    let all = try await service.events("/v1/coupons/\(id)/events", until: "CouponActivated").json
    var types: [String] = []
    all["data"]?.forEachElement { types.append($0["type"]?.string() ?? "") }
    #expect(types == ["CouponCreated", "CodesAdded", "CouponActivated"])
    let first = try await service.send(.get, "/v1/coupons/\(id)/events?limit=2").json
    #expect(first["has_more"]?.bool() == true)
    let after = try #require(first["next_after"]?.int64())
    let rest = try await service.send(.get, "/v1/coupons/\(id)/events?after=\(after)").json
    #expect(rest["data"]?.count == 1)
    #expect(rest["has_more"]?.bool() == false)
    _ = await service.finish()
  }

  @Test func `generated codes follow the pattern, differ, and leave half of it free`() async throws {
    let service = try await TestService()
    let id = try await service.activeCoupon()
    let path = "/v1/coupons/\(id)/codes"
    let made = await service.send(
      .post, path, #"{"generate":{"count":500,"pattern":"SUMMER-####-####","limit":1}}"#)
    #expect(made.status == 201)
    var codes: Set<String> = []
    try made.json["codes"]?.forEachElement { code in
      let text = code["code"]?.string() ?? ""
      codes.insert(text)
      let random = text.dropFirst(6)
      #expect(text.hasPrefix("SUMMER") && random.count == 8)
      #expect(code["display"]?.string() == "SUMMER-\(random.prefix(4))-\(random.suffix(4))")
      #expect(random.utf8.allSatisfy(CodePattern.alphabet.contains))
      #expect(code["limit"]?.int64() == 1)
      #expect(code["generated"]?.bool() == true)
    }
    #expect(codes.count == 500)
    let any = try #require(codes.first)
    for typed in ["SUMMER-\(any.dropFirst(6).lowercased())", any.replacing("SUMMER", with: "S-U-M-MER")] {
      let found = try await service.send(.get, "/v1/coupons?code=\(typed)").json["data"]
      #expect(found?.count == 1)
    }
    let rows: [(String, [String])] = [
      (#"{"generate":{"count":16,"pattern":"AB#"}}"#, ["/generate/pattern invalid_value"]),
      (#"{"generate":{"count":1,"pattern":"NONE"}}"#, ["/generate/pattern invalid_value"]),
      (#"{"generate":{"count":1,"pattern":"Ä####"}}"#, ["/generate/pattern invalid_value"]),
      (#"{"generate":{"count":1,"pattern":"A%####"}}"#, ["/generate/pattern invalid_value"]),
      (#"{"generate":{"count":1,"pattern":"A\n####"}}"#, ["/generate/pattern invalid_value"]),
      (#"{"generate":{"count":1,"pattern":"\u0007A####"}}"#, ["/generate/pattern invalid_value"]),
      (#"{"generate":{"count":0,"pattern":"A####"}}"#, ["/generate/count out_of_range"]),
      (
        #"{"generate":{"count":1,"pattern":"A####-####-####","owner":"u"}}"#,
        ["/generate/pattern invalid_value"]
      ),
      (#"{}"#, ["/codes required"]),
      (#"{"codes":[]}"#, ["/codes invalid_value"]),
      (#"{"codes":["A1,"]}"#, ["/codes/0 code_malformed"]),
      (#"{"codes":["ABC"],"generate":{"count":1,"pattern":"A####"}}"#, ["/generate invalid_value"]),
    ]
    for (body, items) in rows {
      let answer = await service.send(.post, path, body)
      #expect(answer.summary == "422 invalid_request", "\(body)")
      #expect(answer.items == items, "\(body)")
    }
    let tiny = await service.send(.post, path, #"{"generate":{"count":15,"pattern":"AB#"}}"#)
    #expect(tiny.status == 201)
    _ = await service.finish()
  }

  @Test func `settings change member by member`() async throws {
    let service = try await TestService()
    let changed = await service.send(.patch, "/v1/settings", #"{"lock_seconds":600}"#)
    #expect(changed.status == 200)
    let settings = try await service.send(.get, "/v1/settings").json["settings"]
    #expect(settings?["lock_seconds"]?.int64() == 600)
    #expect(settings?["rounding"]?.string() == "half_up")
    let tag = try #require(await service.send(.get, "/v1/settings").header("ETag"))
    #expect(changed.header("ETag") == tag)
    let match = [("If-Match", tag)]
    let first = await service.send(.patch, "/v1/settings", #"{"rounding":"down"}"#, headers: match)
    #expect(first.status == 200 && first.header("ETag") != tag)
    let late = await service.send(.patch, "/v1/settings", #"{"lock_seconds":60}"#, headers: match)
    #expect(late.summary == "412 version_conflict")
    let wrong = await service.send(.patch, "/v1/settings", #"{"lock_seconds":1,"rounding":"up"}"#)
    #expect(Set(wrong.items) == ["/lock_seconds out_of_range", "/rounding invalid_value"])
    _ = await service.finish()
  }
}
