import Testing

@testable import Scrip

@Suite struct `Life cycles` {
  @Test func `of coupons allow these steps and no others`() {
    let allowed: [Coupon.State: Set<Coupon.State>] = [
      .draft: [.active, .archived], .active: [.disabled, .archived], .disabled: [.active, .archived],
      .archived: [],
    ]
    for state in Coupon.State.allCases {
      for next in Coupon.State.allCases {
        #expect(state.canBecome(next) == (allowed[state]?.contains(next) ?? false), "\(state) → \(next)")
      }
    }
  }

  @Test func `of usages count until they are released`() {
    #expect(Usage.State.allCases.filter(\.isLive) == [.locked, .redeemed])
    #expect(UseCounts(locked: 2, redeemed: 3).live == 5)
  }

  @Test(arguments: Usage.State.allCases) func `of usages over their limits count nowhere`(state: Usage.State)
  {
    var usage = Usage(
      id: .init(1), couponID: .init(2), version: 1, code: CouponCode("TEN")!, state: state, amount: 1,
      counters: [.budget(eur)])
    #expect(usage.isCounted == state.isLive && !usage.isOverLimit)
    usage.goOverLimit()
    #expect(!usage.isCounted && usage.isOverLimit && usage.counters.isEmpty && usage.state == state)
  }

  @Test(arguments: Usage.State.allCases) func `of locks end at their last moment`(state: Usage.State) {
    let application = DiscountApplication(
      id: .init(1), orderID: "o", state: state, lockedAt: noon, expiresAt: noon.adding(seconds: 900),
      currency: eur,
      discount: 1, total: 1, snapshot: QuoteSnapshot(quote: [], basis: []), usages: [])
    #expect(!application.hasExpired(at: Instant(microseconds: noon.adding(seconds: 900).microseconds - 1)))
    #expect(application.hasExpired(at: noon.adding(seconds: 900)) == (state == .locked))
  }
}

@Suite struct `Names in the API` {
  @Test func `of reasons are stable`() {
    #expect(
      RefusalReason.allCases.map(\.rawValue) == [
        "code_malformed", "suspected_fraud", "already_applied", "unknown_code", "coupon_unreadable",
        "coupon_not_active",
        "coupon_disabled", "billing_only", "checkout_only", "coupon_revoked", "subscription_cancelled",
        "already_attached", "not_started", "expired", "owner_mismatch", "identity_required",
        "currency_mismatch", "not_eligible", "no_eligible_lines", "minimum_not_reached",
        "usage_limit_reached", "code_limit_reached", "user_limit_reached", "period_limit_reached",
        "budget_exhausted", "budget_of_checkouts", "association_not_started", "association_ended",
        "phase_not_current", "once_violated", "repeated_limit_reached", "line_not_invoiced", "exceeds_amount",
        "combination_disallowed", "better_discount_applied", "no_effect",
      ])
  }

  @Test func `of reasons have a coarser name in the Universal Commerce Protocol`() {
    let known: [RefusalReason: String] = [
      .expired: "expired", .alreadyApplied: "already_applied",
      .combinationDisallowed: "combination_disallowed",
      .betterDiscountApplied: "combination_disallowed", .identityRequired: "user_not_logged_in",
      .ownerMismatch: "user_ineligible", .notEligible: "user_ineligible",
      .userLimitReached: "user_ineligible",
    ]
    for reason in RefusalReason.allCases {
      #expect(reason.ucpCode == "discount_code_\(known[reason] ?? "invalid")")
    }
  }

  @Test func `of reasons that are about what is used up`() {
    #expect(
      RefusalReason.allCases.filter(\.isConflict) == [
        .usageLimitReached, .codeLimitReached, .userLimitReached, .periodLimitReached, .budgetExhausted,
      ])
  }
}
