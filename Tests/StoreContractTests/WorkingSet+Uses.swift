import Scrip

@testable import Ledger
@testable import Promotions

/// Applications with all events that led to them.
extension WorkingSet {
  /// A new application, and the event that settled each of its usages.
  mutating func putWithHistory(_ record: ApplicationRecord, of tenant: Tenant.ID = tenant) {
    put(record, of: tenant)
    let application = record.application
    if application.state == .locked { return }
    for usage in application.usages {
      var locked = usage
      locked.state = .locked
      let (reference, before) = (application.reference(to: usage), application.standing(of: locked))
      let fact: any Fact<WorkingSet> =
        application.state == .redeemed
        ? CouponRedeemed(usage: reference, before: before, wasRelocked: false)
        : CouponReleased(usage: reference, before: before, cause: .fullyRefunded)
      put(sampleEvent(record.agreedIn.sequence + 100_000, stream: .coupon(usage.couponID), fact: fact))
    }
  }
}
