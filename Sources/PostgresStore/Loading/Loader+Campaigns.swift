import Ledger
import Promotions
import Scrip

/// Rows in which streams end besides those of coupons and tenants, and what is counted behind their locks.
///
/// They are locked behind orders and coupons, in one statement, so in the order of their keys. A transaction that finds
/// out later that it needs others begins again with all of them, because locks that are taken out of order close circles.
extension Loader {
  /// The request with what tries before this one have found to be locked.
  ///
  /// - Throws: `StoreFailure` with code `SC002` if there is more to lock.
  mutating func lockingOwners(of request: LoadRequest) throws(StoreFailure) -> LoadRequest {
    if locks == .none { return request }
    var request = request
    if held == nil { request.shelf = request.shelf(with: wanted) }
    var more = LoadRequest()
    more.shelf = request.shelf
    more.subtract(owners)
    let isLate = !more.isEmpty && !owners.isEmpty
    owners.shelf = request.shelf(with: owners)
    owners.counters.formUnion(request.counters.filter { $0.value.counter.campaignID != nil })
    // Who begins again and again waits for nobody: the database ends a circle, if it comes to one.
    guard isLate, restarts < Loader.restartsMax else { return request }
    wanted.shelf = owners.shelf
    throw .moreToLock
  }

  /// Loads the campaigns of applications, and behind their locks the counters that giving back usages will change.
  mutating func loadCampaigns(
    of applications: Rows<ApplicationRecord>, into set: inout WorkingSet
  ) throws(StoreFailure) {
    if locks == .none { return }
    var owed = LoadRequest()
    for (key, record) in applications.all {
      for usage in record.application.usages {
        for counter in usage.counters {
          guard let id = counter.campaignID else { continue }
          owed.counters.insert(Owned(key.tenant, CounterKey(couponID: usage.couponID, counter: counter)))
          owed.shelf[CampaignRow.self].insert(Owned(key.tenant, id))
        }
      }
    }
    owed.subtract(owners)
    if owed.isEmpty { return }
    let request = try lockingOwners(of: owed)
    var plan = LoadPlan()
    var session = session
    var leading = 0
    let results = try connection.roundTrip(session.deadline) { pipeline in
      leading = session.see(request.mentionedTenants, in: &pipeline)
      plan.add(request, .nothingMore, to: &pipeline)
    }
    self.session = session
    _ = try plan.read(Array(results[leading...]), into: &set)
  }
}

extension LoadRequest {
  /// The keys of ordinary tables' rows of this request and another one.
  fileprivate func shelf(with other: LoadRequest) -> KeyShelf {
    var (both, rest) = (LoadRequest(), LoadRequest())
    both.shelf = shelf
    rest.shelf = other.shelf
    both.formUnion(rest)
    return both.shelf
  }
}
