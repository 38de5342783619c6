import Ledger
import Promotions
import Scrip
import Synchronization
import TestSupport
import Testing

/// One damaged row does not end a list for all others, and is told of.
@Suite struct ListDamageTests {
  private static let ofCoupons = [
    Damage("state", sqlite: "UPDATE coupon SET state = 99 WHERE tenant = 1 AND limit_total = 2"),
    Damage(
      "count", sqlite: "UPDATE coupon SET redeemed = 9223372036854775807 WHERE tenant = 1 AND limit_total = 2"
    ),
    Damage(
      "moment",
      sqlite: "UPDATE coupon SET created_at = 9223372036854775807 WHERE tenant = 1 AND limit_total = 2"),
    Damage(
      "terms", sqlite: "UPDATE coupon_version SET terms = '{' WHERE tenant = 1 AND terms LIKE '%second%'"),
    Damage("no terms", sqlite: "DELETE FROM coupon_version WHERE tenant = 1 AND terms LIKE '%second%'"),
  ]

  /// Four coupons of one owner and seller, of which the second is to be damaged.
  private func fill(_ store: any PromotionStore) throws {
    try store.write { set in
      set.put(sampleTenant())
      for (number, name) in zip(UInt128(1)..., ["first", "second", "third", "fourth"]) {
        let terms = plainTerms(name, total: Int64(number), owner: "ann", sellerID: "s")
        set.put(sampleCoupon(number, terms: terms))
        set.put(codeRecord("CODE-\(number)", coupon: number))
      }
      for number: UInt128 in 1...3 { set.put(sampleKey(number)) }
      for number: UInt128 in 1...3 {
        set.put(sampleApplication(number, order: OrderID("o-\(number)"), coupons: [number]))
      }
    }
  }

  private func told(by store: any PromotionStore) throws -> [UnreadableRow] {
    let rows = Mutex<[UnreadableRow]>([])
    try #require(store.unreadableRows).observe { row in rows.withLock { $0.append(row) } }
    return rows.withLock { $0 }
  }

  private func ids(_ numbers: UInt128...) -> [Coupon.ID] { numbers.map(couponID) }

  @Test(arguments: StoreUnderTest.fragile, ofCoupons)
  private func `a list of coupons leaves a damaged one out and fills its page`(
    kind: StoreUnderTest, damage: Damage
  ) throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    try fill(opened.store)
    try opened.run(damage)
    let store = try opened.reopen()
    for filter in [
      CouponFilter(limit: 10), CouponFilter(owner: "ann", limit: 10), CouponFilter(sellerID: "s", limit: 10),
    ] {
      #expect(try store.coupons(filter, of: tenant).map(\.id) == ids(4, 3, 1))
      var page = filter
      page.limit = 3
      #expect(try store.coupons(page, of: tenant).map(\.id) == ids(4, 3, 1), "the page is full")
      page.after = couponID(3)
      page.limit = 1
      #expect(try store.coupons(page, of: tenant).map(\.id) == ids(1), "the page begins with the damaged one")
    }
    #expect(
      try store.wallet(WalletFilter(userID: "ann", limit: 3), of: tenant).map(\.coupon.id) == ids(4, 3, 1))
    let rows = try told(by: store)
    #expect(rows.map(\.id) == [couponID(2).description], "told once")
    #expect(rows.map(\.kind) == ["coupon"] && rows.map(\.tenant) == [tenant])
    #expect(store.unreadableRows?.count == 1)
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a list of keys leaves a damaged one out`(kind: StoreUnderTest) throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    try fill(opened.store)
    try opened.run(Damage("key", sqlite: "UPDATE access_key SET role = 77 WHERE name = 'Key 2'"))
    let store = try opened.reopen()
    #expect(try store.accessKeys(of: tenant).map(\.id) == [keyID(1), keyID(3)])
    #expect(try store.accessKeys(of: tenant, after: nil, limit: 2).map(\.id) == [keyID(1), keyID(3)])
    #expect(try store.accessKeys(of: tenant, after: keyID(1), limit: 1).map(\.id) == [keyID(3)])
    #expect(try told(by: store).map(\.id) == [keyID(2).description])
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a list of codes leaves a damaged one out`(kind: StoreUnderTest) throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    try fill(opened.store)
    try opened.store.write { set in
      set.put(sampleCoupon(1), isNew: false)
      for number in 5...7 { set.put(codeRecord("CODE-\(number)", coupon: 1)) }
    }
    try opened.run(
      Damage("code", sqlite: "UPDATE code SET used = -5 WHERE canonical IN ('CODE-5', 'CODE-6')"))
    let store = try opened.reopen()
    let shown = try store.codes(of: couponID(1), tenant: tenant, after: nil, limit: 2)
    #expect(shown.map(\.grant.code) == [code("CODE-1"), code("CODE-7")])
    #expect(try Set(told(by: store).map(\.id)) == ["CODE-5", "CODE-6"])
    let rest = try store.codes(of: couponID(1), tenant: tenant, after: code("CODE-1"), limit: 1)
    #expect(rest.map(\.grant.code) == [code("CODE-7")])
  }

  @Test(arguments: StoreUnderTest.fragile)
  func `a search for locks leaves a damaged one out`(kind: StoreUnderTest) throws {
    let opened = try kind.makeFragile()
    defer { opened.discard() }
    try fill(opened.store)
    try opened.store.write { set in
      set.put(
        sampleCoupon(4, state: .disabled, terms: plainTerms("fourth", total: 4), locked: 1), isNew: false)
    }
    // Revoked locks are found whatever their moment is.
    try opened.run(
      Damage(
        "moment",
        sqlite: """
          UPDATE coupon SET revokes_locks = 1, revocations = 5, locked = 1, state = 2;
          UPDATE usage SET expires_at = 9223372036854775807 WHERE order_id = 'o-2'
          """,
        postgres: """
          UPDATE coupon SET revokes_locks = true, revocations = 5, locked = 1, state = 2;
          UPDATE usage SET expires_at = 9223372036854775807 WHERE order_id = 'o-2'
          """))
    let store = try opened.reopen()
    let found = try store.locks(LockFilter(tenant: tenant, kind: .revoked, limit: 10))
    #expect(found.map(\.orderID) == ["o-1", "o-3"])
    #expect(try told(by: store).map(\.id) == [applicationID(2).description])
  }

  @Test func `a page is filled behind any number of rows that can't be read`() throws {
    let readable: [Int] = [3, 4, 40, 41, 99]
    for limit in 0...6 {
      let rows = UnreadableRows()
      let page = try rows.page(limit) { (last: Int?, count) throws(StoreFailure) -> [Int?] in
        ((last ?? 0) + 1..<100).prefix(count).map { readable.contains($0) ? $0 : nil }
      }
      #expect(page == Array(readable.prefix(limit)))
    }
    let all = try UnreadableRows().page(.max) { (last: Int?, count) throws(StoreFailure) -> [Int?] in
      ((last ?? 0) + 1..<100).prefix(count).map { readable.contains($0) ? $0 : nil }
    }
    #expect(all == readable)
  }
}
