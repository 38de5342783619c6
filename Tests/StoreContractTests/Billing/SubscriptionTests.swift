import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct SubscriptionTests {
  @Test(arguments: StoreUnderTest.all)
  func `what is told last stands, and what says the same or is old changes nothing`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    let made = try await shop.save { $0.revision = 5 }
    #expect(made.answer.kind == .created && made.subscription?.version == 1)
    let again = try await shop.save { $0.revision = 5 }
    #expect(again.answer.kind == .ok && again.subscription == made.subscription)
    let changed = try await shop.save { content in
      content.status = .pastDue
      content.lines = []
      content.metadata = ["plan": "pro"]
      content.revision = 6
    }
    #expect(changed.answer.kind == .ok && changed.subscription?.version == 2)
    #expect(changed.subscription?.content.status == .pastDue && changed.subscription?.content.lines == [])
    let old = try await shop.save {
      ($0.status, $0.revision) = (.trialing, 5)
    }
    #expect(old.answer.kind == .ok && old.subscription == changed.subscription)
    // The same number with another content, or none at all, is no old message; the last number stays.
    #expect(try await shop.save { $0.revision = 6 }.subscription?.content.status == .active)
    #expect(try await shop.save().subscription?.content.revision == 6)
    #expect(try await shop.subscription().version == 3)
    #expect(try await shop.history() == Array(repeating: "SubscriptionSaved", count: 3))
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `customer and currency never change, and a cancelled one stays so`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    try await shop.save { $0.revision = 3 }
    #expect(try await shop.save { $0.customer = "bob" }.refusal == .subscriptionExists)
    #expect(try await shop.save { $0.currency = .eur }.refusal == .subscriptionExists)
    let over = try await shop.save { ($0.status, $0.revision) = (.cancelled, 4) }
    #expect(over.subscription?.content.status == .cancelled)
    #expect(try await shop.save { $0.revision = 5 }.refusal == .codeRefused(.subscriptionCancelled))
    #expect(try await shop.save { $0.revision = 3 }.subscription == over.subscription)
    #expect(
      try await shop.save { ($0.status, $0.revision) = (.cancelled, 4) }.subscription == over.subscription)
    #expect(
      try await shop.save { ($0.status, $0.revision) = (.cancelled, 9) }.subscription == over.subscription)
    #expect(try await shop.subscription() == over.subscription)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an answer is kept whole under its key`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    let made = try await shop.save(key: "one")
    try await shop.save { $0.status = .paused }
    let again = try await shop.save(key: "one")
    #expect(again.isReplay && again.answer == made.answer && made.answer.kind == .created)
    #expect(try await shop.subscription().content.status == .paused)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `they are listed newest first, page by page, of one customer or of all`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    for (number, customer) in (["ann", "bob", "ann", "ann"] as [UserID]).enumerated() {
      try await shop.save(SubscriptionID("s\(number)")) { $0.customer = customer }
      // Two of them at the same moment.
      if number != 2 { shop.advance(days: 1) }
    }
    typealias List = LatestRows<SubscriptionRow, SubscriptionSubject>
    func page(_ customer: UserID? = nil, after: List.Place? = nil, limit: Int = 10) throws
      -> [SubscriptionRow]
    {
      let condition = customer.map { customer in
        RowCondition<SubscriptionRow>("customer", customer) { $0.content.value.customer == customer }
      }
      return try shop.opened.store.find(
        List(SubscriptionRow.self, of: shop.engine.tenant, where: condition, after: after, limit: limit))
    }
    for customer: UserID? in [nil, "ann", "bob", "cid"] {
      let whole = try page(customer)
      let ids = whole.map(\.subscriptionID)
      #expect(whole.map(\.createdAt) == whole.map(\.createdAt).sorted(by: >))
      var found: [SubscriptionID] = []
      var place: List.Place?
      while let row = try page(customer, after: place, limit: 1).first {
        found.append(row.subscriptionID)
        place = List.Place(createdAt: row.createdAt, id: Subscription.ID(of: row.subscriptionID))
      }
      #expect(found == ids)
    }
    #expect(try page().count == 4 && page("ann").count == 3 && page("bob").map(\.subscriptionID) == ["s1"])
    #expect(
      try shop.opened.store.find(
        List(SubscriptionRow.self, of: Tenant.ID(2), where: nil, after: nil, limit: 10)
      ).isEmpty)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `tellings at once of one that is not there make it once`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind, lanes: 3)
    let outcomes = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
      for number in 0..<20 { group.addTask { try await shop.save { $0.revision = Int64(number) } } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0.answer.kind == .created } == 1)
    #expect(outcomes.allSatisfy { $0.subscription != nil })
    #expect(try await shop.subscription().content.revision == 19)
    try await shop.end()
  }
}
