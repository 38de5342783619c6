import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@Suite struct InvoiceTests {
  @Test(arguments: StoreUnderTest.all)
  func `a draft is computed anew whenever it is told, and the same again changes nothing`(
    kind: StoreUnderTest
  )
    async throws
  {
    let shop = try await BillingShop(kind)
    try await shop.coupon("ONCE", .tenPercent, .once)
    try await shop.save()
    let association = try await shop.attached("ONCE")
    let made = try await shop.price("i1", 8000, 2000)
    #expect(made.answer.kind == .created && made.invoice?.state == .draft && made.discount == 1000)
    #expect(made.invoice?.price.lines.map(\.taxable) == [7200, 1800])
    #expect(made.invoice?.content.customer == "ann" && made.invoice?.content.date == shop.now)
    shop.advance(days: 3)
    let again = try await shop.price("i1", 8000, 2000)
    #expect(again.answer.kind == .ok && again.invoice == made.invoice)
    let changed = try await shop.price("i1", 500)
    #expect(changed.answer.kind == .ok && changed.discount == 50 && changed.invoice?.version == 2)
    #expect(changed.invoice?.price.applied.first?.position == 1)
    #expect(try await shop.association(association).invoices == 1)
    #expect(try await shop.association(association).given == 50)
    // It is the only one, until it gives up what it has.
    #expect(try await shop.price("i2", 500).reasons == [.onceViolated])
    #expect(try await shop.price("i1", 0).reasons == [.noEffect])
    #expect(try await shop.association(association).invoices == 0)
    #expect(try await shop.price("i2", 500).discount == 50)
    #expect(try await shop.price("i1", 500).reasons == [.onceViolated])
    #expect(try await shop.invoice("i1").price.discount == 0)
    #expect(try await shop.history().count { $0 == "InvoicePriced" } == 6)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what could not be applied reads back as it was, so that the same again is the same`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await BillingShop(kind)
    try await shop.coupon()
    try await shop.coupon("MONTH", .tenPercent, .months(1))
    // A name that looks like a moment stays what it is.
    try await shop.save { $0.lines = [Subscription.Line(id: "2026-11-20T09:00:00+01:00")] }
    _ = try await shop.attached { $0.startsAt = shop.now.adding(seconds: 1) }
    _ = try await shop.attached { $0.lineID = "2026-11-20T09:00:00+01:00" }
    _ = try await shop.attached("MONTH") { $0.appliesNow = true }
    shop.clock.now = shop.now.adding(months: 1)
    let made = try await shop.price("i1", 1000, date: noon)
    let facts = try #require(made.invoice).price.notApplied.map { $0.facts }
    #expect(facts.contains(["starts_at": .text(noon.adding(seconds: 1).description)]))
    #expect(facts.contains(["line_item_id": .text("2026-11-20T09:00:00+01:00")]))
    #expect(try await shop.price("i1", 1000, date: noon).invoice == made.invoice)
    #expect(try await shop.invoice("i1") == made.invoice)
    let late = try await shop.price("i2", 1000)
    #expect(late.reasons?.contains(.repeatedLimitReached) == true)
    #expect(try await shop.price("i2", 1000).invoice == late.invoice)
    #expect(try await shop.history().count { $0 == "InvoicePriced" } == 2)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a message that is old changes nothing, and an answer is kept under its key`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    try await shop.coupon()
    try await shop.save()
    _ = try await shop.attached()
    let first = try await shop.price("i1", 1000, key: "one") { $0.content.revision = 7 }
    let newer = try await shop.price("i1", 2000) { $0.content.revision = 8 }
    #expect(newer.discount == 200)
    let old = try await shop.price("i1", 5000) { $0.content.revision = 7 }
    #expect(old.answer.kind == .ok && old.invoice == newer.invoice)
    let replay = try await shop.price("i1", 1000, key: "one") { $0.content.revision = 7 }
    #expect(replay.isReplay && replay.answer == first.answer && replay.discount == 100)
    try await shop.finalize("i1")
    let late = try await shop.price("i1", 9000) { $0.content.revision = 3 }
    #expect(late.answer.kind == .ok && late.invoice?.state == .finalized && late.discount == 200)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a finalized one is frozen, whatever becomes of its coupon`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon()
    try await shop.save()
    let association = try await shop.attached()
    try await shop.price("i1", 1000)
    #expect(try await shop.finalize("i1", total: 899).refusal == .totalChanged)
    let final = try await shop.finalize("i1", total: 900)
    #expect(final.invoice?.state == .finalized && final.invoice?.finalizedAt == shop.now)
    shop.advance(days: 1)
    let again = try await shop.finalize("i1")
    #expect(again.answer.kind == .ok && again.invoice == final.invoice)
    #expect(try await shop.finalize("i1", total: 1).refusal == .totalChanged)
    #expect(try await shop.price("i1", 1000).invoice == final.invoice)
    #expect(try await shop.price("i1", 1000) { $0.content.revision = 7 }.invoice == final.invoice)
    #expect(try await shop.price("i1", 1001).refusal == .invoiceFinalized)
    #expect(try await shop.price("i1", 1001) { $0.content.revision = 7 }.refusal == .invoiceFinalized)
    #expect(try await shop.price("i1", 1000, date: shop.now).refusal == .invoiceFinalized)
    try await shop.edit(id) { $0.discount = .percentage(50) }
    try await shop.detach(association)
    #expect(try await shop.price("i1", 1000).invoice == final.invoice)
    #expect(try await shop.finalize("none").refusal == .notFound(.invoice))
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what a coupon takes off all invoices stays a number that can be told`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    try await shop.coupon("ALL", .percentage(100))
    try await shop.save()
    _ = try await shop.attached("ALL")
    let most = Money.minorUnitsMax
    #expect(try await shop.price("i1", most - 1).discount == most - 1)
    #expect(try await shop.price("i2", 2).reasons == [.exceedsAmount])
    #expect(try await shop.price("i2", 1).discount == 1)
    #expect(try await shop.price("i1", most - 1) { $0.content.revision = 1 }.answer.kind == .ok)
    #expect(try await shop.price("i1", most).reasons == [.exceedsAmount])
    #expect(try await shop.price("i1", most - 1).discount == most - 1)
    try await shop.void("i2")
    #expect(try await shop.price("i1", most).discount == most)
    let next = PreviewInvoice(request: BillingShop.request([most]), cycles: 60)
    let shown = try await shop.engine.engine.preview(next, tenant: shop.engine.tenant).get()
    #expect(shown.allSatisfy { $0.price.notApplied.map(\.reason) == [.exceedsAmount] })
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `voiding gives the period back exactly once`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    try await shop.coupon("TWICE", .tenPercent, .periods(2))
    try await shop.save()
    let association = try await shop.attached("TWICE")
    for id: InvoiceID in ["i1", "i2"] {
      #expect(try await shop.price(id, 1000).discount == 100)
      try await shop.finalize(id)
    }
    let third = try await shop.price("i3", 1000)
    #expect(third.reasons == [.repeatedLimitReached])
    #expect(third.invoice?.price.notApplied.first?.facts == ["limit": .integer(2), "used": .integer(2)])
    let voided = try await shop.void("i1")
    #expect(voided.invoice?.state == .voided && voided.invoice?.voidedAt == shop.now)
    #expect(voided.discount == 100)
    shop.advance(days: 1)
    #expect(try await shop.void("i1").invoice == voided.invoice)
    #expect(try await shop.association(association).invoices == 1)
    #expect(try await shop.price("i3", 1000).discount == 100)
    #expect(try await shop.price("i4", 1000).reasons == [.repeatedLimitReached])
    #expect(try await shop.price("i1", 1000).invoice == voided.invoice)
    #expect(try await shop.price("i1", 1001).refusal == .invoiceVoided)
    #expect(try await shop.finalize("i1").refusal == .invoiceVoided)
    #expect(try await shop.void("none").refusal == .notFound(.invoice))
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a first payment that failed gives the redemption back`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    let once = try await shop.coupon("ONCE", .dollars(100), .once) { $0.limits.total = 1 }
    let kept = try await shop.coupon("KEPT", .dollars(100))
    try await shop.save()
    let (first, second) = (try await shop.attached("ONCE"), try await shop.attached("KEPT"))
    #expect(try await shop.price("i1", 1000).discount == 200)
    #expect(try await shop.price("i2", 1000).discount == 100)
    try await shop.void("i1", giveBack: true)
    // The other one is on another invoice.
    #expect(try await shop.association(first).isGivenBack)
    #expect(try await shop.association(second).isGivenBack == false)
    #expect(try await [shop.uses(once), shop.uses(kept)] == [0, 1])
    try await shop.void("i1", giveBack: true)
    #expect(try await shop.uses(once) == 0)
    #expect(try await shop.attach("ONCE").answer.kind == .created)
    try await shop.void("i2", giveBack: true)
    #expect(try await shop.uses(kept) == 0)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `it bills what it billed first, in its subscription's currency or without its coupons`(
    kind: StoreUnderTest
  ) async throws {
    let shop = try await BillingShop(kind)
    try await shop.coupon()
    for id: SubscriptionID in ["sub", "other"] { try await shop.save(id) }
    _ = try await shop.attached()
    try await shop.price("i1", 1000)
    #expect(try await shop.price("i1", 1000, of: "other").refusal == .invoiceExists)
    #expect(try await shop.price("i1", 1000, of: nil).refusal == .invoiceExists)
    #expect(try await shop.price("i2", 1000, of: "none").refusal == .notFound(.subscription))
    let foreign = try await shop.price("i3", 1000) { $0.content.currency = .eur }
    #expect(foreign.answer.kind == .created && foreign.reasons == [.currencyMismatch])
    #expect(try await shop.price("i1", 1000) { $0.expectedDiscount = 99 }.refusal == .discountChanged)
    #expect(try await shop.price("i1", 1000) { $0.expectedDiscount = 100 }.answer.kind == .ok)
    let most = Int64(9_007_199_254_740_991)
    #expect(try await shop.price("i4", most, 1).refusal == .amountOverflow)
    #expect(try await shop.price("i5", most).invoice?.price.total == most - 900_719_925_474_099)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `what a coupon becomes later touches nobody who has it, unless it is revoked`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon { terms in
      terms.limits.total = 1
      terms.validity = Validity(endsAt: shop.now.adding(seconds: 60))!
    }
    try await shop.save()
    let association = try await shop.attached()
    func state(_ step: ChangeCouponState.Step) async throws {
      #expect(try await shop.engine.submit(ChangeCouponState(couponID: id, step: step)).answer.kind == .ok)
    }
    var number = 0
    func next() async throws -> CommandOutcome {
      number += 1
      return try await shop.price(InvoiceID("i\(number)"), 1000)
    }
    shop.advance(days: 40)
    #expect(try await next().discount == 100)
    try await state(.disable(reason: "", revokesLocks: false))
    #expect(try await next().discount == 100)
    try await state(.disable(reason: "fraud", revokesLocks: true))
    #expect(try await next().reasons == [.couponRevoked])
    // A draft loses it when it is told again; what is frozen does not.
    try await shop.finalize("i1")
    #expect(try await shop.price("i1", 1000).discount == 100)
    #expect(try await shop.price("i2", 1000).reasons == [.couponRevoked])
    #expect(try await shop.association(association).invoices == 1)
    try await state(.archive)
    #expect(try await next().reasons == [.couponRevoked])
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `an archived coupon goes on for those who have it, and its code is free`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    let id = try await shop.coupon { $0.limits.perCode = 1 }
    try await shop.save()
    let association = try await shop.attached()
    #expect(
      try await shop.engine.submit(ChangeCouponState(couponID: id, step: .archive)).answer.kind == .ok)
    let other = try await shop.coupon("TEN", .percentage(50)) { $0.limits.perCode = 1 }
    #expect(try await shop.price("i1", 1000).discount == 100)
    try await shop.void("i1")
    try await shop.detach(association, giveBack: true)
    #expect(try await [shop.uses(id), shop.uses(other)] == [0, 0])
    #expect(try await shop.attached().couponID == other)
    #expect(try await [shop.uses(id), shop.uses(other)] == [0, 1])
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `a balance is carried over from invoice to invoice, and shown`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind)
    try await shop.coupon("CREDIT", .dollars(10_000), .once) { $0.billing?.carriesOver = true }
    try await shop.save()
    let association = try await shop.attached("CREDIT")
    #expect(association.carried == 10_000 && association.balance == 10_000)
    #expect(try await shop.price("i1", 4000).invoice?.price.total == 0)
    #expect(try await shop.association(association).balance == 6000)
    #expect(try await shop.price("i2", 9000).invoice?.price.total == 3000)
    #expect(try await shop.price("i3", 9000).reasons == [.onceViolated])
    try await shop.void("i1")
    #expect(try await shop.price("i3", 9000).invoice?.price.total == 5000)
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `they are listed newest first, of a subscription, in a state, or all`(kind: StoreUnderTest)
    async throws
  {
    let shop = try await BillingShop(kind)
    for id: SubscriptionID in ["a", "b"] { try await shop.save(id) }
    for (number, subscription) in (["a", "b", "a", nil, "a"] as [SubscriptionID?]).enumerated() {
      try await shop.price(InvoiceID("i\(number)"), 1000, of: subscription)
      if number != 2 { shop.advance(days: 1) }
    }
    try await shop.finalize("i0")
    try await shop.void("i4")
    typealias List = LatestRows<InvoiceRow, InvoiceSubject>
    func names(_ condition: RowCondition<InvoiceRow>?) throws -> [InvoiceID] {
      func page(after place: List.Place?, _ limit: Int) -> List {
        List(InvoiceRow.self, of: shop.engine.tenant, where: condition, after: place, limit: limit)
      }
      let whole = try shop.opened.store.find(page(after: nil, 10)).map(\.invoiceID)
      var found: [InvoiceID] = []
      var place: List.Place?
      while found.count <= whole.count {
        guard let row = try shop.opened.store.find(page(after: place, 1)).first else { break }
        found.append(row.invoiceID)
        place = List.Place(createdAt: row.createdAt, id: Invoice.ID(of: row.invoiceID))
      }
      #expect(found == whole)
      return whole
    }
    func of(_ id: SubscriptionID) -> RowCondition<InvoiceRow> {
      RowCondition("subscription_id", Subscription.ID(of: id)) { $0.content.value.subscriptionID == id }
    }
    func at(_ state: Invoice.State) -> RowCondition<InvoiceRow> {
      RowCondition("state", state) { $0.state == state }
    }
    let all = try names(nil)
    #expect(
      Set(all) == ["i0", "i1", "i2", "i3", "i4"] && all.first == "i4" && all.suffix(2) == ["i1", "i0"])
    #expect(try names(of("a")) == ["i4", "i2", "i0"] && names(of("b")) == ["i1"] && names(of("c")) == [])
    #expect(try Set(names(at(.draft))) == ["i1", "i2", "i3"])
    #expect(try names(at(.finalized)) == ["i0"] && names(at(.voided)) == ["i4"])
    try await shop.end()
  }

  @Test(arguments: StoreUnderTest.all)
  func `two runs at once over the same invoices apply each coupon once`(kind: StoreUnderTest) async throws {
    let shop = try await BillingShop(kind, lanes: 3)
    let id = try await shop.coupon("TWICE", .tenPercent, .periods(2))
    try await shop.save()
    let association = try await shop.attached("TWICE")
    _ = try await withThrowingTaskGroup(of: CommandOutcome.self) { group in
      for _ in 0..<3 {
        for number in 0..<10 {
          group.addTask { try await shop.price(InvoiceID("i\(number)"), 1000) }
          group.addTask { try await shop.finalize(InvoiceID("i\(number)")) }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let invoices = try await (0..<10).asyncMap { try await shop.invoice(InvoiceID("i\($0)")) }
    #expect(invoices.count { $0.price.discount == 100 } == 2)
    #expect(invoices.count { $0.price.notApplied.map(\.reason) == [.repeatedLimitReached] } == 8)
    #expect(Set(invoices.flatMap { $0.price.applied.map(\.position) }) == [1, 2])
    let kept = try await shop.association(association)
    #expect(kept.invoices == 2 && kept.given == 200)
    #expect(try await shop.uses(id) == 1)
    try await shop.end()
  }
}

extension Sequence {
  fileprivate func asyncMap<Made>(_ make: (Element) async throws -> Made) async rethrows -> [Made] {
    var made: [Made] = []
    for element in self { made.append(try await make(element)) }
    return made
  }
}
