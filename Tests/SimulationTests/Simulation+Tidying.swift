import Ledger
import Promotions
import Scrip

/// Locks that are over. When somebody tidies one, which makes room in its campaigns, is the engine's own affair: the log
/// tells of it.
extension Simulation {
  /// A lock that was tidied.
  struct Tidied {
    let position: Int64
    let tenant: Tenant.ID
    let application: DiscountApplication.ID
  }

  /// What was written since somebody last asked.
  ///
  /// A page may end early while any transaction of the server, also of another test, is open; only an empty page is the
  /// end.
  mutating func news() throws -> [StoredEvent] {
    var log: [StoredEvent] = []
    while true {
      let page = try store.events(EventFilter(after: log.last?.position ?? heard, limit: 1000))
      if page.isEmpty { break }
      log += page
    }
    heard = log.last?.position ?? heard
    return log
  }

  /// Where the first event stands of each request that has written any.
  static func places(of requests: [String], in news: [StoredEvent]) -> [Int: Int64] {
    var places: [Int: Int64] = [:]
    for event in news.reversed() {
      if let place = requests.firstIndex(of: event.envelope.requestID ?? "") {
        places[place] = event.position
      }
    }
    return places
  }

  static func tidied(_ news: [StoredEvent]) throws -> [Tidied] {
    try news.compactMap { event in
      guard let released = try WorkingSet.understand(event).fact as? CouponReleased,
        released.cause == .expired || released.cause == .revoked
      else { return nil }
      return Tidied(
        position: event.position, tenant: event.envelope.tenant,
        application: released.usage.applicationID)
    }
  }

  /// Notes what was tidied.
  mutating func note(_ tidied: some Sequence<Tidied>) {
    for lock in tidied {
      guard let place = shops.firstIndex(where: { $0.tenant == lock.tenant }),
        let application = shops[place].applicationIDs.firstIndex(of: lock.application)
      else { continue }
      shops[place].ledger.tidy(application)
    }
  }

  /// Settles steps in their order, and what was tidied between them.
  ///
  /// - Parameter places: where the first event stands of each step that has written any. What was tidied before one was
  ///   there for those before it that have written nothing.
  mutating func settle(
    _ order: [Int], _ news: [StoredEvent], _ places: [Int: Int64],
    _ settle: (inout Simulation, Int) throws -> Void
  ) throws {
    var tidied = try Simulation.tidied(news)[...]
    for (number, step) in order.enumerated() {
      let next = order[number...].lazy.compactMap { places[$0] }.first ?? .max
      let before = tidied.prefix { $0.position < next }
      note(before)
      tidied = tidied.dropFirst(before.count)
      try settle(&self, step)
    }
    note(tidied)
  }
}
