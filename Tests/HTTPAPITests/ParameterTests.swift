import Forms
import JSON
import Scrip
import Testing

@testable import HTTPAPI

/// What the OpenAPI document says of parameters, and what becomes of them.
@Suite struct ParameterTests {
  private func described(_ method: StaticString, _ path: String) throws -> [String: JSONNode] {
    let document = try JSONDocument(parsing: OpenAPIDocument.bytes(version: "1.2.3")).root
    var parameters: [String: JSONNode] = [:]
    document["paths"]?.member(named: path)?[method]?["parameters"]?.forEachElement { parameter in
      if let name = parameter["name"]?.string() { parameters[name] = parameter }
    }
    return parameters
  }

  @Test func `a number goes as far as the document says, and is what it says where it is absent`()
    async throws
  {
    let service = try await TestService()
    for path in ["/v1/keys", "/v1/coupons", "/v1/events"] {
      let limit = try #require(described("get", path)["limit"])
      let least = try #require(limit["schema"]?["minimum"]?.int64())
      let most = try #require(limit["schema"]?["maximum"]?.int64())
      #expect(limit["required"]?.bool() == false && limit["in"]?.string() == "query")
      for (value, isTaken) in [(least - 1, false), (least, true), (most, true), (most + 1, false)] {
        let answer = await service.send(.get, "\(path)?limit=\(value)")
        #expect((answer.status == 200) == isTaken, "\(path) \(value)")
        if !isTaken { #expect(answer.items == ["?limit out_of_range"]) }
      }
    }
    #expect(try described("get", "/v1/keys")["limit"]?["schema"]?["default"]?.int64() == 100)
    #expect(try described("get", "/v1/coupons")["limit"]?["schema"]?["default"]?.int64() == 20)
    _ = await service.finish()
  }

  @Test(arguments: [
    ("/v1/events?after=-1", "?after out_of_range"), ("/v1/events?after=1.5", "?after wrong_type"),
    ("/v1/events?after=", "?after wrong_type"), ("/v1/events?after=%2B", "?after wrong_type"),
    ("/v1/events?after=99999999999999999999999", "?after out_of_range"),
    ("/v1/events?after=-99999999999999999999999", "?after out_of_range"),
    ("/v1/events?after=%22", "?after wrong_type"), ("/v1/coupons?state=asleep", "?state invalid_value"),
    ("/v1/coupons?owner=", "?owner invalid_value"), ("/v1/coupons?cursor=zz", "?cursor invalid_value"),
    ("/v1/coupons?active_at=soon", "?active_at invalid_value"),
    ("/v1/coupons?code=%20", "?code invalid_value"),
    ("/v1/applications", "?order_id required"), ("/v1/applications?order_id=", "?order_id invalid_value"),
    ("/v1/applications?order_id=a%00", "?order_id invalid_value"),
  ])
  func `a parameter that is wrong is refused by its name`(_ target: String, _ item: String) async throws {
    let service = try await TestService()
    let answer = await service.send(.get, target)
    #expect(answer.summary == "422 invalid_request")
    #expect(answer.items == [item])
    _ = await service.finish()
  }

  @Test func `all that is wrong with a query is told at once`() async throws {
    let service = try await TestService()
    let answer = await service.send(.get, "/v1/coupons?limit=0&state=x&active_at=y")
    #expect(
      Set(answer.items) == ["?limit out_of_range", "?state invalid_value", "?active_at invalid_value"])
    _ = await service.finish()
  }

  @Test
  func `numbers may be written with a sign and with zeros before them, and texts may look like numbers`()
    async throws
  {
    let service = try await TestService()
    #expect(await service.send(.get, "/v1/events?after=%2B0&limit=007").status == 200)
    #expect(await service.send(.get, "/v1/applications?order_id=12").status == 200)
    #expect(await service.send(.get, "/v1/coupons?owner=true&seller_id=1e5").status == 200)
    _ = await service.finish()
  }

  @Test func `a parameter that must be there is described so`() throws {
    #expect(try described("get", "/v1/applications")["order_id"]?["required"]?.bool() == true)
  }

  @Test func `an identifier in a path is described by what is read`() throws {
    let pattern = try Regex(
      try #require(described("get", "/v1/coupons/{coupon_id}")["coupon_id"]?["schema"]?["pattern"]?.string()))
    var random = SystemRandomNumberGenerator()
    for _ in 0..<100 {
      let text = Coupon.ID(UInt128.random(in: 0...UInt128.max, using: &random)).description
      #expect(text.wholeMatch(of: pattern) != nil)
    }
    for wrong in ["coupon_8" + String(repeating: "0", count: 25), "key_" + String(repeating: "0", count: 26)]
    {
      #expect(Coupon.ID(wrong) == nil && wrong.wholeMatch(of: pattern) == nil)
    }
  }
}
