import JSON
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@testable import HTTPAPI

@Suite struct EventSchemaTests {
  private static let event = """
    {"position":7,"stream":"coupon_00000000000000000000000001","sequence":2,"type":"CouponReleased",\
    "at":"2026-11-20T08:00:00Z","actor":"key_00000000000000000000000001","request_id":null,\
    "data":{"application_id":"application_00000000000000000000000001",\
    "usage_id":"usage_00000000000000000000000001","order_id":"o",\
    "before":{"state":"locked","amount":150,"locked_at":"2026-11-20T07:45:00Z","currency":"EUR"},\
    "cause":"expired","reason":null}}
    """

  private func takes(_ text: String) throws -> Bool {
    try EventJudge().takes(JSONDocument(parsing: Array(text.utf8)).root)
  }

  @Test func `each type of events has a schema under its name, and no other name has one`() async throws {
    let service = try await TestService()
    let list = try await service.send(.get, "/v1/event-types", as: nil).json["data"]
    var types: [String] = []
    list?.forEachElement { types.append($0["type"]?.string() ?? "") }
    #expect(types == EventFacts.kinds.map { $0.name })
    for (index, type) in types.enumerated() {
      let path = try #require(list?[index]?["schema"]?.string())
      let answer = await service.send(.get, path, as: nil)
      #expect(answer.status == 200 && answer.header("Content-Type") == "application/schema+json")
      let schema = try answer.json
      #expect(schema["$id"]?.string() == path && schema["$ref"]?.string() == "#/$defs/\(type)Event")
      let envelope = schema["$defs"]?.member(named: "\(type)Event")?["properties"]
      #expect(envelope?["type"]?["const"]?.string() == type)
      #expect(!answer.text.contains("/components/") && !answer.text.contains("secret_hash"))
    }
    for name in ["CouponVanished", "couponapplied", "CouponApplied%20"] {
      #expect(await service.send(.get, "/v1/event-types/\(name)/schema").summary == "404 route_not_found")
    }
    _ = await service.finish()
  }

  @Test func `every reference in a schema leads somewhere`() throws {
    for schema in EventFacts.schemas(in: .listed, id: { $0 }) {
      let root = try JSONDocument(parsing: JSONWriter.bytes { schema.document.write(to: &$0) }).root
      var references: Set<String> = []
      func collect(_ node: JSONNode) {
        node.forEachElement(collect)
        node.forEachMember { key, value in
          if key == "$ref" { references.insert(value.string() ?? "") }
          collect(value)
        }
      }
      collect(root)
      for reference in references {
        let name = reference.dropFirst("#/$defs/".count)
        #expect(reference.hasPrefix("#/$defs/") && root["$defs"]?.member(named: String(name)) != nil)
      }
    }
  }

  @Test func `an event with members to come holds to its schema`() throws {
    #expect(try takes(Self.event))
    #expect(try takes(Self.event.replacing(#""order_id":"#, with: #""mood":"good","order_id":"#)))
    #expect(try takes(Self.event.replacing(#""actor":"#, with: #""place":"here","actor":"#)))
  }

  @Test(arguments: [
    (#""sequence":2,"#, ""), (#""sequence":2"#, #""sequence":"2""#), (#""sequence":2"#, #""sequence":0"#),
    (#""actor":"key_00000000000000000000000001","#, ""), (#""cause":"expired","#, ""),
    (#""cause":"expired""#, #""cause":"weather""#), (#""order_id":"o""#, #""order_id":1"#),
    (#","reason":null"#, ""), (#""type":"CouponReleased""#, #""type":"CouponRedeemed""#),
    (#""type":"CouponReleased""#, #""type":"CouponVanished""#), (#""request_id":null"#, #""request_id":5"#),
  ])
  func `an event that lacks a member or has one of another type does not`(
    _ part: String, _ instead: String
  ) throws {
    #expect(Self.event.contains(part))
    #expect(try !takes(Self.event.replacing(part, with: instead)))
  }
}
