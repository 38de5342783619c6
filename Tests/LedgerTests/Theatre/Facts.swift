import Forms
import Ledger
import Scrip

/// A theatre has opened.
struct TheatreOpened: Fact {
  static let formName = "TheatreOpened"

  @Exact var name: String

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    guard let name = walk.required("name", fact?.name, .text()) else { return nil }
    return Self(name: name)
  }

  func fold(into state: inout BoxOffice, at place: EventPlace) {
    state.theatres.insert(Theatre(name: name, head: .empty), for: place.tenant)
  }
}

/// A hall has seats to sell.
struct HallOpened: Fact {
  static let formName = "HallOpened"

  @Exact var name: String
  var seats: Int64

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let name = walk.required("name", fact?.name, .text())
    let seats = walk.required("seats", fact?.seats, .integer(0, to: 1_000_000))
    guard let name, let seats else { return nil }
    return Self(name: name, seats: seats)
  }

  func fold(into state: inout BoxOffice, at place: EventPlace) {
    state.halls.insert(Hall(name: name, seats: seats, sold: 0, head: .empty), for: place.hall)
  }
}

/// Somebody has seats.
struct SeatsBooked: Fact {
  static let formName = "SeatsBooked"

  var booking: Booking.Name
  var seats: Int64
  var heldUntil: Instant?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let booking = walk.required("booking", fact?.booking, .name(Booking.Name.self))
    let seats = walk.required("seats", fact?.seats, .integer(1, to: 1_000_000))
    let heldUntil = walk.sparse("held_until", fact?.heldUntil, .instant())
    guard let booking, let seats, let heldUntil else { return nil }
    return Self(booking: booking, seats: seats, heldUntil: heldUntil)
  }

  func fold(into state: inout BoxOffice, at place: EventPlace) {
    state.bookings.insert(
      Booking(hallID: place.hall.value, seats: seats, heldUntil: heldUntil), for: Owned(place.tenant, booking)
    )
    state.halls.allow(place.hall, upTo: state.halls[place.hall]?.seats)
    state.halls.count(place.hall) { $0.sold += seats }
  }
}

/// Somebody does not come.
struct BookingCancelled: Fact {
  static let formName = "BookingCancelled"

  var booking: Booking.Name

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    guard let booking = walk.required("booking", fact?.booking, .name(Booking.Name.self)) else { return nil }
    return Self(booking: booking)
  }

  func addNeeds(to request: inout BoxOfficeRequest, of tenant: Tenant.ID) {
    request.bookings.insert(Owned(tenant, booking))
  }

  func fold(into state: inout BoxOffice, at place: EventPlace) {
    let key = Owned(place.tenant, booking)
    let seats = state.bookings[key]?.seats ?? 0
    state.bookings.change(key) { $0.seats = 0 }
    state.halls.count(place.hall) { $0.sold -= seats }
  }
}

extension EventPlace {
  var hall: Owned<Hall.ID> {
    guard let id = stream.hallID else { preconditionFailure("a hall's fact is in its stream") }
    return Owned(tenant, id)
  }
}
