import Dispatch
import Ledger
import Scrip
import Synchronization

/// Opens the theatre.
struct OpenTheatre: Action {
  var name = "Globe"

  func ask(for request: inout BoxOfficeRequest, of tenant: Tenant.ID, given state: BoxOffice, now: Instant) {}

  func verdict(_ state: BoxOffice, _ context: DecisionContext) -> Verdict<BoxOffice> {
    .decision(Decision([(.tenant, TheatreOpened(name: name))], reply: .opened))
  }
}

/// Opens a hall.
struct OpenHall: Action {
  var id: Hall.ID
  var seats: Int64

  func ask(for request: inout BoxOfficeRequest, of tenant: Tenant.ID, given state: BoxOffice, now: Instant) {
    request.halls.insert(Owned(tenant, id))
  }

  func verdict(_ state: BoxOffice, _ context: DecisionContext) -> Verdict<BoxOffice> {
    .decision(Decision([(.hall(id), HallOpened(name: "Pit", seats: seats))], reply: .opened))
  }
}

/// Books seats, for good or until a moment.
struct BookSeats: Action {
  /// What is done if there are too few.
  enum IfFull { case refuse, record, sellAllTheSame }

  var hallID: Hall.ID
  var booking: Booking.Name
  var seats: Int64 = 1
  var heldUntil: Instant?
  var ifFull = IfFull.refuse

  func ask(for request: inout BoxOfficeRequest, of tenant: Tenant.ID, given state: BoxOffice, now: Instant) {
    request.halls.insert(Owned(tenant, hallID))
    request.bookings.insert(Owned(tenant, booking))
  }

  func verdict(_ state: BoxOffice, _ context: DecisionContext) -> Verdict<BoxOffice> {
    let key = Owned(context.tenant, hallID)
    guard let hall = state.halls[key], state.bookings[Owned(context.tenant, booking)] == nil else {
      return .refused(.unknown)
    }
    if hall.seatsLeft < seats {
      switch ifFull {
      case .refuse: return .refused(.full)
      case .record: return .decision(Decision(reply: .turnedAway))
      case .sellAllTheSame: break
      }
    }
    let fact = SeatsBooked(booking: booking, seats: seats, heldUntil: heldUntil)
    return .decision(Decision([(.hall(hallID), fact)], reply: .booked(key)))
  }

  func hashSubject(into hasher: inout Hasher) { hasher.combine(hallID) }
}

/// Gives seats back.
struct CancelBooking: Action {
  var booking: Booking.Name

  func ask(for request: inout BoxOfficeRequest, of tenant: Tenant.ID, given state: BoxOffice, now: Instant) {
    request.bookings.insert(Owned(tenant, booking))
    if let found = state.bookings[Owned(tenant, booking)] {
      request.halls.insert(Owned(tenant, found.hallID))
    }
  }

  func verdict(_ state: BoxOffice, _ context: DecisionContext) -> Verdict<BoxOffice> {
    guard let found = state.bookings[Owned(context.tenant, booking)] else { return .refused(.unknown) }
    return .decision(
      Decision([(.hall(found.hallID), BookingCancelled(booking: booking))], reply: .cancelled))
  }
}

/// Changes nothing and holds a lane up until it is let go, so that commands wait together.
final class HoldUp: Action {
  private let begun = DispatchSemaphore(value: 0)
  private let gate = DispatchSemaphore(value: 0)
  private let hasBegun = Atomic(false)

  func ask(for request: inout BoxOfficeRequest, of tenant: Tenant.ID, given state: BoxOffice, now: Instant) {}

  func verdict(_ state: BoxOffice, _ context: DecisionContext) -> Verdict<BoxOffice> {
    if !hasBegun.exchange(true, ordering: .relaxed) { begun.signal() }
    gate.wait()
    return .refused(.unknown)
  }

  /// Waits until the lane is held up.
  func reached() async {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { [begun] in
        begun.wait()
        continuation.resume()
      }
    }
  }

  func open() { gate.signal() }
}
