import JSON
import Ledger
import Promotions
import Scrip
import Testing

@testable import HTTPAPI

@Suite struct OpenAPITests {
  private let document: JSONNode

  init() throws {
    document = try JSONDocument(parsing: OpenAPIDocument.bytes(version: "1.2.3")).root
  }

  @Test func `the document describes every route and nothing else`() {
    var described: Set<String> = []
    document["paths"]?.forEachMember { path, item in
      item.forEachMember { method, _ in described.insert("\(method.string().uppercased()) \(path.string())") }
    }
    #expect(described == Set(Route.table.map { "\($0.method.rawValue) \($0.pattern)" }))
    #expect(Set(Route.table.map(\.operation.id)).count == Route.table.count)
  }

  @Test func `the documented problem codes are those that exist`() {
    var documented: Set<String> = []
    document["components"]?["schemas"]?["ProblemCode"]?["enum"]?.forEachElement {
      documented.insert($0.string() ?? "")
    }
    let engine = Set(Refusal.Code.allCases.map(\.rawValue))
    let own = Set(APIProblemCode.allCases.map(\.rawValue))
    #expect(documented == engine.union(own))
  }

  @Test func `every reference leads somewhere`() {
    var references: Set<String> = []
    func collect(_ node: JSONNode) {
      node.forEachElement(collect)
      node.forEachMember { key, value in
        if key == "$ref" { references.insert(value.string() ?? "") }
        collect(value)
      }
    }
    collect(document)
    #expect(references.count > 40)
    for reference in references {
      var node: JSONNode? = document
      for step in reference.split(separator: "/").dropFirst() { node = node?.member(named: String(step)) }
      #expect(node != nil, "\(reference)")
    }
  }

  @Test func `every schema is used`() {
    var used: Set<String> = []
    func collect(_ node: JSONNode) {
      node.forEachElement(collect)
      node.forEachMember { key, value in
        if key == "$ref", let name = value.string()?.split(separator: "/").last { used.insert(String(name)) }
        collect(value)
      }
    }
    collect(document)
    document["components"]?["schemas"]?.forEachMember { name, _ in
      #expect(used.contains(name.string()), "\(name.string())")
    }
  }

  @Test func `objects that callers send refuse unknown members`() {
    for name in [
      "CouponInput", "CouponPatch", "CartInput", "CartLineInput", "CustomerInput", "QuoteRequest", "KeyInput",
    ] {
      let schema = document["components"]?["schemas"]?.member(named: name)
      #expect(schema?["additionalProperties"]?.bool() == false, "\(name)")
    }
  }

  @Test func `every status of the status table is documented where it can happen`() throws {
    for row in StatusTests.rows {
      let match = Router(Route.table).match(row.method == .head ? .get : row.method, row.target.prefixOfPath)
      guard case .route(let index, _) = match, let status = Int(row.expected.prefix(3)) else { continue }
      let route = Route.table[index]
      let documented = OpenAPIDocument.problemStatuses(of: route) + route.operation.successes.map(\.status)
      #expect(documented.contains(status), "\(row.testDescription)")
    }
  }
}

extension String {
  fileprivate var prefixOfPath: String { String(prefix { $0 != "?" }) }
}
