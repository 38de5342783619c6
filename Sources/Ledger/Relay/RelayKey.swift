import struct Scrip.Tenant

/// Under which names relays keep what they keep.
public enum RelayKey {
  /// The version that cursors of relays have: carrying has only one.
  public static let version: Int64 = 1

  private static let prefix = "relay_"

  /// The piece of work of a carrier: a kind of its own, which nodes claim that have such a carrier.
  public static func work(_ carrier: ProjectionName) -> Owned<DueKey> {
    Owned(.house, DueKey(DueWork.Kind(prefix + carrier.text)))
  }

  /// The carrier of a piece of work; nil for work of any other kind.
  public static func carrier(of work: DueKey) -> ProjectionName? {
    carrier(of: ProjectionName(work.kind.text))
  }

  /// The name of a carrier's cursors: beside those of projections, which no relay is.
  public static func cursor(_ carrier: ProjectionName) -> ProjectionName {
    ProjectionName(prefix + carrier.text)
  }

  /// The carrier of a cursor; nil for a projection's.
  public static func carrier(of cursor: ProjectionName) -> ProjectionName? {
    cursor.text.hasPrefix(prefix) ? ProjectionName(String(cursor.text.dropFirst(prefix.count))) : nil
  }
}

/// How a relay's cursor is to move.
public struct RelayMove: Hashable, Sendable {
  /// Whose, of which carrier.
  public let cursor: Owned<ProjectionName>
  /// Where it is; 0 where nothing was carried yet.
  public let from: Int64
  /// Where it is to be.
  public let to: Int64

  /// Describes a move.
  public init(cursor: Owned<ProjectionName>, from: Int64, to: Int64) {
    self.cursor = cursor
    self.from = from
    self.to = to
  }
}

extension StoreTransaction {
  /// Moves a relay's cursor.
  ///
  /// - Throws: `StoreFailure` if somebody else has moved it.
  public func move(_ move: RelayMove) throws(StoreFailure) {
    var request = State.Request()
    request.cursors.insert(move.cursor)
    var state = State()
    try load(request, into: &state)
    guard state.cursors[move.cursor]?.position ?? 0 == move.from else { throw .claimLost }
    state.cursors.advance(move.cursor, to: ProjectionCursor(version: RelayKey.version, position: move.to))
    try write(state)
  }
}
