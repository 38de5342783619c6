import Ledger
import Scrip

extension WorkingSet {
  /// Gives back every lock of the set whose time is over. One that can't be, because something of it can't be read, stays
  /// for the commands that are about it to be refused, and for the tidier to report.
  mutating func giveBackLate(at moment: Instant, _ identifiers: IdentifierSource) {
    _ = giveBack(at: moment, identifiers) { set, key, application in
      application.hasExpired(at: set.now(of: key.tenant, at: moment))
        && set.hindrance(to: application.release(because: .expired), of: key.tenant) == nil
    }
  }

  /// Gives back every lock of the set that its coupon has revoked, or whose time is over. Says how many there were.
  mutating func giveBackVoid(at moment: Instant, _ identifiers: IdentifierSource) -> Int {
    giveBack(at: moment, identifiers) { set, key, application in
      application.hasExpired(at: set.now(of: key.tenant, at: moment))
        || application.state == .locked && set.isRevoked(application, key.tenant)
    }
  }

  private mutating func giveBack(
    at moment: Instant, _ identifiers: IdentifierSource,
    _ isVoid: (WorkingSet, Owned<DiscountApplication.ID>, DiscountApplication) -> Bool
  ) -> Int {
    let void = applications.all.filter { isVoid(self, $0.key, $0.value.application) }
    for (key, record) in void.sorted(by: { $0.key < $1.key }) {
      let application = record.application
      let context = DecisionContext(
        now: now(of: key.tenant, at: moment), moment: moment, actor: .system, requestID: nil,
        tenant: key.tenant,
        identifiers: identifiers)
      let cause: ReleaseCause = isRevoked(application, key.tenant) ? .revoked : .expired
      let facts = application.release(because: cause)
      if let failure = hindrance(to: facts, of: key.tenant) {
        log.missing = failure.subject
        continue
      }
      append(facts, of: key.tenant, context)
    }
    return void.count
  }
}
