import Testing

@testable import Scrip

@Suite struct `A coupon is refused for billing` {
  private let ann = Customer(userID: "ann")

  private func hindrance(
    _ terms: CouponTerms = billed(percent("10")), for customer: Customer? = nil, in currency: Currency = eur,
    at now: Instant = noon, _ change: (inout Candidate) -> Void = { _ in }
  ) -> InvoiceHindrance? {
    candidate(0, terms, change).hindranceToBilling(for: customer ?? ann, in: currency, at: now)
  }

  @Test func `never when nothing is in its way`() {
    #expect(hindrance() == nil)
    #expect(hindrance(billed(percent("10")), for: Customer()) == nil)
    #expect(hindrance(billed(percent("10")) { $0.billing?.isForCheckout = true }) == nil)
  }

  @Test func `that is not active, or for checkouts alone`() {
    for terms in [billed(percent("10")), terms(percent("10"))] {
      #expect(hindrance(terms) { $0.state = .draft } == InvoiceHindrance(.couponNotActive))
      #expect(hindrance(terms) { $0.state = .disabled } == InvoiceHindrance(.couponDisabled))
      #expect(hindrance(terms) { $0.state = .archived } == InvoiceHindrance(.unknownCode))
    }
    #expect(hindrance(terms(percent("10"))) == InvoiceHindrance(.checkoutOnly))
  }

  @Test func `outside of any of its windows, which hold their first moment and not their last`() {
    let later = noon.adding(seconds: 60)
    let window = Validity(startsAt: noon, endsAt: later)!
    let early = Instant(microseconds: noon.microseconds - 1)
    let campaign = CampaignUse(id: Campaign.ID(1), validity: window, limits: CampaignLimits())
    let ways: [(CouponTerms, CampaignUse?, Details)] = [
      (billed(percent("10")) { $0.validity = window }, nil, [:]),
      (
        billed(percent("10")) {
          $0.billing = BillingTerms(cadence: .once, redeemAfter: noon, redeemBefore: later)
        }, nil,
        [:]
      ),
      (billed(percent("10")), campaign, ["limit_of": .text("campaign")]),
    ]
    for (terms, use, facts) in ways {
      func reason(_ now: Instant) -> InvoiceHindrance? {
        hindrance(terms, at: now) { $0.used.campaign = use }
      }
      #expect(
        reason(early)
          == InvoiceHindrance(.notStarted, facts.merging(["starts_at": .instant(noon)]) { own, _ in own }))
      #expect(reason(noon) == nil)
      #expect(reason(Instant(microseconds: later.microseconds - 1)) == nil)
      #expect(
        reason(later)
          == InvoiceHindrance(.expired, facts.merging(["ends_at": .instant(later)]) { own, _ in own }))
    }
  }

  @Test func `that belongs to somebody else, or to somebody who must be named`() {
    let own = billed(percent("10")) { $0.owner = "ann" }
    #expect(hindrance(own) == nil)
    #expect(hindrance(own, for: Customer(userID: "bob")) == InvoiceHindrance(.ownerMismatch))
    let unknown = InvoiceHindrance(.identityRequired, ["needs": .list(["customer_id"])])
    #expect(hindrance(own, for: Customer()) == unknown)
    #expect(hindrance { $0.codeOwner = "bob" } == InvoiceHindrance(.ownerMismatch))
    let counted = billed(percent("10")) { $0.limits.perUser = 1 }
    #expect(hindrance(counted, for: Customer()) == unknown)
    #expect(hindrance(counted) == nil)
  }

  @Test func `that has no amount in the currency`() {
    let mismatch = InvoiceHindrance(.currencyMismatch, ["currency": .text("USD")])
    #expect(hindrance(billed(fixed(100)), in: usd) == mismatch)
    #expect(hindrance(billed(decimal("100.5")), in: usd) == mismatch)
    #expect(hindrance(billed(percent("10")) { $0.minimum = amounts(5) }, in: usd) == mismatch)
    #expect(hindrance(in: usd) == nil)
  }

  @Test func `whose uses are taken`() {
    let limited = billed(percent("10")) {
      $0.limits = UsageLimits(
        total: 5, perUser: 3, perCode: 4, perPeriod: [.init(period: .week, total: 2)])
    }
    #expect(
      hindrance(limited) { ($0.used.total, $0.used.byCode, $0.used.byUser) = (4, 3, 2) } == nil)
    let full: [((inout Candidate) -> Void, InvoiceHindrance)] = [
      ({ $0.used.total = 5 }, InvoiceHindrance(.usageLimitReached, ["limit": .integer(5)])),
      ({ $0.used.byCode = 4 }, InvoiceHindrance(.codeLimitReached, ["limit": .integer(4)])),
      (
        { ($0.codeLimit, $0.used.byCode) = (9, 9) },
        InvoiceHindrance(.codeLimitReached, ["limit": .integer(9)])
      ),
      ({ $0.used.byUser = 3 }, InvoiceHindrance(.userLimitReached, ["limit": .integer(3)])),
      (
        { $0.used.byPeriod = [.week: 2, .day: 9] },
        InvoiceHindrance(.periodLimitReached, ["limit": .integer(2), "period": .text("week")])
      ),
    ]
    for (change, expected) in full { #expect(hindrance(limited, change) == expected) }
    let personal = billed(percent("10")) { $0.owner = "ann" }
    #expect(hindrance(personal) { $0.used.byUser = 1 }?.reason == .userLimitReached)
  }

  @Test func `whose campaign is used up or gives money by a budget`() {
    func use(_ limits: CampaignLimits, _ total: Int64) -> InvoiceHindrance? {
      hindrance { $0.used.campaign = CampaignUse(id: Campaign.ID(1), limits: limits, total: total) }
    }
    #expect(use(CampaignLimits(total: 5), 4) == nil)
    #expect(
      use(CampaignLimits(total: 5), 5)
        == InvoiceHindrance(.usageLimitReached, ["limit": .integer(5), "limit_of": .text("campaign")]))
    #expect(use(CampaignLimits(budget: amounts(1000)), 0) == InvoiceHindrance(.budgetOfCheckouts))
  }
}

@Suite struct `A subscription` {
  private func association(
    _ number: Int, _ change: (inout Association) -> Void = { _ in }, startsAt: Instant? = noon
  ) -> Association {
    var association = Association(
      id: Association.ID(UInt128(number + 1)), couponID: Coupon.ID(UInt128(number + 1)), version: 1,
      startsAt: startsAt, attachedAt: noon)
    change(&association)
    return association
  }

  private func hindrance(
    to new: Association, _ terms: CouponTerms = billed(percent("10")), beside old: [Association] = [],
    others: CouponTerms? = billed(percent("10")), status: Subscription.Status = .active,
    at now: Instant = noon
  ) -> InvoiceHindrance? {
    let content = Subscription.Content(customer: "ann", currency: eur, status: status)
    let subscription = Subscription(
      id: "sub", content: content, associations: old, version: 1, createdAt: noon, updatedAt: noon)
    return subscription.hindrance(to: new, terms, at: now) { _ in others }
  }

  @Test(arguments: Subscription.Status.allCases)
  func `takes a new coupon unless it is over`(status: Subscription.Status) {
    let expected = status == .cancelled ? InvoiceHindrance(.subscriptionCancelled) : nil
    #expect(hindrance(to: association(0), status: status) == expected)
  }

  @Test func `takes a coupon once, and once for each line, unless its terms allow it again`() {
    let old = association(0)
    let again = association(9) {
      $0 = Association(id: $0.id, couponID: old.couponID, version: 2, startsAt: noon, attachedAt: noon)
    }
    let twice = InvoiceHindrance(.alreadyAttached, ["association_id": .text(old.id.description)])
    #expect(hindrance(to: again, beside: [old]) == twice)
    #expect(
      hindrance(to: again, billed(percent("10")) { $0.billing?.attachesAgain = true }, beside: [old]) == nil)
    var onLine = again
    onLine.lineID = "seats"
    #expect(hindrance(to: onLine, beside: [old]) == nil)
    var detached = old
    detached.detachedAt = noon
    #expect(hindrance(to: again, beside: [detached]) == nil)
    // One that was used does not begin anew by being detached, but for one whose use went back.
    detached.invoices = 1
    #expect(hindrance(to: again, beside: [detached]) == twice)
    detached.isGivenBack = true
    #expect(hindrance(to: again, beside: [detached]) == nil)
    var ended = old
    ended.endsAt = noon
    #expect(hindrance(to: again, beside: [ended]) == nil)
    #expect(hindrance(to: again, beside: [ended], at: noon.adding(seconds: -1)) == twice)
  }

  @Test func `takes no coupon that can't stand beside one it has`() {
    let old = association(0)
    let alone = billed(percent("10"), stacking: .exclusive)
    let disallowed = InvoiceHindrance(.combinationDisallowed, ["association_id": .text(old.id.description)])
    #expect(hindrance(to: association(1), beside: [old]) == nil)
    #expect(hindrance(to: association(1), alone, beside: [old]) == disallowed)
    #expect(hindrance(to: association(1), beside: [old], others: alone) == disallowed)
    #expect(hindrance(to: association(1), alone, beside: [old], others: nil) == nil)
    let besideLines = billed(percent("10"), stacking: Stacking(policy: .open, combinesWith: [.line]))
    #expect(hindrance(to: association(1), besideLines, beside: [old]) == disallowed)
    #expect(
      hindrance(to: association(1), besideLines, beside: [association(0) { $0.lineID = "seats" }]) == nil)
  }

  @Test func `takes coupons beside one that has nothing more to give`() {
    let alone = billed(percent("10"), stacking: .exclusive)
    func reason(
      _ cadence: BillingTerms.Cadence, carries: Bool = false, at now: Instant = noon,
      _ change: (inout Association) -> Void
    ) -> RefusalReason? {
      let terms = billed(fixed(500), cadence, stacking: .exclusive) { $0.billing?.carriesOver = carries }
      return hindrance(to: association(1), alone, beside: [association(0, change)], others: terms, at: now)?
        .reason
    }
    #expect(reason(.once) { $0.invoices = 0 } == .combinationDisallowed)
    #expect(reason(.once) { $0.invoices = 1 } == nil)
    #expect(reason(.periods(2)) { $0.invoices = 1 } == .combinationDisallowed)
    #expect(reason(.periods(2)) { $0.invoices = 2 } == nil)
    #expect(reason(.forever) { $0.invoices = 1000 } == .combinationDisallowed)
    let carried: (Int64) -> (inout Association) -> Void = { given in
      { ($0.invoices, $0.carried, $0.given) = (7, 500, given) }
    }
    #expect(reason(.once, carries: true, carried(499)) == .combinationDisallowed)
    #expect(reason(.once, carries: true, carried(500)) == nil)
    let end = noon.adding(months: 1)
    #expect(reason(.months(1), at: end.adding(seconds: -1)) { _ in } == .combinationDisallowed)
    #expect(reason(.months(1), at: end) { _ in } == nil)
  }

  @Test func `takes coupons that no invoice can have together`() {
    let alone = billed(percent("10"), stacking: .exclusive)
    let later = noon.adding(months: 1)
    let until = association(0) { $0.endsAt = later }
    #expect(hindrance(to: association(1, startsAt: later), alone, beside: [until]) == nil)
    #expect(
      hindrance(to: association(1, { $0.endsAt = later }), alone, beside: [association(0, startsAt: later)])
        == nil)
    let before = Instant(microseconds: later.microseconds - 1)
    #expect(
      hindrance(to: association(1, startsAt: before), alone, beside: [until])?.reason
        == .combinationDisallowed)
    let intro = association(0) { $0.phaseID = "intro" }
    #expect(hindrance(to: association(1) { $0.phaseID = "main" }, alone, beside: [intro]) == nil)
    #expect(
      hindrance(to: association(1) { $0.phaseID = "intro" }, alone, beside: [intro])?.reason
        == .combinationDisallowed)
    #expect(hindrance(to: association(1), alone, beside: [intro])?.reason == .combinationDisallowed)
  }
}

@Suite struct `An association` {
  private let start = Instant(rfc3339: "2026-01-31T00:00:00Z")!
  private let end = Instant(rfc3339: "2026-06-01T00:00:00Z")!

  private func association(_ change: (inout Association) -> Void = { _ in }, startsAt: Instant?)
    -> Association
  {
    var association = Association(
      id: Association.ID(1), couponID: Coupon.ID(1), version: 1, startsAt: startsAt, attachedAt: start)
    change(&association)
    return association
  }

  private func hindrance(
    of association: Association, on date: Instant, _ cadence: BillingTerms.Cadence = .forever,
    phases: [Subscription.Phase] = []
  ) -> InvoiceHindrance? {
    let content = Subscription.Content(customer: "ann", currency: eur, phases: phases)
    let subscription = Subscription(
      id: "sub", content: content, version: 1, createdAt: start, updatedAt: start)
    return association.hindrance(on: date, of: subscription, BillingTerms(cadence: cadence))
  }

  private func before(_ moment: Instant) -> Instant { Instant(microseconds: moment.microseconds - 1) }

  @Test func `is for invoices from its start on, or for any`() {
    let started = association(startsAt: start)
    #expect(
      hindrance(of: started, on: before(start))
        == InvoiceHindrance(.associationNotStarted, ["starts_at": .instant(start)]))
    #expect(hindrance(of: started, on: start) == nil)
    #expect(hindrance(of: association(startsAt: nil), on: .earliest) == nil)
    #expect(
      !started.covers(before(start)) && started.covers(start) && association(startsAt: nil).covers(.earliest))
  }

  @Test func `is for invoices before its end or the moment at which it was detached`() {
    let ways: [(inout Association) -> Void] = [
      { $0.endsAt = Instant(rfc3339: "2026-06-01T00:00:00Z") },
      { $0.detachedAt = Instant(rfc3339: "2026-06-01T00:00:00Z") },
      { ($0.endsAt, $0.detachedAt) = (.latest, Instant(rfc3339: "2026-06-01T00:00:00Z")) },
      { ($0.endsAt, $0.detachedAt) = (Instant(rfc3339: "2026-06-01T00:00:00Z"), .latest) },
    ]
    for way in ways {
      let ended = association(way, startsAt: start)
      #expect(hindrance(of: ended, on: before(end)) == nil && ended.covers(before(end)))
      #expect(
        hindrance(of: ended, on: end) == InvoiceHindrance(.associationEnded, ["ends_at": .instant(end)]))
      #expect(!ended.covers(end))
    }
  }

  @Test func `whose use was given back is for none`() {
    let back = association({ ($0.detachedAt, $0.isGivenBack) = (.latest, true) }, startsAt: start)
    #expect(!back.covers(start) && !back.isOpen(at: start))
  }

  @Test func `of months is for invoices of so many months from its start, or from when it was attached`() {
    let last = Instant(rfc3339: "2026-02-28T00:00:00Z")!
    for startsAt in [start, nil] {
      let one = association(startsAt: startsAt)
      #expect(hindrance(of: one, on: before(last), .months(1)) == nil)
      #expect(
        hindrance(of: one, on: last, .months(1))
          == InvoiceHindrance(.repeatedLimitReached, ["ends_at": .instant(last)]))
    }
    #expect(hindrance(of: association(startsAt: start), on: before(.latest), .months(1200 * 8)) != nil)
    #expect(BillingTerms(cadence: .months(1200)).end(from: .latest) == .latest)
  }

  @Test func `of a phase is for invoices of its time`() throws {
    let phase = try #require(Subscription.Phase(id: "trial", startsAt: start, endsAt: end))
    let open = try #require(Subscription.Phase(id: "main", startsAt: end))
    let trial = association({ $0.phaseID = "trial" }, startsAt: nil)
    let outside = InvoiceHindrance(.phaseNotCurrent, ["phase_id": .text("trial")])
    #expect(hindrance(of: trial, on: before(start), phases: [open, phase]) == outside)
    #expect(hindrance(of: trial, on: start, phases: [open, phase]) == nil)
    #expect(hindrance(of: trial, on: before(end), phases: [open, phase]) == nil)
    #expect(hindrance(of: trial, on: end, phases: [open, phase]) == outside)
    #expect(hindrance(of: trial, on: start) == outside)
    #expect(
      hindrance(of: association({ $0.phaseID = "main" }, startsAt: nil), on: .latest, phases: [open]) == nil)
    #expect(Subscription.Phase(id: "none", startsAt: end, endsAt: end) == nil)
  }
}
