import Forms
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

struct ManyCodesTests {
  @Test(arguments: StoreUnderTest.all)
  func `many codes are several events of one decision, none too large for a message`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await OrderShop(kind)
    let grants = (0..<2000).map { number in
      let code = code("CODE-\(number)")
      return CodeGrant(
        code: code, display: code.canonical, owner: UserID(String(repeating: "u", count: 190)), limit: nil,
        isGenerated: false)
    }
    let coupon = try await shop.engine.coupon(.percent(), .of("FIRST"))
    let before = try shop.opened.store.find(LastPosition(of: shop.engine.tenant))
    _ = try await shop.engine.submit(AddCodes(couponID: coupon, grants: grants))
    let events = try shop.opened.store.shownEvents(
      EventFilter(tenant: shop.engine.tenant, after: before, limit: 100))
    #expect(events.count > 1 && events.allSatisfy { $0.type == "CodesAdded" })
    for event in events {
      #expect(CarriedEvent(event, of: shop.engine.tenant).body.count < 512 << 10)
    }
    try shop.check()
    await shop.end()
  }
}
