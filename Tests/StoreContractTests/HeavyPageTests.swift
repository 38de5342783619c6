import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

/// Pages of lists whose entries are large.
@Suite struct HeavyPageTests {
  /// Orders with so many lines of ten thousand bytes, made one after the other.
  private static let lines = [30, 1, 1, 90, 20, 150, 1]

  private func shop(_ kind: StoreUnderTest) async throws -> OrderShop {
    let shop = try await OrderShop(kind)
    for (number, lines) in Self.lines.enumerated() {
      shop.advance(1)
      let made = try await shop.create(OrderID("o-\(number)"), cart: .heavy(lines: lines))
      #expect(made.answer.kind == .created)
    }
    return shop
  }

  private func pages(_ shop: OrderShop, _ filter: OrderFilter) throws -> [[String]] {
    var (pages, rest): ([[String]], OrderFilter) = ([], filter)
    while pages.count < 100 {
      let page = try shop.opened.store.find(OrderSearch(rest, of: shop.engine.tenant))
      if let last = page.entries.last {
        pages.append(page.entries.map(\.id.text))
        rest.after = OrderFilter.Place(of: last)
      }
      if !page.isCut, page.entries.count < filter.limit.entries { return pages }
    }
    return pages
  }

  @Test(arguments: StoreUnderTest.all)
  func `a page of orders ends with the one that reaches its bytes, and the next one goes on`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await shop(kind)
    let wanted = [["o-6", "o-5"], ["o-4", "o-3"], ["o-2", "o-1", "o-0"]]
    let lists: [(OrderState?, UserID?)] = [(nil, nil), (.pending, nil), (nil, "u-1"), (.pending, "u-1")]
    for (state, user) in lists {
      let filter = OrderFilter(state: state, userID: user, limit: 10, bytes: 1_000_000)
      #expect(try pages(shop, filter) == wanted)
    }
    #expect(try pages(shop, OrderFilter(limit: 2)).map(\.count) == [2, 2, 2, 1])
    // There is always one.
    #expect(try pages(shop, OrderFilter(limit: 10, bytes: 1)).map(\.count) == [1, 1, 1, 1, 1, 1, 1])
    #expect(try pages(shop, OrderFilter(limit: 10)).map(\.count) == [7])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `large orders that can't be read don't end a list`(kind: StoreUnderTest) async throws {
    let shop = try await shop(kind)
    try shop.opened.run(
      Damage(
        "content", sqlite: "UPDATE shop_order SET content = '{' || content WHERE order_id IN ('o-5', 'o-3')"))
    #expect(
      try pages(shop, OrderFilter(limit: 10, bytes: 250_000)) == [["o-6", "o-4", "o-2", "o-1", "o-0"]])
    #expect(
      try pages(shop, OrderFilter(limit: 10, bytes: 1)) == [["o-6"], ["o-4"], ["o-2"], ["o-1"], ["o-0"]])
    #expect(try pages(shop, OrderFilter(limit: 2)) == [["o-6", "o-4"], ["o-2", "o-1"], ["o-0"]])
    await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a page of events ends with the one that reaches its bytes`(kind: StoreUnderTest) async throws {
    let shop = try await shop(kind)
    let all = try await shop.opened.store.wholeLog().filter { $0.envelope.tenant == shop.engine.tenant }
    let stream = StreamID.order("o-3")
    for filter in [
      EventFilter(tenant: shop.engine.tenant, limit: 100, bytes: 1_000_000),
      EventFilter(limit: 100, bytes: 1_000_000), EventFilter(stream: stream, limit: 100, bytes: 1),
      EventFilter(tenant: shop.engine.tenant, stream: stream, limit: 100, bytes: 1),
    ] {
      var (found, rest): ([[StoredEvent]], EventFilter) = ([], filter)
      while found.count < 100 {
        let page = try shop.opened.store.events(rest)
        guard let last = page.last else { break }
        #expect(page.dropLast().reduce(0) { $0 + $1.payload.count } < filter.bytes)
        found.append(page)
        rest.after = last.position
      }
      let expected = filter.stream == nil ? all : all.filter { $0.envelope.stream == stream }
      #expect(found.flatMap { $0 }.map(\.position) == expected.map(\.position))
      #expect(filter.stream != nil || found.count > 2)
      let shown = try shop.opened.store.shownEvents(filter)
      #expect(shown.map(\.position) == found.first?.map(\.position))
    }
    try shop.check()
    await shop.end()
  }

  @Test(arguments: [
    (entries: 4, bytes: 10, found: [4, 5, 6], isCut: true), (3, 10, [4, 5, 6], false), (4, 9, [4, 5], true),
    (4, 22, [4, 5, 6, 7], false), (4, 1, [4], true), (4, 0, [], true), (0, 10, [], false),
  ])
  func `a list in memory is cut as one in a database is`(
    entries: Int, bytes: Int, found: [Int], isCut: Bool
  ) {
    let page = PageLimit(entries: entries, bytes: bytes).prefix(of: [4, 5, 6, 7]) { $0 }
    #expect(page.entries == found && page.isCut == isCut)
  }
}
