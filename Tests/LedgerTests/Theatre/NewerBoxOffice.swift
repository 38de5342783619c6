import Ledger
import Scrip

import struct Forms.StoredFormError

/// The theatres of a later program. Its rows are the same, and some of its facts have other forms.
struct NewerBoxOffice: LedgerState {
  typealias Request = BoxOfficeRequest
  typealias Brought = NothingBrought
  typealias Reply = BoxOffice.Reply
  typealias Answer = BoxOffice.Answer
  typealias Conflict = BoxOffice.Conflict

  var office = BoxOffice()

  init() {}
  init(commands: Int) {}

  var log: LogTail {
    get { office.log }
    _modify { yield &office.log }
  }
  var answers: Rows<StoredAnswer> {
    get { office.answers }
    _modify { yield &office.answers }
  }
  var cursors: Rows<ProjectionCursor> {
    get { office.cursors }
    _modify { yield &office.cursors }
  }
  var leadsElsewhere: Bool { office.leadsElsewhere }

  static let projections: [any Projection<NewerBoxOffice>] = []
  static let readers: [any LogReader<NewerBoxOffice>] = []

  func visitTables<Visitor: RowVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
    try office.visitTables(&visitor)
  }

  static var shapes: [TableShape] { BoxOffice.shapes }

  func head(of stream: StreamID, _ tenant: Tenant.ID) -> StreamHead? { office.head(of: stream, tenant) }

  mutating func setHead(_ head: StreamHead, of stream: StreamID, _ tenant: Tenant.ID) {
    office.setHead(head, of: stream, tenant)
  }

  /// The step of the schema that says that every program knows today's facts.
  static let step = FormStep(2)

  static let formerFacts: [any FormerFact<NewerBoxOffice>.Type] = [FormerSeatsBooked.self]

  private static let kinds: [any Fact<NewerBoxOffice>.Type] =
    [
      Unchanged<TheatreOpened>.self, Unchanged<HallOpened>.self, ExplainedCancellation.self, SeatsTaken.self,
      SeatsHeld.self,
    ] + formerFacts

  static func fact(
    type: String, payload: [UInt8], skippingEncoded: Bool
  ) throws(StoredFormError) -> (any Fact<NewerBoxOffice>)? {
    for kind in kinds where kind.name == type { return try kind.read(payload) }
    return nil
  }

  func hindrance(to fact: any Fact<NewerBoxOffice>, in stream: StreamID, of tenant: Tenant.ID)
    -> StoreFailure?
  {
    nil
  }

  func answer(_ reply: Reply, of tenant: Tenant.ID) throws(StoreFailure) -> Answer {
    try office.answer(reply, of: tenant)
  }

  func kept(_ answer: Answer, of tenant: Tenant.ID) throws(StoreFailure) -> KeptForm? {
    try office.kept(answer, of: tenant)
  }

  static var keyReused: Answer { BoxOffice.keyReused }

  static func unreadable(_ failure: StoreFailure) -> Answer { .unreadable }

  static let loading: MemoryStore<NewerBoxOffice>.Loading = { (request, tables, state) throws(StoreFailure) in
    try BoxOffice.loading(request, tables, &state.office)
  }
}

/// Nothing is in the later program's way.
struct NoNewerSteward: Steward {
  typealias Obstacle = Never

  func putRight(_ state: inout NewerBoxOffice, at now: Instant, _ identifiers: IdentifierSource) {}

  func review(
    _ verdict: Verdict<NewerBoxOffice>, on command: Command<NewerBoxOffice>, _ state: inout NewerBoxOffice,
    in transaction: any StoreTransaction<NewerBoxOffice>, without tried: Set<Never>
  ) throws(StoreFailure) -> Review<Never> { .stands }

  func remove(_ obstacles: [Never]) throws(StoreFailure) {}

  func shutDown() async {}
}

/// Books seats as the later program does: held seats are a fact of their own.
struct TakeSeats: Action {
  var hallID: Hall.ID
  var booking: Booking.Name
  var seats: Int64 = 1
  var heldUntil: Instant?
  var isGift = false

  func ask(
    for request: inout BoxOfficeRequest, of tenant: Tenant.ID, given state: NewerBoxOffice, now: Instant
  ) {
    request.halls.insert(Owned(tenant, hallID))
    request.bookings.insert(Owned(tenant, booking))
  }

  func verdict(_ state: NewerBoxOffice, _ context: DecisionContext) -> Verdict<NewerBoxOffice> {
    let key = Owned(context.tenant, hallID)
    guard let hall = state.office.halls[key], hall.seatsLeft >= seats else { return .refused(.full) }
    var facts: [(stream: StreamID, fact: any Fact<NewerBoxOffice>)] = [
      (.hall(hallID), SeatsTaken(booking: booking, seats: seats, isGift: isGift))
    ]
    if let heldUntil { facts.append((.hall(hallID), SeatsHeld(booking: booking, until: heldUntil))) }
    return .decision(Decision(facts, reply: .booked(key)))
  }
}

/// Gives seats back, and says why.
struct CancelWithReason: Action {
  var booking: Booking.Name
  var reason: String?

  func ask(
    for request: inout BoxOfficeRequest, of tenant: Tenant.ID, given state: NewerBoxOffice, now: Instant
  ) {
    CancelBooking(booking: booking).ask(for: &request, of: tenant, given: state.office, now: now)
  }

  func verdict(_ state: NewerBoxOffice, _ context: DecisionContext) -> Verdict<NewerBoxOffice> {
    guard let found = state.office.bookings[Owned(context.tenant, booking)] else { return .refused(.unknown) }
    let fact = ExplainedCancellation(booking: booking, reason: reason)
    return .decision(Decision([(.hall(found.hallID), fact)], reply: .cancelled))
  }
}
