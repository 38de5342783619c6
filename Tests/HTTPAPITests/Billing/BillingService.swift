import HTTPServer
import JSON
import Scrip

@testable import HTTPAPI

extension Sample {
  /// A coupon for invoices, ten percent off.
  static func billing(
    _ code: String, _ cadence: String = #""cadence":"forever""#,
    discount: String = #"{"type":"percent","percent":"10"}"#, _ more: String = ""
  ) -> String {
    #"""
    {"name":"\#(code)","code":"\#(code)","discount":\#(discount),"stacking":{"policy":"open"},
    "billing":{\#(cadence)}\#(more)}
    """#
  }

  static let subscription =
    #"{"customer_id":"ann","currency":"USD","line_items":[{"id":"seats","product_id":"pro"}]}"#

  static func invoice(_ amount: String = "8000", _ more: String = "") -> String {
    #"{"subscription_id":"sub","currency":"USD","line_items":[{"id":"l1","amount":\#(amount)}]\#(more)}"#
  }
}

extension TestService {
  func put(_ path: String, _ body: String, headers: [(String, String)] = []) async -> TestAnswer {
    await send(.put, path, body, as: .server, headers: headers)
  }

  func post(_ path: String, _ body: String = "", headers: [(String, String)] = []) async -> TestAnswer {
    await send(.post, path, body, as: .server, headers: headers)
  }

  func get(_ path: String) async -> TestAnswer { await send(.get, path, as: .server) }

  /// A subscription that has a coupon, whose association it gives.
  func subscribed(_ coupon: String = Sample.billing("TEN")) async throws -> String {
    _ = try await activeCoupon(coupon)
    let made = await put("/v1/subscriptions/sub", Sample.subscription)
    let attached = await post("/v1/subscriptions/sub/coupons", #"{"code":"ten"}"#)
    guard made.status < 300, let id = attached["id"] else {
      throw Unexpected(answer: made.text + attached.text)
    }
    return id
  }
}

extension TestAnswer {
  /// Members that are numbers.
  func figures(_ names: String...) throws -> [Int64?] {
    try names.map { try json.member(named: $0)?.int64() }
  }

  /// A member of each entry of a list.
  func all(_ name: String, of list: String = "data") throws -> [String] {
    var found: [String] = []
    try json.member(named: list)?.forEachElement { found.append($0.member(named: name)?.string() ?? "-") }
    return found
  }
}
