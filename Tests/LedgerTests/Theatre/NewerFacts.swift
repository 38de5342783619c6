import Forms
import Ledger
import Scrip

/// A fact that is the same in the later program.
struct Unchanged<Base: Fact<BoxOffice>>: Fact {
  static var formName: String { Base.formName }

  var base: Base

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    Base.walk(&walk, fact?.base).map { Self(base: $0) }
  }

  func addNeeds(to request: inout BoxOfficeRequest, of tenant: Tenant.ID) {
    base.addNeeds(to: &request, of: tenant)
  }

  func fold(into state: inout NewerBoxOffice, at place: EventPlace) {
    base.fold(into: &state.office, at: place)
  }
}

/// The older program's fact with one member more, which changes nothing of what the older one counts.
struct ExplainedCancellation: Fact {
  static let formName = BookingCancelled.formName

  var booking: Booking.Name
  @Exact var reason: String?

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let booking = walk.required("booking", fact?.booking, .name(Booking.Name.self))
    let reason = walk.sparse("reason", fact?.reason, .text())
    guard let booking, let reason else { return nil }
    return Self(booking: booking, reason: reason)
  }

  func addNeeds(to request: inout BoxOfficeRequest, of tenant: Tenant.ID) {
    request.bookings.insert(Owned(tenant, booking))
  }

  func fold(into state: inout NewerBoxOffice, at place: EventPlace) {
    BookingCancelled(booking: booking).fold(into: &state.office, at: place)
  }
}

/// Somebody has seats: the one half of what was `SeatsBooked`.
struct SeatsTaken: Fact {
  static let formName = "SeatsTaken"

  var booking: Booking.Name
  var seats: Int64
  var isGift: Bool

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let booking = walk.required("booking", fact?.booking, .name(Booking.Name.self))
    let seats = walk.required("seats", fact?.seats, .integer(1, to: 1_000_000))
    let isGift = walk.required("is_gift", fact?.isGift, .flag())
    guard let booking, let seats, let isGift else { return nil }
    return Self(booking: booking, seats: seats, isGift: isGift)
  }

  func fold(into state: inout NewerBoxOffice, at place: EventPlace) {
    SeatsBooked(booking: booking, seats: seats).fold(into: &state.office, at: place)
  }
}

/// Seats are somebody's until a moment: the other half.
struct SeatsHeld: Fact {
  static let formName = "SeatsHeld"

  var booking: Booking.Name
  var until: Instant

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    let booking = walk.required("booking", fact?.booking, .name(Booking.Name.self))
    let until = walk.required("until", fact?.until, .instant())
    guard let booking, let until else { return nil }
    return Self(booking: booking, until: until)
  }

  func addNeeds(to request: inout BoxOfficeRequest, of tenant: Tenant.ID) {
    request.bookings.insert(Owned(tenant, booking))
  }

  func fold(into state: inout NewerBoxOffice, at place: EventPlace) {
    state.office.bookings.change(Owned(place.tenant, booking)) { $0.heldUntil = until }
  }
}

/// What both were before.
struct FormerSeatsBooked: FormerFact {
  typealias State = NewerBoxOffice

  static let formName = SeatsBooked.formName
  static let replacedAt = NewerBoxOffice.step

  var base: SeatsBooked

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ fact: Self?) -> Self? {
    SeatsBooked.walk(&walk, fact?.base).map { Self(base: $0) }
  }

  static func saying(
    _ facts: [any Fact<NewerBoxOffice>]
  ) -> (form: any Fact<NewerBoxOffice>, count: Int)? {
    // It has no word for gifts.
    guard let taken = facts.first as? SeatsTaken, !taken.isGift else { return nil }
    let held = facts.dropFirst().first as? SeatsHeld
    let booked = SeatsBooked(booking: taken.booking, seats: taken.seats, heldUntil: held?.until)
    return (Self(base: booked), held == nil ? 1 : 2)
  }

  func upgraded() -> [any Fact<NewerBoxOffice>] {
    let taken = SeatsTaken(booking: base.booking, seats: base.seats, isGift: false)
    guard let until = base.heldUntil else { return [taken] }
    return [taken, SeatsHeld(booking: base.booking, until: until)]
  }
}
