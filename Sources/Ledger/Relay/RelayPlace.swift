import struct Scrip.Tenant

/// How far a tenant's events were carried.
public struct RelayPlace: Hashable, Sendable {
  /// The position of the last event that has arrived; 0 before the first.
  public var position: Int64
  /// The number that the receiver gave it; 0 if that is not known, or it numbers nothing.
  public var number: Int64
  /// How often operators have had events carried again.
  public var generation: Int64

  /// Names a place.
  public init(position: Int64 = 0, number: Int64 = 0, generation: Int64 = 0) {
    self.position = position
    self.number = number
    self.generation = generation
  }

  init(cursor: ProjectionCursor?, mark: ProjectionCursor?) {
    position = cursor?.position ?? 0
    number = mark.map { $0.position - 1 } ?? 0
    generation = mark?.version ?? 0
  }

  /// The row that holds the number and the generation. One that says nothing is no row.
  var mark: ProjectionCursor {
    ProjectionCursor(version: generation, position: number == 0 && generation == 0 ? 0 : number + 1)
  }
}

/// How a relay is to go on with a tenant's events.
public struct RelayMove: Hashable, Sendable {
  /// Whose.
  public let tenant: Tenant.ID
  /// By which carrier.
  public let carrier: ProjectionName
  /// Where it is.
  public let from: RelayPlace
  /// Where it is to be.
  public let to: RelayPlace

  /// Describes a move.
  public init(of tenant: Tenant.ID, by carrier: ProjectionName, from: RelayPlace, to: RelayPlace) {
    self.tenant = tenant
    self.carrier = carrier
    self.from = from
    self.to = to
  }
}

extension Store {
  /// How far a tenant's events were carried.
  public func relayPlace(of tenant: Tenant.ID, by carrier: ProjectionName) throws(StoreFailure) -> RelayPlace
  {
    RelayPlace(
      cursor: try cursor(Owned(tenant, RelayKey.cursor(carrier))),
      mark: try cursor(Owned(tenant, RelayKey.mark(carrier))))
  }
}

extension StoreTransaction {
  /// Moves a relay's cursor, and what the receiver calls the event there.
  ///
  /// - Throws: `StoreFailure` if somebody else has moved either.
  public func move(_ move: RelayMove) throws(StoreFailure) {
    let cursor = Owned(move.tenant, RelayKey.cursor(move.carrier))
    let mark = Owned(move.tenant, RelayKey.mark(move.carrier))
    var request = State.Request()
    request.cursors = [cursor, mark]
    var state = State()
    try load(request, into: &state)
    guard RelayPlace(cursor: state.cursors[cursor], mark: state.cursors[mark]) == move.from else {
      throw .claimLost
    }
    if move.to.position != move.from.position {
      state.cursors.advance(
        cursor, to: ProjectionCursor(version: RelayKey.version, position: move.to.position))
    }
    if move.to.mark != move.from.mark { state.cursors.advance(mark, to: move.to.mark) }
    try write(state)
  }
}
