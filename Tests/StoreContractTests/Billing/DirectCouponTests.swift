import Promotions
import Scrip
import TestSupport
import Testing

/// Coupons that are named for one invoice alone.
@Suite struct DirectCouponTests {
  @Test(arguments: StoreUnderTest.all)
  func `an invoice holds one use of each from the first draft on, and gives it back once`(
    kind: StoreUnderTest
  )
    async throws
  {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon { $0.limits = UsageLimits(total: 1, perUser: 1, perCode: 1) }
    let made = try await shop.price("i1", 1000, with: ["ten"])
    #expect(made.discount == 100 && made.invoice?.price.applied.first?.source == .direct(0))
    #expect(try await shop.uses(id) == 1)
    // Its own use is not in its way, however it changes; it is in that of others.
    #expect(try await shop.price("i1", 2000, with: ["ten"]).discount == 200)
    #expect(try await shop.price("i1", 2000, with: ["ten"]).discount == 200)
    let other = try await shop.price("i2", 1000, with: ["TEN"])
    #expect(other.answer.kind == .created && other.reasons == [.usageLimitReached])
    #expect(try await shop.uses(id) == 1)
    // What it gives up is free, and what takes nothing takes no use.
    #expect(try await shop.price("i1", 2000, with: []).discount == 0)
    #expect(try await shop.uses(id) == 0)
    #expect(try await shop.price("i1", 0, with: ["ten"]).reasons == [.noEffect])
    #expect(try await shop.uses(id) == 0)
    #expect(try await shop.price("i2", 1000, with: ["TEN"]).discount == 100)
    try await shop.finalize("i2")
    #expect(try await shop.uses(id) == 1)
    try await shop.void("i2")
    try await shop.void("i2")
    #expect(try await shop.uses(id) == 0)
    #expect(
      try await shop.history().filter { $0.hasPrefix("InvoiceCoupon") } == [
        "InvoiceCouponTaken", "InvoiceCouponReturned", "InvoiceCouponTaken", "InvoiceCouponReturned",
      ])
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `none that can't be applied stops the invoice, and each says why`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    try await shop.coupon("GONE") { $0.validity = Validity(endsAt: shop.now.adding(seconds: 1))! }
    try await shop.coupon("SHOP") { $0.billing = nil }
    try await shop.coupon("BOBS") { $0.owner = "bob" }
    try await shop.coupon("EURO", .fixed(AmountsByCurrency([Money(minorUnits: 5, currency: .eur)])))
    let id = try await shop.coupon()
    shop.clock.now = shop.now.adding(seconds: 1)
    let codes = ["NONE", "..", "GONE", "SHOP", "BOBS", "EURO", "TEN", "ten"]
    let outcome = try await shop.price("i1", 1000, with: codes)
    #expect(outcome.answer.kind == .created && outcome.discount == 100)
    let refused = try #require(outcome.invoice).price.notApplied.map { "\($0.source) \($0.reason.rawValue)" }
    #expect(
      Set(refused) == [
        "direct(0) unknown_code", "direct(1) code_malformed", "direct(2) expired", "direct(3) checkout_only",
        "direct(4) owner_mismatch", "direct(5) currency_mismatch", "direct(7) already_applied",
      ])
    let byID = try await shop.price("i2", 1000, of: nil) {
      $0.content.coupons = [Invoice.DirectCoupon(.coupon(id)), Invoice.DirectCoupon(.coupon(Coupon.ID(9)))]
    }
    #expect(byID.discount == 100 && byID.reasons == [.unknownCode])
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a line that the invoice lacks stops it as little as a coupon that it has already`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await BillingShop(kind)
    try await shop.save()
    let id = try await shop.coupon()
    try await shop.coupon("AGAIN") { $0.billing?.attachesAgain = true }
    let association = try await shop.attached()
    _ = try await shop.attached("AGAIN") { $0.lineID = "seats" }
    func named(_ code: String, line: LineID? = nil) -> Invoice.DirectCoupon {
      Invoice.DirectCoupon(.code(ExactText(code)), lineID: line)
    }
    let invoice = try await shop.price("i1", 1000, 1000) { request in
      request.content.lines[0].subscriptionLineID = "seats"
      request.content.coupons = [
        named("TEN"), named("TEN", line: "l0"), named("AGAIN", line: "l0"), named("TEN", line: "none"),
      ]
    }
    let refused = try #require(invoice.invoice?.price.notApplied)
    #expect(
      refused.map { "\($0.source) \($0.reason.rawValue)" }.sorted() == [
        "direct(0) already_attached", "direct(3) line_not_invoiced",
      ])
    let facts = refused.first { $0.source == .direct(0) }?.facts
    #expect(facts?["association_id"] == .text(association.id.description))
    #expect(invoice.invoice?.price.applied.count == 4)
    #expect(try await shop.uses(id) == 2)
    // What was named first and attached later is not taken twice either.
    let late = try await shop.coupon("LATE")
    func draft() async throws -> CommandOutcome {
      try await shop.price("i2", 1000) { $0.content.coupons = [named("LATE")] }
    }
    #expect(try await draft().invoice?.price.applied.count == 2)
    #expect(try await shop.uses(late) == 1)
    _ = try await shop.attached("LATE") { $0.appliesNow = true }
    let again = try await draft()
    #expect(again.reasons?.contains(.alreadyAttached) == true && again.invoice?.price.applied.count == 2)
    #expect(try await shop.uses(late) == 1)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a draft that goes over to another customer is judged for that one`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    try await shop.coupon("ANNS") { $0.owner = "ann" }
    let limited = try await shop.coupon("ONCE-EACH") { $0.limits = UsageLimits(total: 1, perUser: 1) }
    func price(_ id: InvoiceID, for customer: UserID?, _ codes: [String]) async throws -> CommandOutcome {
      try await shop.price(id, 1000, of: nil) { request in
        request.content.customer = customer
        request.content.coupons = codes.map { Invoice.DirectCoupon(.code(ExactText($0))) }
      }
    }
    #expect(try await price("i1", for: "ann", ["ANNS"]).discount == 100)
    #expect(try await price("i1", for: "bob", ["ANNS"]).reasons == [.ownerMismatch])
    #expect(try await price("i1", for: nil, ["ANNS"]).reasons == [.identityRequired])
    #expect(try await price("i1", for: "ann", ["ANNS"]).discount == 100)
    // The one use goes over with the draft, and is counted as the other's from then on.
    #expect(try await price("i2", for: "ann", ["ONCE-EACH"]).discount == 100)
    #expect(try await price("i2", for: "bob", ["ONCE-EACH"]).discount == 100)
    #expect(try await shop.uses(limited) == 1)
    try await shop.edit(limited) { $0.limits = UsageLimits(total: 5, perUser: 1) }
    #expect(try await price("i3", for: "bob", ["ONCE-EACH"]).reasons == [.userLimitReached])
    #expect(try await price("i3", for: "ann", ["ONCE-EACH"]).discount == 100)
    #expect(try await price("i3", for: "bob", ["ONCE-EACH"]).reasons == [.userLimitReached])
    #expect(try await shop.uses(limited) == 1)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `those of one invoice share what limits leave, and it never takes more`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    let campaign = try await shop.campaign(CampaignLimits(total: 1))
    for code in ["A", "B", "C"] { try await shop.coupon(code, .dollars(100)) { $0.campaignID = campaign } }
    let shared = try await shop.price("i1", 1000, with: ["A", "A", "B"])
    #expect(shared.discount == 100 && Set(shared.reasons ?? []) == [.alreadyApplied, .usageLimitReached])
    // Another one may take the place that is given up with it.
    #expect(try await shop.price("i1", 1000, with: ["C"]).discount == 100)
    #expect(try await shop.price("i1", 1000, with: ["C"]).discount == 100)
    let limits: [(String, UsageLimits, RefusalReason)] = [
      ("TOTAL", UsageLimits(total: 1), .usageLimitReached),
      ("USER", UsageLimits(perUser: 1), .userLimitReached),
      ("CODE", UsageLimits(perCode: 1), .codeLimitReached),
      ("DAY", UsageLimits(perPeriod: [.init(period: .day, total: 1)]), .periodLimitReached),
    ]
    for (code, limit, reason) in limits {
      let id = try await shop.coupon(code) { $0.limits = limit }
      func bill(_ lines: LineID...) async throws -> CommandOutcome {
        try await shop.price(InvoiceID(code), 1000, 1000, of: nil) { request in
          request.content.customer = "ann"
          request.content.coupons = lines.map { Invoice.DirectCoupon(.code(ExactText(code)), lineID: $0) }
        }
      }
      let both = try await bill("l0", "l1")
      #expect(both.discount == 100 && both.reasons == [reason], "\(code): \(both.text)")
      // The same use for another line.
      let moved = try await bill("l1")
      #expect(moved.discount == 100 && moved.reasons == [], "\(code): \(moved.text)")
      #expect(try await bill("l1").invoice == moved.invoice)
      #expect(try await shop.uses(id) == 1)
    }
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an edited coupon keeps its version where it is held, and a revoked one is given back`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon()
    #expect(try await shop.price("i1", 1000, with: ["TEN"]).discount == 100)
    try await shop.edit(id) { $0.discount = .percentage(50) }
    let again = try await shop.price("i1", 2000, with: ["TEN"])
    #expect(again.discount == 200 && again.invoice?.price.applied.first?.version == 1)
    #expect(try await shop.price("i2", 2000, with: ["TEN"]).discount == 1000)
    let off = ChangeCouponState(couponID: id, step: .disable(reason: "fraud", revokesLocks: true))
    #expect(try await shop.engine.submit(off).answer.kind == .ok)
    let revoked = try await shop.price("i1", 2000, with: ["TEN"])
    #expect(revoked.discount == 0 && revoked.reasons == [.couponRevoked])
    #expect(try await shop.uses(id) == 1)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `they go with those of the subscription, after them, where all consent`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    try await shop.coupon("SUB", .dollars(1000))
    try await shop.coupon("FIVE", .dollars(500))
    try await shop.coupon("ALONE", .dollars(1)) { $0.stacking = .exclusive }
    try await shop.save()
    _ = try await shop.attached("SUB")
    let outcome = try await shop.price("i1", 2000) {
      $0.content.coupons = ["FIVE", "ALONE"].map { Invoice.DirectCoupon(.code(ExactText($0))) }
    }
    #expect(outcome.invoice?.price.applied.map(\.discount) == [1000, 500])
    #expect(outcome.reasons == [.combinationDisallowed])
    try await shop.void("i1", giveBack: true)
    #expect(try await shop.subscription().associations.map(\.isGivenBack) == [true])
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `of many at once that want the last use one gets it`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind, lanes: 3)
    let id = try await shop.coupon { $0.limits = UsageLimits(total: 2) }
    let outcomes = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
      for number in 0..<20 {
        group.addTask { try await shop.price(InvoiceID("i\(number)"), 1000, with: ["TEN"]) }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0.discount == 100 } == 2)
    #expect(outcomes.count { $0.reasons == [.usageLimitReached] } == 18)
    #expect(try await shop.uses(id) == 2)
    try await shop.end()
  }
}
