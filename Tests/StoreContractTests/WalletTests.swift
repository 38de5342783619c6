import Scrip
import TestSupport
import Testing

@testable import Ledger
@testable import Promotions
@testable import SQLiteStore

@Suite struct WalletTests {
  private let ann = UsageCounter.identity(IdentityKey(kind: .user, value: "ann"))

  private func owned(
    _ text: String, _ coupon: UInt128, by owner: UserID?, used: Int64 = 0, limit: Int64? = nil
  ) -> CodeRecord {
    CodeRecord(couponID: couponID(coupon), grant: grant(text, owner: owner, limit: limit), used: used)
  }

  private func fill(_ store: any PromotionStore) throws {
    try store.write { set in
      set.put(sampleCoupon(1, locked: 1))
      set.put(owned("ANN-1", 1, by: "ann", used: 1))
      set.put(owned("BOB-1", 1, by: "bob"))
      set.put(owned("ALL-1", 1, by: nil))
      set.put(ann, of: 1, used: 1, limit: nil)
      set.put(sampleCoupon(2, terms: plainTerms(owner: "ann")))
      set.put(owned("ANN-2", 2, by: "ann", used: 1, limit: 1))
      set.put(owned("BOB-2", 2, by: "bob"))
      set.put(owned("OF-COUPON-2", 2, by: nil))
      set.put(sampleCoupon(3, terms: plainTerms(owner: "bob")))
      set.put(owned("ANN-3", 3, by: "ann"))
      set.put(owned("OF-COUPON-3", 3, by: nil))
      set.put(sampleCoupon(4, state: .archived, terms: plainTerms(owner: "ann")))
      set.put(owned("ANN-4", 4, by: "ann"))
      set.put(sampleCoupon(5, state: .draft, terms: plainTerms(owner: "ann")))
      set.put(sampleCoupon(6, terms: plainTerms(owner: "ann")), of: Tenant.ID(2))
      set.put(owned("ANN-6", 6, by: "ann"), of: Tenant.ID(2))
      set.put(sampleCoupon(7, terms: plainTerms(owner: "bob")))
    }
  }

  /// `5: , 3: ANN-3` and so on.
  private func wallet(
    _ store: any PromotionStore, _ user: UserID, after: UInt128? = nil, limit: Int = 10,
    of tenant: Tenant.ID = tenant
  ) throws -> [String] {
    try store.wallet(WalletFilter(userID: user, after: after.map(couponID), limit: limit), of: tenant).map {
      entry in
      let number = entry.coupon.id.value & 0xFF
      return "\(number): " + entry.codes.map(\.grant.display).joined(separator: " ")
    }
  }

  @Test(arguments: StoreUnderTest.all)
  func `a user has the coupons and codes that are personal to the user, and nobody else's`(
    kind: StoreUnderTest
  ) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try fill(store)
    #expect(try wallet(store, "ann") == ["5: ", "3: ANN-3", "2: OF-COUPON-2 ANN-2", "1: ANN-1"])
    #expect(try wallet(store, "bob") == ["7: ", "3: OF-COUPON-3", "2: BOB-2", "1: BOB-1"])
    #expect(try wallet(store, "ann", of: Tenant.ID(2)) == ["6: ANN-6"])
    #expect(try wallet(store, "bob", of: Tenant.ID(2)) == [])
    #expect(try wallet(store, "Ann") == [])
    let entries = try store.wallet(WalletFilter(userID: "ann", limit: 10), of: tenant)
    #expect(entries.map(\.used) == [0, 0, 0, 1])
    #expect(entries.last?.coupon == sampleCoupon(1, locked: 1).coupon)
    #expect(entries.last?.codes == [.init(grant: grant("ANN-1", owner: "ann"), used: 1)])
  }

  @Test(arguments: StoreUnderTest.all)
  func `pages go on behind the last coupon`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try fill(store)
    #expect(try wallet(store, "ann", limit: 2) == ["5: ", "3: ANN-3"])
    #expect(try wallet(store, "ann", after: 3, limit: 1) == ["2: OF-COUPON-2 ANN-2"])
    #expect(try wallet(store, "ann", after: 2, limit: 2) == ["1: ANN-1"])
    #expect(try wallet(store, "ann", after: 1, limit: 2) == [])
  }

  @Test(arguments: StoreUnderTest.all)
  func `of many codes those that are used up are left out first`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try store.write { set in
      set.put(sampleCoupon(1, terms: plainTerms(perCode: 2, owner: "ann")))
      for number in 100...198 { set.put(owned("CODE-\(number)", 1, by: nil, used: 1)) }
      set.put(owned("AAA", 1, by: nil, used: 2))
      set.put(owned("BBB", 1, by: "ann", used: 1, limit: 1))
    }
    func entry() throws -> PersonalCoupon? {
      try store.wallet(WalletFilter(userID: "ann", limit: 1), of: tenant).first
    }
    let first = try #require(try entry())
    #expect(first.codes.count == 100 && first.hasMoreCodes)
    #expect(first.codes.map(\.grant.display) == (100...198).map { "CODE-\($0)" } + ["AAA"])
  }

  @Test(arguments: StoreUnderTest.all)
  func `a coupon that changes hands leaves one wallet for the other`(kind: StoreUnderTest) throws {
    let (store, discard) = try kind.make()
    defer { discard() }
    try fill(store)
    let given = sampleCoupon(5, state: .draft, version: 2, terms: plainTerms(owner: "bob"))
    try store.write { $0.put(given) }
    #expect(try wallet(store, "ann", limit: 1) == ["3: ANN-3"])
    #expect(try wallet(store, "bob", limit: 2) == ["7: ", "5: "])
  }
}
