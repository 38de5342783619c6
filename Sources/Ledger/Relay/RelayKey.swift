import struct Scrip.Tenant

/// Under which names relays keep what they keep.
public enum RelayKey {
  /// The version that cursors of relays have: carrying has only one.
  public static let version: Int64 = 1

  private static let prefix = "relay_"
  private static let markPrefix = "mark_relay_"

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

  /// The name of what the receiver calls the last event that was carried: it stands beside the cursor, in a row of its own
  /// that holds a generation and a number.
  public static func mark(_ carrier: ProjectionName) -> ProjectionName {
    ProjectionName(markPrefix + carrier.text)
  }

  /// Whether a cursor is no place in the log, but a mark.
  static func isMark(_ cursor: ProjectionName) -> Bool { cursor.text.hasPrefix(markPrefix) }

  /// The carrier of a cursor; nil for a projection's.
  public static func carrier(of cursor: ProjectionName) -> ProjectionName? {
    cursor.text.hasPrefix(prefix) ? ProjectionName(String(cursor.text.dropFirst(prefix.count))) : nil
  }
}
