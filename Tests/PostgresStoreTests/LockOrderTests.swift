import Scrip
import Synchronization
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import PostgresStore

/// Commands that meet on orders and coupons, on several lanes of two nodes.
@Suite(.enabled(if: TestDatabase.server != nil), .serialized) struct LockOrderTests {
  private final class Report: StoreObserver {
    let deadlocks = Atomic(0)

    func retried(_ reason: StoreRetry) {
      if reason == .deadlock { deadlocks.add(1, ordering: .relaxed) }
    }
    func reconnected() {}
    func roundTrip(seconds: Double) {}
  }

  private static let tenant = Tenant.ID(1)
  private static let codes = ["ONE", "TWO", "SIX"]
  private let database: TestDatabase
  private let report = Report()

  init() throws { database = try TestDatabase() }

  private func node() throws -> Engine {
    let store = try PostgresStore(
      PostgresConfiguration(
        address: try PostgresAddress(database.url), connectionsMax: 4, timeoutMilliseconds: 60_000,
        observer: report),
      migrates: false)
    let committer = Committer(
      store: store, identifiers: .random,
      configuration: CommitterConfiguration(lanes: 2, waitMax: .seconds(3600)), observer: CommitReports())
    return Engine(store: store, committer: committer)
  }

  private func submit(_ action: any Action<WorkingSet>, to engine: Engine) async throws -> CommandOutcome {
    try await engine.submit(PromotionCommand(tenant: Self.tenant, actor: .commandLine, action: action))
  }

  private func open(_ engine: Engine) async throws {
    _ = try await submit(CreateTenant(name: "Shop"), to: engine)
    for code in Self.codes {
      _ = try await submit(CreateCoupon(terms: .percent(), grants: [.of(code)]), to: engine)
      let id = try #require(
        try engine.store.coupons(CouponFilter(code: .of(code), limit: 1), of: Self.tenant).first?.id)
      _ = try await submit(ChangeCouponState(couponID: id, step: .activate), to: engine)
    }
  }

  /// The server's own count, once it has had the time to be told.
  private func deadlocks(_ engine: Engine) async throws -> Int64 {
    try await Task.sleep(for: .milliseconds(1500))
    let store = try #require(engine.store as? PostgresStore)
    return try store.query(of: []) { (transaction) throws(StoreFailure) in
      try transaction.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0]
        .int64(0)
    }
  }

  /// A tab of a shopper's browser: applies a code or two to an order, releases them, and mistypes one now and then.
  private func shop(_ tab: Int, orders: [String], on engine: Engine, rounds: Int) async throws {
    var random = SeededGenerator(seed: UInt64(tab) + 1)
    for round in 0..<rounds {
      let order = OrderID(orders[Int.random(in: 0..<orders.count, using: &random)])
      var typed = Array(Self.codes.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random)))
      if round % 5 == 4 { typed.append("S1X") }
      if round % 7 == 6 { typed = ["NO-SUCH-CODE"] }
      _ = try await submit(
        ApplyCodes(
          orderID: order, codes: typed, customer: Customer(userID: "u"), cart: .of(1000 + Int64(round))),
        to: engine)
      guard let held = try await engine.application(ofOrder: order, tenant: Self.tenant) else { continue }
      let end: any Action<WorkingSet> =
        round % 9 == 8
        ? ExtendApplication(applicationID: held.id) : ReleaseApplication(applicationID: held.id)
      _ = try await submit(end, to: engine)
    }
  }

  @Test(arguments: [["o"], ["o-1", "o-2", "o-3"]])
  func `tabs of one shopper on two nodes never wait for each other in a circle`(orders: [String]) async throws
  {
    let nodes = [try node(), try node()]
    try await open(nodes[0])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for tab in 0..<8 {
        group.addTask { try await shop(tab, orders: orders, on: nodes[tab % 2], rounds: 25) }
      }
      group.addTask {
        for _ in 0..<10 {
          try await nodes[0].committer.tidier.sweep()
          try await Task.sleep(for: .milliseconds(50))
        }
      }
      try await group.waitForAll()
    }
    #expect(report.deadlocks.load(ordering: .relaxed) == 0)
    #expect(try await deadlocks(nodes[1]) == 0)
    let held = try nodes[0].store.coupons(CouponFilter(limit: 10), of: Self.tenant)
    #expect(held.allSatisfy { $0.uses.locked <= Int64(orders.count) })
    for node in nodes { await node.shutDown() }
    #expect(try AuditVerification(of: nodes[0].store).findings == [])
  }
}
