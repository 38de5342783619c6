import Ledger
import Scrip

/// What identifies a hall.
enum HallSubject: Identified {
  static let prefix = "hall"
}

/// A hall with seats to be sold.
struct Hall: Hashable, Sendable {
  typealias ID = Identifier<HallSubject>

  @Exact var name: String
  var seats: Int64
  var sold: Int64
  var head: StreamHead

  var seatsLeft: Int64 { seats - sold }
}

extension StreamKind {
  static let hall = StreamKind(200)
}

extension StreamID {
  static func hall(_ id: Hall.ID) -> StreamID { StreamID(.hall, id.value) }

  var hallID: Hall.ID? { kind == .hall ? Hall.ID(id) : nil }
}

extension Hall: StoredRow {
  static let shape = TableShape(
    Self.self, "hall", noun: "hall",
    counting: TableShape.Count(["sold"], refusal: "more seats would be sold than there are"), endsOf: .hall)

  static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Hall.ID>?
  ) throws(StoreFailure) -> Owned<Hall.ID> {
    Owned(try walk.tenant(key?.tenant), try walk.column("id", .key, key?.value))
  }

  static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Hall.ID>
  ) throws(StoreFailure) -> Self {
    Self(
      name: try walk.column("name", .fixed, row?.name), seats: try walk.count("seats", .plain, row?.seats),
      sold: try walk.count("sold", .hot, row?.sold), head: try walk.head(row?.head))
  }

  static func label(of key: Owned<Hall.ID>) -> String { key.value.description }
}

/// Seats that somebody has, or holds until a moment. Without any it is no row.
struct Booking: Hashable, Sendable {
  typealias Name = ExactText<Booking>

  var hallID: Hall.ID
  var seats: Int64
  var heldUntil: Instant?

  func isOver(at now: Instant) -> Bool { heldUntil.map { $0 <= now } ?? false }
}

extension Booking: StoredRow {
  static let shape = TableShape(Self.self, "booking", noun: "booking")

  static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<Name>?
  ) throws(StoreFailure) -> Owned<Name> {
    Owned(try walk.tenant(key?.tenant), try walk.column("name", .key, key?.value))
  }

  static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<Name>
  ) throws(StoreFailure) -> Self {
    Self(
      hallID: try walk.column("hall_id", .fixed, row?.hallID),
      seats: try walk.count("seats", .plain, row?.seats),
      heldUntil: try walk.optional("held_until", .plain, row?.heldUntil))
  }

  static func label(of key: Owned<Name>) -> String { key.value.text }

  var isVoid: Bool { seats == 0 }
}

/// The house itself: the tenant.
struct Theatre: Hashable, Sendable {
  @Exact var name: String
  var head: StreamHead
}

extension Theatre: StoredRow {
  static let shape = TableShape(Self.self, "theatre", noun: "theatre", endsOf: .tenant)

  static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Tenant.ID?
  ) throws(StoreFailure) -> Tenant.ID { try walk.tenant(key) }

  static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Tenant.ID
  ) throws(StoreFailure) -> Self {
    Self(name: try walk.column("name", .plain, row?.name), head: try walk.head(row?.head))
  }

  static func label(of key: Tenant.ID) -> String { key.description }
}
