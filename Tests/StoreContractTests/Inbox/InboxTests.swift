import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

struct InboxTests {
  /// Facts, and how an order stands of which they are all told.
  static let tales: [(messages: [Sent], standing: String)] = [
    ([.started, .paid], "redeemed, 0 locked, 1 redeemed"),
    ([.started, .failed], "nothing, 0 locked, 0 redeemed"),
    ([.started, .created], "locked, 1 locked, 0 redeemed"),
    ([.started, .created, .paid], "redeemed, 0 locked, 1 redeemed"),
    ([.started, .created, .failed], "nothing, 0 locked, 0 redeemed"),
    ([.started, .createdOther], "locked, 1 locked, 0 redeemed"),
    ([.started, .failed, .paid], "redeemed, 0 locked, 1 redeemed"),
    ([.started, .cancelled], "nothing, 0 locked, 0 redeemed"),
    ([.started, .paid, .cancelled], "nothing, 0 locked, 0 redeemed"),
    ([.started, .paid, .refunded], "nothing, 0 locked, 0 redeemed"),
    ([.started, .paid, .partlyRefunded], "redeemed, 0 locked, 1 redeemed"),
    ([.created, .paid, .refunded, .cancelled], "nothing, 0 locked, 0 redeemed"),
  ]

  @Test(arguments: StoreUnderTest.all, tales.indices)
  func `in whatever order messages come, and however often, their order stands the same`(
    kind: StoreUnderTest, tale: Int
  ) async throws {
    let (messages, expected) = Self.tales[tale]
    for areTimed in [true, false] {
      try await Sent.$areTimed.withValue(areTimed) {
        for order in permutations(messages) {
          let shop = try await InboxShop(kind)
          for message in order {
            let first = try await shop.take(message)
            #expect(first.outcome != .repeated, "\(message)")
            #expect(try await shop.take(message).outcome == .repeated, "\(message)")
          }
          for _ in 0..<4 { try await shop.wait(1) }
          #expect(try await shop.standing() == expected, "\(order.map(\.rawValue)), timed: \(areTimed)")
          try shop.shop.check()
          await shop.end()
        }
      }
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a payment waits for its checkout, and is done as soon as that comes`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await InboxShop(kind)
    let paid = try await shop.take(.paid)
    #expect(paid.outcome == .waiting)
    #expect(paid.reason == "application_not_found")
    try await shop.wait(60)
    #expect(try await shop.kept(.paid)?.state == .waiting)
    #expect(try await shop.take(.started).outcome == .done)
    try await shop.work()
    #expect(try await shop.standing() == "redeemed, 0 locked, 1 redeemed")
    let kept = try await shop.kept(.paid)
    #expect(kept?.state == .done)
    #expect(kept?.body == nil, "what it said is not needed any more")
    let application = try await shop.engine.application("o-1")
    #expect(kept?.applicationID == application?.id)
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a payment that waits finds a lock that the shop takes by itself`(kind: StoreUnderTest) async throws {
    let shop = try await InboxShop(kind)
    #expect(try await shop.take(.paid).outcome == .waiting)
    _ = try await shop.engine.lock(["TEN"], order: "o-1")
    try await shop.wait(3)
    #expect(try await shop.standing() == "redeemed, 0 locked, 1 redeemed")
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what waits for an hour in vain is dead, and can be taken again`(kind: StoreUnderTest) async throws {
    let shop = try await InboxShop(kind)
    #expect(try await shop.take(.paid).outcome == .waiting)
    for _ in 0..<50 { try await shop.wait(60) }
    #expect(try await shop.kept(.paid)?.state == .waiting)
    for _ in 0..<20 { try await shop.wait(60) }
    let dead = try await shop.kept(.paid)
    #expect(dead?.state == .dead)
    #expect(dead?.reason == "application_not_found")
    #expect(dead?.body == Array("{}".utf8))
    #expect(try shop.shop.opened.store.find(NextDue(kinds: [.inboxOrder])) == nil)
    _ = try await shop.engine.lock(["TEN"], order: "o-1")
    let again = try await shop.take(.paid, replay: true)
    #expect(again.outcome == .done)
    #expect(try await shop.kept(.paid)?.attempts == 2)
    #expect(try await shop.standing() == "redeemed, 0 locked, 1 redeemed")
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a checkout that begins again after it failed locks again`(kind: StoreUnderTest) async throws {
    for areTimed in [true, false] {
      try await Sent.$areTimed.withValue(areTimed) {
        let shop = try await InboxShop(kind)
        #expect(try await shop.take(.started).outcome == .done)
        #expect(try await shop.take(.failed).outcome == .done)
        #expect(try await shop.standing() == "nothing, 0 locked, 0 redeemed")
        let again = try await shop.take(.startedAgain)
        #expect(again.outcome == .done)
        #expect(try await shop.standing() == "locked, 1 locked, 0 redeemed")
        await shop.end()
      }
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a use that is gone is refused to its message, and may be had by taking it again`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await InboxShop(kind, .percent(limits: UsageLimits(total: 1)))
    #expect(try await shop.take(.started, "o-0").outcome == .done)
    let refused = try await shop.take(.started)
    #expect(refused.outcome == .refused)
    #expect(refused.reason == "usage_limit_reached")
    #expect(try await shop.take(.started).state == .refused)
    #expect(try await shop.take(.failed, "o-0").outcome == .done)
    #expect(try await shop.take(.started, replay: true).outcome == .done)
    #expect(try await shop.standing() == "locked, 1 locked, 0 redeemed")
    await #expect(throws: InboxShop.NotAnswered.self, "there is nothing to take again") {
      try await shop.take(.started, replay: true)
    }
    try shop.shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a place that a late lock holds is given back for a message, too`(kind: StoreUnderTest) async throws {
    let shop = try await InboxShop(kind, .percent(limits: UsageLimits(total: 1)))
    _ = try await shop.engine.lock(["TEN"], order: "o-0", seconds: 60)
    shop.shop.advance(120)
    #expect(try await shop.take(.started).outcome == .done)
    #expect(try await shop.standing() == "locked, 1 locked, 0 redeemed")
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `messages of one batch see what those before them did`(kind: StoreUnderTest) async throws {
    let shop = try await InboxShop(kind)
    let actions = [Sent.started, .started, .paid, .cancelled].map { $0.action("o-1", replay: false) }
    let outcomes = try await shop.engine.batch(actions)
    #expect(outcomes.compactMap { $0.inbox?.outcome } == [.done, .repeated, .done, .done])
    #expect(try await shop.standing() == "nothing, 0 locked, 0 redeemed")
    try shop.shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what can't be understood is kept, listed newest first, put aside and forgotten`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await InboxShop(kind)
    func keep(_ number: Int) -> KeepMessage {
      KeepMessage(
        InboxEnvelope(source: "shop", id: InboxEnvelope.Attribute("\(number)")), type: nil,
        InboxFault("required", at: "/data/order_id", "is required"), body: Array("{}".utf8))
    }
    for number in 1...5 {
      #expect(try await shop.engine.submit(keep(number)).inbox?.outcome == .dead)
      #expect(try await shop.engine.submit(keep(number)).inbox?.outcome == .repeated)
      shop.shop.advance(1)
    }
    func dead(_ limit: Int, before: InboxPlace? = nil, offset: Int = 0) throws -> [KeptMessage] {
      try shop.shop.opened.store.find(
        MessagesOfTenant(of: shop.engine.tenant, .dead, before: before, offset: offset, limit: limit))
    }
    #expect(try dead(10).map(\.row.envelope.id) == ["5", "4", "3", "2", "1"])
    let page = try dead(2)
    #expect(page.first?.row.pointer == "/data/order_id")
    #expect(try dead(2, before: page.last?.place).map(\.row.envelope.id) == ["3", "2"])
    #expect(try dead(10, offset: 3).map(\.row.envelope.id) == ["2", "1"])
    let discarded = try await shop.engine.submit(DiscardMessage(page[0].id))
    #expect(discarded.inbox?.outcome == .discarded)
    #expect(try dead(10).count == 4)
    let old = try shop.shop.opened.store.find(
      OldMessages(of: shop.engine.tenant, before: noon.adding(seconds: 2), limit: 10))
    #expect(old.messages.count == 2)
    _ = try await shop.engine.submit(ForgetMessages(old.messages, orders: old.orders))
    #expect(try dead(10).map(\.row.envelope.id) == ["4", "3"])
    #expect(try await shop.engine.submit(keep(1)).inbox?.outcome == .dead, "it is not known any more")
    try shop.shop.check()
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a mapping is set by whoever has seen the one that is there`(kind: StoreUnderTest) async throws {
    let shop = try await OrderShop(kind)
    var mapping = InboxMapping()
    mapping.amounts = .major
    #expect(
      try await shop.engine.submit(SetInboxMapping(mapping, expectedVersion: 1)).refusal == .versionConflict)
    #expect(try await shop.engine.submit(SetInboxMapping(mapping, expectedVersion: 0)).answer.kind == .ok)
    #expect(try await shop.engine.submit(SetInboxMapping(mapping)).answer.kind == .ok)
    let row = try await shop.engine.engine.row(InboxMappingRow.self, shop.engine.tenant)
    #expect(row == InboxMappingRow(mapping: mapping, version: 1))
    try shop.check()
    await shop.end()
  }
}

extension CommandOutcome {
  /// What became of a message.
  var inbox: InboxOutcome? {
    guard case .ok(.entity(let entity)) = answer else { return nil }
    return entity.value as? InboxOutcome
  }
}
