import Ledger
import Scrip
import Synchronization

/// Nothing is ever in the way.
struct NoSteward: Steward {
  typealias Obstacle = Never

  func putRight(_ state: inout BoxOffice, at moment: Instant, _ identifiers: IdentifierSource) {}

  func review(
    _ verdict: Verdict<BoxOffice>, on command: Command<BoxOffice>, _ state: inout BoxOffice,
    in transaction: any StoreTransaction<BoxOffice>, without tried: Set<Never>
  ) throws(StoreFailure) -> Review<Never> { .stands }

  func remove(_ obstacles: [Never]) throws(StoreFailure) {}

  func shutDown() async {}
}

/// Before somebody is turned away, a certain booking is cancelled whose time is over.
final class Usher: Steward {
  private let store: MemoryStore<BoxOffice>
  private let late: Owned<Booking.Name>
  private let isStuck: Bool
  private let state = Mutex<(removed: [Owned<Booking.Name>], isShutDown: Bool)>(([], false))

  init(store: MemoryStore<BoxOffice>, late: Owned<Booking.Name>, isStuck: Bool = false) {
    self.store = store
    self.late = late
    self.isStuck = isStuck
  }

  /// What it was asked to put away.
  var removed: [Owned<Booking.Name>] { state.withLock { $0.removed } }
  var isShutDown: Bool { state.withLock { $0.isShutDown } }

  func putRight(_ state: inout BoxOffice, at moment: Instant, _ identifiers: IdentifierSource) {}

  func review(
    _ verdict: Verdict<BoxOffice>, on command: Command<BoxOffice>, _ state: inout BoxOffice,
    in transaction: any StoreTransaction<BoxOffice>, without tried: Set<Owned<Booking.Name>>
  ) throws(StoreFailure) -> Review<Owned<Booking.Name>> {
    guard case .refused(.full) = verdict, !tried.contains(late) else { return .stands }
    var request = BoxOfficeRequest()
    request.bookings.insert(late)
    try transaction.load(request, into: &state)
    return state.bookings[late]?.isOver(at: transaction.now) == true ? .hindered([late]) : .stands
  }

  func remove(_ obstacles: [Owned<Booking.Name>]) throws(StoreFailure) {
    state.withLock { $0.removed += obstacles }
    if isStuck { return }
    for key in obstacles { try cancel(key) }
  }

  private func cancel(_ key: Owned<Booking.Name>) throws(StoreFailure) {
    try store.transaction { (transaction: any StoreTransaction<BoxOffice>) throws(StoreFailure) in
      var (state, request) = (BoxOffice(), BoxOfficeRequest())
      request.bookings.insert(key)
      try transaction.load(request, into: &state)
      guard let booking = state.bookings[key] else { return }
      request.addOwner(of: .hall(booking.hallID), key.tenant)
      try transaction.load(request, into: &state)
      let context = DecisionContext(
        now: transaction.now, moment: transaction.now, actor: .system, requestID: nil, tenant: key.tenant,
        identifiers: IdentifierSource { 0 })
      let fact = BookingCancelled(booking: key.value)
      state.append([(.hall(booking.hallID), fact)], of: key.tenant, context)
      try transaction.write(state)
    }
  }

  func shutDown() async { state.withLock { $0.isShutDown = true } }
}
