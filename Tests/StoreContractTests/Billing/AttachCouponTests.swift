import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct AttachCouponTests {
  @Test(arguments: StoreUnderTest.all)
  func `a coupon is counted once for all invoices, and its version is kept`(kind: StoreUnderTest) async throws
  {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon { $0.limits = UsageLimits(total: 5, perUser: 2, perCode: 3) }
    try await shop.save()
    let outcome = try await shop.attach {
      $0.metadata = ["why": "launch"]
    }
    let association = try #require(outcome.association)
    #expect(outcome.answer.kind == .created)
    #expect(association.couponID == id && association.version == 1 && association.code == .of("TEN"))
    #expect(
      association.startsAt == shop.now && association.attachedAt == shop.now && association.endsAt == nil)
    #expect(association.metadata == ["why": "launch"] && association.invoices == 0)
    try await shop.edit(id) { $0.discount = .percentage(90) }
    for month in 0..<3 {
      shop.advance(days: 30)
      let invoice = try await shop.price(InvoiceID("i\(month)"), 10_000)
      #expect(invoice.discount == 1000 && invoice.invoice?.price.applied.first?.version == 1)
      #expect(invoice.invoice?.price.applied.first?.position == Int64(month + 1))
    }
    #expect(try await shop.uses(id) == 1)
    let kept = try await shop.association(association)
    #expect(kept.invoices == 3 && kept.given == 3000)
    // The next one has the new terms.
    try await shop.save("other")
    #expect(try await shop.attached(to: "other").version == 2)
    #expect(try await shop.uses(id) == 2)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an answer is kept whole under its key, and counts once`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon { $0.billing?.attachesAgain = true }
    try await shop.save()
    let first = try await shop.attach(key: "one")
    let again = try await shop.attach(key: "one")
    #expect(again.isReplay && again.answer == first.answer)
    #expect(try await shop.uses(id) == 1)
    #expect(try await shop.subscription().associations.count == 1)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what stands in the way is named, at the member that names the coupon`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    try await shop.save()
    let (soon, late) = (shop.now.adding(seconds: 1), shop.now.adding(seconds: 60))
    try await shop.coupon("SOON") { $0.validity = Validity(startsAt: late)! }
    try await shop.coupon("GONE") { $0.validity = Validity(endsAt: soon)! }
    try await shop.coupon("AFTER") { $0.billing?.redeemAfter = late }
    try await shop.coupon("BEFORE") { $0.billing?.redeemBefore = shop.now }
    try await shop.coupon("BOBS") { $0.owner = "bob" }
    try await shop.coupon("CODE-OF-BOB", codeOwner: "bob")
    try await shop.coupon("EURO", .fixed(AmountsByCurrency([Money(minorUnits: 100, currency: .eur)])))
    try await shop.coupon("SHOP") { $0.billing = nil }
    let off = try await shop.coupon("OFF")
    #expect(
      try await shop.engine.submit(
        ChangeCouponState(couponID: off, step: .disable(reason: "", revokesLocks: false))
      )
      .answer.kind == .ok)
    var draft = CouponTerms(name: "DRAFT", discount: .tenPercent, stacking: .open)
    draft.billing = BillingTerms(cadence: .forever)
    let unborn = try await shop.engine.draft(draft, [.of("DRAFT")])
    shop.clock.now = soon
    let refused: [(String, RefusalReason)] = [
      ("NONE", .unknownCode), ("..", .codeMalformed), ("SOON", .notStarted), ("GONE", .expired),
      ("AFTER", .notStarted), ("BEFORE", .expired), ("BOBS", .ownerMismatch), ("CODE-OF-BOB", .ownerMismatch),
      ("EURO", .currencyMismatch), ("SHOP", .checkoutOnly), ("OFF", .couponDisabled),
      ("DRAFT", .couponNotActive),
    ]
    for (code, reason) in refused {
      let outcome = try await shop.attach(code)
      #expect(outcome.refusal == .codeRefused(reason), "\(code)")
      #expect(outcome.items == ["/code \(reason.rawValue)"], "\(code)")
    }
    let byID = try await shop.attach { $0.name = .coupon(unborn) }
    #expect(byID.items == ["/coupon_id coupon_not_active"])
    let nobody = try await shop.attach { $0.name = .coupon(Coupon.ID(9)) }
    #expect(nobody.refusal == .couponNotFound && nobody.items == ["/coupon_id coupon_not_found"])
    let archived = try await shop.coupon("OLD")
    #expect(
      try await shop.engine.submit(ChangeCouponState(couponID: archived, step: .archive)).answer.kind == .ok)
    #expect(try await shop.attach { $0.name = .coupon(archived) }.items == ["/coupon_id coupon_not_active"])
    let id = try await shop.coupon()
    for change: (inout AttachCoupon) -> Void in [
      { $0.endsAt = shop.now },
      { ($0.endsAt, $0.appliesNow) = (shop.now.adding(seconds: -1), true) },
    ] {
      let over = try await shop.attach { change(&$0) }
      #expect(over.refusal == .windowOver && over.items == ["/ends_at \(Refusal.Code.windowOver.rawValue)"])
    }
    #expect(try await shop.uses(id) == 0)
    let line = try await shop.attach { $0.lineID = "none" }
    #expect(line.refusal == .lineItemNotFound && line.items == ["/line_item_id line_item_not_found"])
    let phase = try await shop.attach { $0.phaseID = "none" }
    #expect(phase.refusal == .phaseNotFound && phase.items == ["/phase_id phase_not_found"])
    #expect(try await shop.attach(to: "none").refusal == .notFound(.subscription))
    try await shop.save { $0.status = .cancelled }
    #expect(try await shop.attach().refusal == .codeRefused(.subscriptionCancelled))
    #expect(try await shop.history() == ["SubscriptionSaved", "SubscriptionSaved"])
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `limits are those of the coupon, its code, its owner, its customer and its period`(
    kind: StoreUnderTest
  )
    async throws
  {
    let shop = try await BillingShop(kind)
    for (id, customer) in [("a", "ann"), ("a2", "ann"), ("b", "bob"), ("c", "cid")]
      as [(SubscriptionID, UserID)]
    {
      try await shop.save(id) { $0.customer = customer }
    }
    try await shop.coupon("TOTAL") { $0.limits.total = 1 }
    try await shop.coupon("USER") { $0.limits.perUser = 1 }
    try await shop.coupon("CODE") { $0.limits.perCode = 1 }
    try await shop.coupon("GRANT", codeLimit: 1)
    try await shop.coupon("DAILY") { $0.limits.perPeriod = [.init(period: .day, total: 1)] }
    try await shop.coupon("OWN") { $0.owner = "ann" }
    let limits: [(String, SubscriptionID, RefusalReason)] = [
      ("TOTAL", "b", .usageLimitReached), ("USER", "a2", .userLimitReached), ("CODE", "b", .codeLimitReached),
      ("GRANT", "b", .codeLimitReached), ("DAILY", "b", .periodLimitReached),
      ("OWN", "a2", .userLimitReached),
    ]
    for (code, other, reason) in limits {
      let first = try await shop.attached(code, to: "a")
      let refused = try await shop.attach(code, to: other)
      #expect(refused.refusal == .codeRefused(reason) && refused.facts?["limit"] == .integer(1), "\(code)")
      // What goes back can be taken again.
      try await shop.detach(first, from: "a", giveBack: true)
      #expect(try await shop.attach(code, to: other).answer.kind == .created, "\(code)")
    }
    #expect(try await shop.attach("USER", to: "b").answer.kind == .created)
    shop.advance(days: 1)
    #expect(try await shop.attach("DAILY", to: "c").answer.kind == .created)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a campaign's uses are shared, and one with a budget of money is for checkouts`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    for id: SubscriptionID in ["a", "b"] { try await shop.save(id) }
    let counted = try await shop.campaign(CampaignLimits(total: 1))
    let funded = try await shop.campaign(CampaignLimits(budget: .usd(100_000)))
    for code in ["ONE", "TWO"] { try await shop.coupon(code) { $0.campaignID = counted } }
    try await shop.coupon("FUNDED") { $0.campaignID = funded }
    let first = try await shop.attached("ONE", to: "a")
    let refused = try await shop.attach("TWO", to: "b")
    #expect(refused.refusal == .codeRefused(.usageLimitReached))
    #expect(refused.facts?["limit_of"] == .text("campaign"))
    #expect(try await shop.attach("FUNDED", to: "a").refusal == .codeRefused(.budgetOfCheckouts))
    try await shop.detach(first, from: "a", giveBack: true)
    #expect(try await shop.attach("TWO", to: "b").answer.kind == .created)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a subscription has a coupon once, for whole invoices and for each line item`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    try await shop.coupon()
    try await shop.save { $0.lines.append(Subscription.Line(id: "storage")) }
    let first = try await shop.attached()
    let twice = try await shop.attach()
    #expect(twice.refusal == .codeRefused(.alreadyAttached))
    #expect(twice.facts?["association_id"] == .text(first.id.description))
    #expect(try await shop.attach { $0.lineID = "seats" }.answer.kind == .created)
    #expect(try await shop.attach { $0.lineID = "storage" }.answer.kind == .created)
    #expect(try await shop.attach { $0.lineID = "seats" }.refusal == .codeRefused(.alreadyAttached))
    // One that was detached unused may come again, one that was on an invoice may not.
    try await shop.detach(first)
    let second = try await shop.attached()
    try await shop.price("i1", 1000)
    try await shop.detach(second)
    #expect(try await shop.attach().refusal == .codeRefused(.alreadyAttached))
    try await shop.coupon("MORE") { $0.billing?.attachesAgain = true }
    for _ in 0..<3 { _ = try await shop.attached("MORE") }
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `coupons stand beside those that they consent to and that have something left`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    try await shop.save()
    try await shop.coupon("ONCE", .dollars(500), .once) { $0.stacking = .exclusive }
    try await shop.coupon("OTHER")
    let alone = try await shop.attached("ONCE")
    let refused = try await shop.attach("OTHER")
    #expect(refused.refusal == .codeRefused(.combinationDisallowed))
    #expect(refused.facts?["association_id"] == .text(alone.id.description))
    try await shop.price("i1", 1000)
    #expect(try await shop.attach("OTHER").answer.kind == .created)
    try await shop.void("i1")
    #expect(try await shop.price("i2", 1000).discount == 600)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `invoices from the start on have it: those to come, those of the period, or those of a phase`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await BillingShop(kind)
    let period = shop.now.adding(seconds: -10 * 86_400)
    let phase = try #require(
      Subscription.Phase(id: "intro", startsAt: shop.now, endsAt: shop.now.adding(seconds: 60)))
    try await shop.save { ($0.periodStart, $0.phases) = (period, [phase]) }
    try await shop.save("unknown")
    for code in ["NEXT", "NOW", "LATER", "UNTIL", "PHASE"] { try await shop.coupon(code, .dollars(100)) }
    let later = shop.now.adding(seconds: 86_400)
    _ = try await shop.attached("NEXT")
    #expect(try await shop.attached("NOW") { $0.appliesNow = true }.startsAt == period)
    #expect(try await shop.attached("NOW", to: "unknown") { $0.appliesNow = true }.startsAt == nil)
    _ = try await shop.attached("LATER") { $0.startsAt = later }
    _ = try await shop.attached("UNTIL") { $0.endsAt = later }
    _ = try await shop.attached("PHASE") { $0.phaseID = "intro" }
    func on(_ number: Int, _ date: Instant, of id: SubscriptionID = "sub") async throws -> Set<String> {
      let invoice = try await shop.price(InvoiceID("i\(number)"), 10_000, of: id, date: date).invoice
      return Set(try #require(invoice).price.applied.map(\.snapshot.name))
    }
    #expect(try await on(1, period.adding(seconds: -1)) == [])
    #expect(try await on(2, period) == ["NOW"])
    #expect(try await on(3, shop.now) == ["NEXT", "NOW", "UNTIL", "PHASE"])
    #expect(try await on(4, shop.now.adding(seconds: 60)) == ["NEXT", "NOW", "UNTIL"])
    #expect(try await on(5, later) == ["NEXT", "NOW", "LATER"])
    #expect(try await on(6, Instant(rfc3339: "1999-01-01T00:00:00Z")!, of: "unknown") == ["NOW"])
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a subscription has fifty coupons at a time, and those that are over make room`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    try await shop.save()
    let id = try await shop.coupon { $0.billing?.attachesAgain = true }
    let soon = shop.now.adding(seconds: 60)
    var associations: [Association] = []
    for _ in 0..<50 { associations.append(try await shop.attached { $0.endsAt = soon }) }
    #expect(try await shop.attach().refusal == .tooManyCoupons)
    try await shop.detach(associations[7])
    #expect(try await shop.attach { $0.endsAt = soon }.answer.kind == .created)
    // Those that have ended are kept as long as there is room for them.
    for round in 1...4 {
      shop.advance(days: 1)
      for _ in 0..<50 { _ = try await shop.attached { $0.endsAt = shop.now.adding(seconds: 60) } }
      #expect(try await shop.subscription().associations.count == min(51 + 50 * round, 200))
    }
    #expect(try await shop.uses(id) == 251)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `of many at once that want the last use one gets it`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind, lanes: 3)
    let id = try await shop.coupon { $0.limits = UsageLimits(total: 3) }
    for number in 0..<20 {
      try await shop.save(SubscriptionID("s\(number)")) { $0.customer = UserID("u\(number)") }
    }
    let outcomes = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
      for number in 0..<20 { group.addTask { try await shop.attach(to: SubscriptionID("s\(number)")) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes.count { $0.answer.kind == .created } == 3)
    #expect(outcomes.count { $0.refusal == .codeRefused(.usageLimitReached) } == 17)
    #expect(try await shop.uses(id) == 3)
    try await shop.end()
  }
}
