import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// One damaged event does not end a list of events for all others.
@Suite struct EventDamageTests {
  static let ofEvent = [
    Damage("moment", sqlite: "UPDATE event SET at = 9000000000000000000 WHERE type = 'CodesAdded'"),
    Damage("last moment", sqlite: "UPDATE event SET at = 9223372036854775807 WHERE type = 'CodesAdded'"),
    Damage(
      "hash", sqlite: "UPDATE event SET hash = x'0102' WHERE type = 'CodesAdded'",
      postgres: "UPDATE event SET hash = '\\x0102' WHERE type = 'CodesAdded'"),
    Damage(
      "payload", sqlite: "UPDATE event SET payload = x'7B' WHERE type = 'CodesAdded'",
      postgres: "UPDATE event SET payload = '\\x7B' WHERE type = 'CodesAdded'"),
    Damage("negative number", sqlite: "UPDATE event SET sequence = -7 WHERE type = 'CodesAdded'"),
    Damage("number zero", sqlite: "UPDATE event SET sequence = 0 WHERE type = 'CodesAdded'"),
    Damage(
      "last number", sqlite: "UPDATE event SET sequence = 9223372036854775807 WHERE type = 'CodesAdded'"),
    Damage("coupon's place", sqlite: "UPDATE coupon SET head_sequence = 1"),
    Damage("coupon's place below all", sqlite: "UPDATE coupon SET head_sequence = -9"),
  ]

  /// What leaves an event as it was to a reader, so that nothing of it is noticed in a list.
  private static let unnoticed: Set = [
    "payload", "negative number", "number zero", "last number", "coupon's place", "coupon's place below all",
  ]

  private func fill(_ store: any PromotionStore) async throws -> Coupon.ID {
    let engine = try await EngineUnderTest(store: store, clock: ManualClock(noon))
    let id = try await engine.coupon(.percent(limits: UsageLimits(total: 1000)), .of("TEN"))
    _ = try await engine.lock(["TEN"], order: "o-1")
    await engine.stop()
    return id
  }

  @Test(arguments: StoreUnderTest.fragile, ofEvent)
  func `a damaged event stands in its place, and the list goes on`(
    kind: StoreUnderTest, damage: Damage
  ) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    let couponID = try await fill(opened.store)
    let filters = [
      EventFilter(tenant: Tenant.ID(1), limit: 100), EventFilter(limit: 100),
      EventFilter(tenant: Tenant.ID(1), stream: .coupon(couponID), limit: 100),
      EventFilter(stream: .coupon(couponID), limit: 100),
    ]
    let last = try #require(opened.store.shownEvents(filters[2]).last).position
    var before: [[ShownEvent]] = []
    for filter in filters {
      var page = try opened.store.shownEvents(filter)
      // Where several write at once, events are shown once nothing can come before them.
      while page.last?.position != last {
        // Whoever still writes may need this thread.
        try await Task.sleep(for: .milliseconds(5))
        page = try opened.store.shownEvents(filter)
      }
      before.append(page)
    }
    try opened.run(damage)
    let store = try opened.reopen()
    for (filter, whole) in zip(filters, before) {
      let shown = try store.shownEvents(filter)
      #expect(shown.map(\.position) == whole.map(\.position) && whole.count > 1)
      #expect(shown.map(\.type) == whole.map(\.type))
      let damaged = try #require(shown.first { $0.type == "CodesAdded" })
      #expect((damaged.at == nil) == damage.testDescription.hasSuffix("moment"))
      #expect(damaged.stream == couponID.description)
      #expect(shown.count { $0.at == nil } <= 1)
      var page = filter
      page.limit = 1
      page.after = damaged.position - 1
      #expect(try store.shownEvents(page).map(\.position) == [damaged.position])
      page.after = damaged.position
      let next = try store.shownEvents(page)
      #expect(next.map(\.position) == [whole.first { $0.position > damaged.position }?.position])
      page.after = filter.after
      var found: [Int64] = []
      while let event = try store.shownEvents(page).first, found.count < whole.count {
        found.append(event.position)
        page.after = event.position
      }
      #expect(found == whole.map(\.position))
    }
    let isNoticed = !Self.unnoticed.contains(damage.testDescription)
    #expect(store.unreadableRows?.count == (isNoticed ? 1 : 0))
  }

  @Test(arguments: StoreUnderTest.fragile.filter { $0.testDescription == "SQLite" })
  func `an event of no stream is in the tenant's list`(kind: StoreUnderTest) async throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    _ = try await fill(opened.store)
    let count = try opened.store.shownEvents(EventFilter(tenant: Tenant.ID(1), limit: 100)).count
    try opened.run(Damage("stream", sqlite: "UPDATE event SET stream = x'01' WHERE type = 'CodesAdded'"))
    let shown = try opened.reopen().shownEvents(EventFilter(tenant: Tenant.ID(1), limit: 100))
    #expect(shown.count == count)
    #expect(shown.filter { $0.stream == nil }.map(\.type) == ["CodesAdded"])
  }
}
