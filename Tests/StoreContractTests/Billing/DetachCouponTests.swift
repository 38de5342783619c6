import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct DetachCouponTests {
  @Test(arguments: StoreUnderTest.all)
  func `it ends with the next invoice, once, and its use stays taken`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon()
    try await shop.save()
    let association = try await shop.attached()
    #expect(try await shop.price("i1", 1000).discount == 100)
    let before = shop.now
    shop.advance(days: 1)
    let detached = try await shop.detach(association)
    #expect(detached.association?.detachedAt == shop.now && detached.association?.isGivenBack == false)
    shop.advance(days: 1)
    let again = try await shop.detach(association)
    #expect(again.association?.detachedAt == detached.association?.detachedAt)
    #expect(try await shop.history().count { $0 == "CouponDetached" } == 1)
    // Invoices that are dated before have it still, whenever they are told.
    #expect(try await shop.price("i2", 1000).discount == 0)
    #expect(try await shop.price("i3", 1000, date: before).discount == 100)
    #expect(try await shop.price("i1", 2000).discount == 200)
    #expect(try await shop.uses(id) == 1)
    #expect(try await shop.association(association).invoices == 2)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `its use goes back once, and only while no invoice has a discount of it`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon { $0.limits = UsageLimits(total: 1, perUser: 1, perCode: 1) }
    try await shop.save()
    let association = try await shop.attached()
    try await shop.price("i1", 1000)
    let refused = try await shop.detach(association, giveBack: true)
    #expect(refused.refusal == .associationUsed && refused.detail?.contains("1 invoice") == true)
    try await shop.void("i1")
    let back = try await shop.detach(association, giveBack: true)
    #expect(back.association?.isGivenBack == true && back.association?.detachedAt == shop.now)
    #expect(try await shop.detach(association, giveBack: true).association == back.association)
    #expect(try await shop.detach(association).association == back.association)
    #expect(try await shop.uses(id) == 0)
    // What went back is for no invoice, however early.
    #expect(try await shop.price("i2", 1000).discount == 0)
    #expect(try await shop.attach().answer.kind == .created)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `one that is detached may give its use back later`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon()
    try await shop.save()
    let association = try await shop.attached()
    let first = try await shop.detach(association)
    shop.advance(days: 1)
    let back = try await shop.detach(association, giveBack: true)
    #expect(back.association?.isGivenBack == true)
    #expect(back.association?.detachedAt == first.association?.detachedAt)
    #expect(try await shop.uses(id) == 0)
    #expect(
      try await shop.engine.submit(DetachCoupon(subscriptionID: "sub", associationID: Association.ID(9)))
        .refusal
        == .associationNotFound)
    #expect(
      try await shop.engine.submit(DetachCoupon(subscriptionID: "none", associationID: association.id))
        .refusal
        == .notFound(.subscription))
    try await shop.end()
  }
}
