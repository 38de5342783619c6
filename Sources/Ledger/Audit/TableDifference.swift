import struct Scrip.Exact

/// Rows of one table that are not what the event log says.
public struct TableDifference: Hashable, Sendable {
  /// The table.
  @Exact public var table: String
  /// How many rows the log says should be there and are not, or not so.
  public var missing: Int
  /// How many rows are there that the log does not explain.
  public var unexplained: Int
  /// Some of those rows, for people.
  public var samples: [String]  // String: shown, never looked up

  /// Makes a difference.
  public init(table: String, missing: Int, unexplained: Int, samples: [String]) {
    self.table = table
    self.missing = missing
    self.unexplained = unexplained
    self.samples = samples
  }
}
