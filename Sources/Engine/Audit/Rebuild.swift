import Scrip
import Wire

/// A store whose tables can be folded again from its event log.
public protocol RebuildableStore: Store {
  /// An empty store of the same kind in a temporary place. It takes whatever the log says: it refuses no count for being
  /// over a limit, since one that was lowered later says nothing about earlier uses, no second live application of an
  /// order, and no code that another coupon has.
  func makeScratch() throws(StoreFailure) -> any Store

  /// The live applications of those orders of a scratch store that have several, which the tables of this store can't
  /// hold.
  func secondApplications(in scratch: any Store) throws(StoreFailure) -> [Owned<DiscountApplication.ID>]

  /// Where the folded tables of this store and a scratch store differ; empty if they are the same.
  func differences(to scratch: any Store) throws(StoreFailure) -> [TableDifference]

  /// Replaces the folded tables by those of a scratch store, in one transaction.
  func adopt(_ scratch: any Store) throws(StoreFailure)
}

/// Rows of one table that are not what the event log says.
public struct TableDifference: Hashable, Sendable {
  /// The table.
  @Exact public var table: String
  /// How many rows the log says should be there and are not, or not so.
  public var missing: Int
  /// How many rows are there that the log does not explain.
  public var unexplained: Int
  /// Some of those rows, for people.
  public var samples: [String]  // String: shown, never looked up

  /// Makes a difference.
  public init(table: String, missing: Int, unexplained: Int, samples: [String]) {
    self.table = table
    self.missing = missing
    self.unexplained = unexplained
    self.samples = samples
  }
}

/// Folds the event log again into a scratch store, by the same function that made the tables.
public struct Rebuild: Sendable {
  /// Where the log is folded into.
  public let scratch: any Store
  /// How many events were folded.
  public private(set) var events: Int64 = 0
  /// Orders of which the log has several live applications. The tables hold one of each.
  public private(set) var conflicts: [OrderConflict] = []

  /// Folds a store's whole log.
  ///
  /// - Parameters:
  ///   - pageSize: how many events are folded in one transaction; makes no difference to the result.
  ///   - progress: called after every page with the number of events folded so far.
  /// - Throws: `StoreFailure`, of kind `corrupt` for an event that can't be understood.
  public init(
    of store: any RebuildableStore, pageSize: Int = 1000, progress: (Int64) -> Void = { _ in }
  ) throws(StoreFailure) {
    scratch = try store.makeScratch()
    var position: Int64 = 0
    while true {
      let page = try store.events(EventFilter(after: position, limit: pageSize))
      guard let last = page.last else { break }
      position = last.position
      try fold(page)
      events += Int64(page.count)
      progress(events)
    }
    try settle(store.secondApplications(in: scratch))
  }

  private mutating func settle(_ found: [Owned<DiscountApplication.ID>]) throws(StoreFailure) {
    if found.isEmpty { return }
    conflicts = try scratch.transaction { (transaction: any StoreTransaction) throws(StoreFailure) in
      var set = WorkingSet()
      var request = LoadRequest()
      request.locks = Set(found)
      try transaction.load(request, into: &set)
      let conflicts = OrderConflict.all(in: set)
      for conflict in conflicts { set.settle(conflict) }
      try transaction.write(set)
      return conflicts
    }
  }

  private func fold(_ page: [StoredEvent]) throws(StoreFailure) {
    var chained: [ChainedEvent] = []
    for stored in page { chained.append(try ChainedEvent(stored)) }
    let events = chained
    try scratch.transaction { (transaction: any StoreTransaction) throws(StoreFailure) in
      var set = WorkingSet()
      var request = LoadRequest()
      for event in events { request.add(event.event) }
      try transaction.load(request, into: &set)
      for event in events { set.apply(event) }
      try transaction.write(set)
    }
  }
}

extension ChainedEvent {
  /// Understands a stored event.
  ///
  /// - Throws: `StoreFailure`, of kind `schema` for a fact that only a newer version of this program knows, of kind
  ///   `corrupt` for one that can't be understood.
  public init(_ stored: StoredEvent) throws(StoreFailure) {
    let envelope = stored.envelope
    guard let actor = Actor(stored: envelope.actor) else {
      throw StoreFailure(kind: .corrupt, message: "event \(stored.position) names no actor")
    }
    guard EventFacts.knows(envelope.type) else {
      throw StoreFailure(
        kind: .schema,
        message:
          "event \(stored.position) is of type \(envelope.type), which this version does not know: "
          + "a newer version of this program is needed to fold the log")
    }
    let fact: any EventFact
    do throws(StoredFormError) {
      fact = try EventFacts.read(type: envelope.type, payload: stored.payload)
    } catch {
      throw StoreFailure(kind: .corrupt, message: "event \(stored.position): \(error)")
    }
    self.init(
      event: Event(
        tenant: envelope.tenant, stream: envelope.stream, sequence: envelope.sequence, at: envelope.at,
        actor: actor,
        requestID: envelope.requestID, fact: fact), payload: stored.payload, hash: stored.hash)
  }
}

extension LoadRequest {
  /// Asks for what an event changes.
  mutating func add(_ event: Event) {
    let tenant = event.tenant
    tenants.insert(tenant)
    if case .coupon(let id) = event.stream { coupons.insert(Owned(tenant, id)) }
    event.fact.addNeeds(to: &self, of: tenant)
  }
}
