import Ledger
import Scrip

import struct Forms.StoredFormError

/// What a batch needs to see of theatres.
struct BoxOfficeRequest: KeyRequest {
  var tenants: Set<Tenant.ID> = []
  var answers: Set<Owned<IdempotencyKey.Name>> = []
  var halls: Set<Owned<Hall.ID>> = []
  var bookings: Set<Owned<Booking.Name>> = []
  var cursors: Set<Owned<ProjectionName>> = []

  init() {}
  init(count: Int) {}

  mutating func addOwner(of stream: StreamID, _ tenant: Tenant.ID) {
    tenants.insert(tenant)
    if let id = stream.hallID { halls.insert(Owned(tenant, id)) }
  }

  mutating func visitKeys(_ visitor: inout some KeyVisitor, beside other: inout Self) {
    visitor.visit(&tenants, &other.tenants, .ends)
    visitor.visit(&answers, &other.answers, .ends)
    visitor.visit(&halls, &other.halls, .leadsOn)
    visitor.visit(&bookings, &other.bookings, .leadsOn)
    visitor.visit(&cursors, &other.cursors, .ends)
  }
}

/// Theatres with their halls and who has which seats: a domain that has nothing to do with the product.
struct BoxOffice: LedgerState {
  typealias Request = BoxOfficeRequest
  typealias Brought = NothingBrought

  static let projections: [any Projection<BoxOffice>] = []
  static let readers: [any LogReader<BoxOffice>] = []

  var cursors = Rows<ProjectionCursor>()

  /// There is nothing that the tables can't hold.
  enum Conflict: Hashable, Sendable, CustomStringConvertible {
    var description: String { switch self {} }
  }

  enum Reply {
    case opened
    case booked(Owned<Hall.ID>)
    case cancelled
    /// A refusal that is recorded.
    case turnedAway
  }

  enum Answer: Hashable, Sendable {
    case opened
    case booked(seatsLeft: Int64)
    case cancelled
    case turnedAway
    case full
    case unknown
    case keyReused
    case unreadable

    var word: String { String("\(self)".prefix { $0 != "(" }) }
  }

  var theatres = Rows<Theatre>()
  var halls = Rows<Hall>()
  var bookings = Rows<Booking>()
  var answers = Rows<StoredAnswer>()
  var log = LogTail()

  init() {}
  init(commands: Int) {}

  var leadsElsewhere: Bool { false }

  func visitTables<Visitor: RowVisitor>(_ visitor: inout Visitor) throws(Visitor.Failure) {
    try visitor.visit(theatres)
    try visitor.visit(halls)
    try visitor.visit(bookings)
    try visitor.visit(answers)
  }

  static let shapes: [TableShape] = {
    var list = ShapeList()
    BoxOffice().visitTables(&list)
    return list.shapes
  }()

  func head(of stream: StreamID, _ tenant: Tenant.ID) -> StreamHead? {
    if let id = stream.hallID { return halls[Owned(tenant, id)]?.head }
    return theatres[tenant]?.head
  }

  mutating func setHead(_ head: StreamHead, of stream: StreamID, _ tenant: Tenant.ID) {
    if let id = stream.hallID {
      if halls[Owned(tenant, id)] == nil { log.missing = "the hall of an event" }
      halls.count(Owned(tenant, id)) { $0.head = head }
    } else {
      if theatres[tenant] == nil { log.missing = "the theatre of an event" }
      theatres.count(tenant) { $0.head = head }
    }
  }

  static let kinds: [any Fact<BoxOffice>.Type] = [
    TheatreOpened.self, HallOpened.self, SeatsBooked.self, BookingCancelled.self,
  ]

  static func fact(
    type: String, payload: [UInt8], skippingEncoded: Bool
  ) throws(StoredFormError) -> (any Fact<BoxOffice>)? {
    for kind in kinds where kind.name == type { return try kind.read(payload) }
    return nil
  }

  func hindrance(to fact: any Fact<BoxOffice>, in stream: StreamID, of tenant: Tenant.ID) -> StoreFailure? {
    stream.hallID.flatMap { halls.unreadable[Owned(tenant, $0)] }
  }

  func answer(_ reply: Reply, of tenant: Tenant.ID) throws(StoreFailure) -> Answer {
    switch reply {
    case .opened: return .opened
    case .cancelled: return .cancelled
    case .turnedAway: return .turnedAway
    case .booked(let key):
      guard let hall = halls[key] else { throw .corrupt("the hall of an answer") }
      return .booked(seatsLeft: hall.seatsLeft)
    }
  }

  func kept(_ answer: Answer, of tenant: Tenant.ID) throws(StoreFailure) -> KeptForm? {
    switch answer {
    case .keyReused, .unreadable: nil
    case .booked(let left): KeptForm(kind: answer.word, body: Array("\(left)".utf8))
    case .opened, .cancelled, .turnedAway, .full, .unknown: KeptForm(kind: answer.word, body: [])
    }
  }

  static var keyReused: Answer { .keyReused }

  static func unreadable(_ failure: StoreFailure) -> Answer { .unreadable }

  /// Finds what is asked for.
  static let loading: MemoryStore<BoxOffice>.Loading = { (request, tables, state) throws(StoreFailure) in
    try tables.load(request.tenants, into: &state.theatres)
    try tables.load(request.answers, into: &state.answers)
    try tables.load(request.halls, into: &state.halls)
    try tables.load(request.bookings, into: &state.bookings)
  }
}
