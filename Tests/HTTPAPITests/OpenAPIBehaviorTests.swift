import Foundation
import HTTPServer
import JSON
import Scrip
import TestSupport
import Testing

@testable import HTTPAPI

/// The OpenAPI document against what was written independently of it, and against what the service does.
@Suite struct OpenAPIBehaviorTests {
  /// An operation of the document, with its parameters' names left out.
  private struct Described {
    let method: HTTPMethod
    let path: String
    /// A path with values for its parameters.
    let target: String
    let needsKey: Bool
    let roles: [String]

    var name: String { "\(method.rawValue) \(path)" }
  }

  private static func operations() throws -> [Described] {
    var operations: [Described] = []
    try JSONDocument(parsing: OpenAPIDocument.bytes(version: "1.2.3")).root["paths"]?.forEachMember {
      path, item in
      item.forEachMember { method, operation in
        operations.append(
          Described(
            method: HTTPMethod(rawValue: method.string().uppercased())!, path: nameless(path.string()),
            target: example(path.string()), needsKey: operation["security"]?.count != 0,
            roles: (operation["description"]?.string() ?? "").split { !$0.isLetter }.map(String.init)))
      }
    }
    return operations
  }

  private static func nameless(_ path: String) -> String { path.replacing(#/\{[^}]*\}/#, with: "{}") }

  private static func example(_ path: String) -> String {
    let nothing = String(repeating: "0", count: 26)
    return path.replacing("{coupon_id}", with: "coupon_\(nothing)").replacing(
      "{key_id}", with: "key_\(nothing)"
    )
    .replacing("{application_id}", with: "application_\(nothing)").replacing("{user_id}", with: "u-1")
    .replacing("{version}", with: "1").replacing("{event_type}", with: "CouponApplied")
    .replacing("{kind}", with: "order_paid").replacing("{language}", with: "de")
  }

  @Test func `the document has the operations that the guide tells of, and no others`() throws {
    let guide = try String(
      contentsOf: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/api.md"),
      encoding: .utf8)
    let told = guide.matches(of: #/`(GET|POST|PUT|PATCH|DELETE) (\/[^\s`?]*)/#).map {
      "\($0.output.1) \(Self.nameless(String($0.output.2)))"
    }
    #expect(try Set(Self.operations().map(\.name)) == Set(told))
  }

  @Test func `a currency may be written in any case wherever a request has one`() throws {
    let schemas = try JSONDocument(parsing: OpenAPIDocument.bytes(version: "1.2.3")).root["components"]?[
      "schemas"]
    let pattern = try Regex(try #require(schemas?["CurrencyInput"]?["pattern"]?.string()))
    for code in ["EUR", "eur", "Eur", "jPY"] { #expect(code.wholeMatch(of: pattern) != nil, "\(code)") }
    for code in ["", "XXQ", "EURO", "EU", "eur "] { #expect(code.wholeMatch(of: pattern) == nil, "\(code)") }
    let input = "#/components/schemas/CurrencyInput"
    #expect(schemas?["CartInput"]?["properties"]?["currency"]?["$ref"]?.string() == input)
    for name: StaticString in ["AmountsInput", "AmountBoundInput", "PositiveAmountsInput"] {
      #expect(schemas?[name]?["propertyNames"]?["$ref"]?.string() == input)
    }
  }

  /// Requests of which the document and the service must think the same. A member that may be left out may be null.
  @Test func `the document takes the shapes that the service takes, and no others`() async throws {
    let service = try await TestService()
    let coupon = try await service.activeCoupon()
    let judge = SchemaJudge(document: try JSONDocument(parsing: OpenAPIDocument.bytes(version: "1.2.3")).root)
    let rules = [
      #"{"amount":{"min":null,"max":{"EUR":1}}}"#, #"{"amount":{"min":{"EUR":1},"max":null}}"#,
      #"{"amount":{"min":null,"max":null}}"#, #"{"amount":{}}"#, #"{"amount":{"min":{}}}"#,
      #"{"quantity":{"min":null,"max":2}}"#, #"{"quantity":{"min":2,"max":null}}"#,
      #"{"quantity":{"max":2}}"#,
      #"{"quantity":{"min":null}}"#, #"{"user":{"in":["u-1"],"not_in":null}}"#,
      #"{"user":{"in":null,"not_in":["u-1"]}}"#, #"{"user":{"in":["u-1"],"not_in":["u-2"]}}"#,
      #"{"user":{"in":null}}"#, #"{"user":{}}"#, #"{"country":{"in":null,"not_in":["DE"]}}"#,
      #"{"country":{"in":["DE"],"not_in":["AT"]}}"#, #"{"country":null}"#, #"{"all":null}"#, #"{"not":null}"#,
    ]
    var number = 0
    for rule in rules {
      number += 1
      let body =
        #"{"name":"n","code":"C-\#(number)","discount":{"type":"percent","percent":"5"},"#
        + #""stacking":{"policy":"open"},"rules":\#(rule)}"#
      try await compare(service, judge, "CouponInput", "/v1/coupons", body)
    }
    for codes in [
      #"{"codes":["A-1"],"generate":null}"#, #"{"codes":["A-2"]}"#, #"{"codes":null}"#, #"{"codes":[1]}"#,
      #"{"codes":null,"generate":{"count":1,"pattern":"P-########"}}"#, #"{"codes":[],"generate":null}"#,
      #"{"codes":["A-3"],"generate":{"count":1,"pattern":"P-########"}}"#, #"{}"#,
    ] {
      try await compare(service, judge, "CodesInput", "/v1/coupons/\(coupon)/codes", codes)
    }
    for price in [
      #""unit_price":5"#, #""unit_price":5,"unit_price_decimal":null"#,
      #""unit_price":null,"unit_price_decimal":"0.5""#, #""unit_price":5,"unit_price_decimal":"0.5""#,
      #""unit_price":null"#, #""unit_price":null,"unit_price_decimal":null"#,
    ] {
      let body = #"{"cart":{"currency":"EUR","lines":[{"id":"l","product_id":"p","quantity":1,\#(price)}]}}"#
      try await compare(service, judge, "QuoteRequest", "/v1/quotes", body)
    }
    _ = await service.finish()
  }

  private func compare(
    _ service: TestService, _ judge: SchemaJudge, _ schema: String, _ target: String, _ body: String
  ) async throws {
    let answer = await service.send(.post, target, body)
    let described = try judge.takes(JSONDocument(parsing: Array(body.utf8)).root, as: schema)
    #expect((answer.status < 300) == described, "\(body): \(answer.text)")
  }

  @Test func `an expected amount goes as far as the service takes it`() async throws {
    let service = try await TestService()
    _ = try await service.activeCoupon()
    let lock = try await service.lock("WELCOME10")
    let schemas = try JSONDocument(parsing: OpenAPIDocument.bytes(version: "1.2.3")).root["components"]?[
      "schemas"]
    let rows: [(StaticString, StaticString, HTTPMethod, String, String)] = [
      (
        "ApplicationRequest", "expected_discount", .post, "/v1/applications",
        Sample.application("WELCOME10", order: "o-2")
      ),
      (
        "ChangeRequest", "expected_discount", .post, "/v1/applications/\(lock)/change",
        #"{"codes":["WELCOME10"],"cart":\#(Sample.cart)}"#
      ),
      ("RedeemRequest", "expected_total", .post, "/v1/applications/\(lock)/redeem", "{}"),
    ]
    for (schema, member, method, target, body) in rows {
      let largest = try #require(schemas?[schema]?["properties"]?[member]?["maximum"]?.int64())
      for (amount, isTaken) in [(largest, true), (largest + 1, false)] {
        let first = body == "{}" ? "" : ","
        let answer = await service.send(
          method, target, #"{"\#(member)":\#(amount)\#(first)\#(body.dropFirst())"#, as: .server)
        #expect((answer.code == "invalid_request") != isTaken, "\(schema) \(answer.summary)")
        #expect(answer.code != "route_not_found", "\(target)")
      }
    }
    _ = await service.finish()
  }

  @Test func `what the document leaves open needs no key, and everything else one`() async throws {
    let service = try await TestService()
    let operations = try Self.operations()
    #expect(
      Set(operations.filter { !$0.needsKey }.map(\.name)) == [
        "GET /", "GET /livez", "GET /readyz", "GET /metrics", "GET /v1/openapi.json",
        "GET /v1/event-types", "GET /v1/event-types/{}/schema",
        "GET /v1/event-types/{}/cloudevent-schema", "POST /v1/webhooks/stripe/{}",
      ])
    for operation in operations {
      let answer = await service.send(operation.method, operation.target, as: nil)
      // A message without a signature proves nothing.
      let open = operation.method == .post ? 400 : 200
      #expect(answer.status == (operation.needsKey ? 401 : open), "\(operation.name)")
    }
    _ = await service.finish()
  }

  @Test func `the roles that the document names open an operation, and no other role does`() async throws {
    let service = try await TestService()
    let operations = try Self.operations().filter(\.needsKey)
    var open: [AccessKey.Role: Set<String>] = [:]
    for operation in operations {
      for role in AccessKey.Role.allCases {
        let answer = await service.send(operation.method, operation.target, as: role)
        let isNamed = operation.roles.contains(role.rawValue)
        #expect(answer.status != 401 && answer.code != "route_not_found", "\(operation.name)")
        #expect((answer.status != 403) == isNamed, "\(operation.name) as \(role.rawValue): \(answer.summary)")
        if answer.status != 403 { open[role, default: []].insert(operation.name) }
      }
    }
    // What a key that stands in a web page may do is written down here once more.
    #expect(open[.publishable] == ["POST /v1/quotes", "GET /v1/me"])
    #expect(open[.admin]?.count == operations.count)
    #expect(open[.server]?.contains { $0.contains("/v1/keys") || $0.contains("/v1/settings") } == false)
    _ = await service.finish()
  }

  @Test func `a method that the document does not have is refused with those that it has`() async throws {
    let service = try await TestService()
    let operations = try Self.operations()
    for (target, own) in Dictionary(grouping: operations, by: \.target) {
      var known = Set(own.map(\.method))
      // An invoice may be called so.
      if ["/v1/invoices/preview", "/v1/invoices/batch"].contains(target) { known.formUnion([.get, .put]) }
      if known.contains(.get) { known.insert(.head) }
      for method in HTTPMethod.allCases where !known.contains(method) {
        let answer = await service.send(method, target)
        #expect(answer.summary == "405 method_not_allowed", "\(method.rawValue) \(target)")
        let allowed = answer.header("Allow")?.split(separator: ", ").map { HTTPMethod(rawValue: String($0)) }
        #expect(Set(allowed ?? []) == known, "\(target)")
      }
      let beyond = await service.send(.get, target + (target == "/" ? "nothing" : "/nothing"))
      #expect(beyond.status == 404 || operations.contains { $0.target == target + "/nothing" }, "\(target)")
    }
    _ = await service.finish()
  }
}
