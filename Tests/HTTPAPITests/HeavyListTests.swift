import JSON
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@testable import HTTPAPI

/// Lists whose entries are large: an answer has to fit into memory, here and at the caller's.
@Suite struct HeavyListTests {
  /// Far more than the bound, and the bound with one entry behind it.
  private static let (count, lines, most) = (9, 150, 7_000_000)

  private func shop() async throws -> TestService {
    let service = try await TestService()
    for number in 1...Self.count {
      let order = CreateOrder(
        orderID: OrderID("o-\(number)"), customer: Customer(userID: "u-1"), cart: .heavy(lines: Self.lines))
      let command = PromotionCommand(tenant: Tenant.ID(1), actor: .commandLine, action: order)
      #expect(try await service.engine.submit(command).answer.kind == .created)
    }
    return service
  }

  /// Reads page after page; gives how many entries each has.
  private func read(
    _ service: TestService, _ target: String, next: (JSONNode) -> String?
  ) async throws -> [Int] {
    var counts: [Int] = []
    var more: String? = ""
    while let rest = more, counts.count < 100 {
      let page = await service.send(.get, target + rest, as: .admin)
      #expect(page.status == 200 && page.text.utf8.count < Self.most, "\(page.text.utf8.count) bytes")
      counts.append(try page.json["data"]?.count ?? 0)
      more = try page.json.member(named: "has_more")?.bool() == true ? next(page.json) : nil
    }
    return counts
  }

  @Test func `a page of large orders ends early, and the next ones go on`() async throws {
    let service = try await shop()
    for target in ["/v1/orders?limit=100", "/v1/orders?limit=100&state=pending"] {
      let counts = try await read(service, target) { $0["next_cursor"]?.string().map { "&cursor=\($0)" } }
      #expect(counts.reduce(0, +) == Self.count && counts.allSatisfy { $0 > 0 }, "\(counts)")
    }
    _ = await service.finish()
  }

  @Test func `a page of large events ends early, and the next ones go on`() async throws {
    let service = try await shop()
    var counts: [Int] = []
    let deadline = ContinuousClock.now + .seconds(60)
    // A server shows the end of its log when no transaction is open before it.
    while counts.reduce(0, +) <= Self.count, .now < deadline {
      counts = try await read(service, "/v1/events?limit=1000") {
        $0["next_after"]?.int64().map { "&after=\($0)" }
      }
    }
    #expect(counts.reduce(0, +) > Self.count && counts.count > 2, "\(counts)")
    _ = await service.finish()
  }
}
