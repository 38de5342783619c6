import Testing

@testable import Scrip

@Suite struct `A personal coupon` {
  private func entry(
    state: Coupon.State = .active, live: Int64 = 0, used: Int64 = 0,
    codes: [(limit: Int64?, used: Int64)] = [(nil, 0)], _ change: (inout CouponTerms) -> Void = { _ in }
  ) -> PersonalCoupon {
    let coupon = Coupon(
      id: Coupon.ID(1), state: state, version: 1, terms: terms(percent("10"), change),
      uses: UseCounts(redeemed: live), createdAt: noon, updatedAt: noon)
    return PersonalCoupon(
      coupon: coupon,
      codes: codes.enumerated().map { index, code in
        let grant = CodeGrant(code: CouponCode("code-\(index)")!, display: "", limit: code.limit)
        return PersonalCoupon.Code(grant: grant, used: code.used)
      }, used: used)
  }

  @Test func `can be used once if nothing is said`() {
    #expect(entry().reason(at: noon) == nil)
    #expect(entry().limit == 1 && entry().remaining == 1)
    #expect(entry(used: 1).reason(at: noon) == .userLimitReached)
    #expect(entry(used: 1).remaining == 0)
  }

  @Test func `gives the reason that stands first in the list`() {
    func close(_ terms: inout CouponTerms) {
      terms.validity = Validity(endsAt: noon)!
      terms.limits.total = 1
    }
    func reason(_ entry: PersonalCoupon) -> RefusalReason? { entry.reason(at: noon) }
    let usedUp: [(limit: Int64?, used: Int64)] = [(1, 1)]
    #expect(reason(entry(state: .draft, live: 1, used: 1, codes: usedUp, close)) == .couponNotActive)
    #expect(reason(entry(state: .disabled, live: 1, used: 1, codes: usedUp, close)) == .couponDisabled)
    #expect(reason(entry(live: 1, used: 1, codes: usedUp, close)) == .expired)
    #expect(reason(entry { $0.validity = Validity(startsAt: noon.adding(seconds: 1))! }) == .notStarted)
    #expect(reason(entry(live: 1, used: 1, codes: usedUp) { $0.limits.total = 1 }) == .usageLimitReached)
    #expect(reason(entry(live: 1, used: 1, codes: usedUp)) == .codeLimitReached)
    #expect(reason(entry(codes: [])) == .codeLimitReached)
  }

  @Test func `can be used while one of its codes can`() {
    let entry = entry(live: 3, used: 2, codes: [(1, 1), (3, 2)]) { $0.limits.perUser = 9 }
    #expect(entry.reason(at: noon) == nil)
    #expect(entry.remaining == 1)
  }

  @Test func `has as many uses left as the narrowest limit leaves`() {
    func remaining(live: Int64, used: Int64, codes: [(limit: Int64?, used: Int64)]) -> Int64 {
      entry(live: live, used: used, codes: codes) {
        $0.limits.total = 10
        $0.limits.perUser = 5
      }.remaining
    }
    #expect(remaining(live: 2, used: 2, codes: [(nil, 2)]) == 3)
    #expect(remaining(live: 8, used: 2, codes: [(nil, 2)]) == 2)
    #expect(remaining(live: 2, used: 2, codes: [(2, 1), (1, 1)]) == 1)
    #expect(remaining(live: 2, used: 2, codes: [(2, 1), (nil, 1)]) == 3)
    #expect(remaining(live: 12, used: 7, codes: [(1, 3)]) == 0)
    #expect(remaining(live: 0, used: 0, codes: []) == 0)
  }
}
