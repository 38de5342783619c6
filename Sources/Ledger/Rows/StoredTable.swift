import struct Scrip.Exact

/// A table that holds something of a tenant's, by the name that it has in every store.
public struct StoredTable: Hashable, Sendable {
  /// Its name.
  @Exact public var name: String

  /// The log.
  public static let event = StoredTable(name: "event")
  /// Answers under idempotency keys.
  public static let answer = StoredTable(StoredAnswer.shape)

  /// A declared table.
  public init(_ shape: TableShape) { self.init(name: shape.name) }

  private init(name: String) { self.name = name }
}

extension LedgerState {
  /// Every table, the log last.
  public static var tables: [StoredTable] { shapes.map(StoredTable.init) + [.event] }
}
