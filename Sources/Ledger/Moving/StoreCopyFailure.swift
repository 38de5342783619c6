/// Why a store was not copied.
public enum StoreCopyFailure: Error, Sendable {
  /// The source broke. The target is as empty as it was.
  case source(StoreFailure)
  /// The target broke. It is as empty as it was, unless the failure came with its commit.
  case target(StoreFailure)
  /// The target holds data already.
  case targetNotEmpty
  /// The target knows another identity key than the source. It is as empty as it was.
  case otherIdentityKey
  /// Somebody wrote to the source meanwhile. The target is as empty as it was.
  case sourceChanged
  /// So many events of the source are not shown yet, because a transaction that may still write is open on its server.
  /// The target is as empty as it was.
  case logWithheld(events: Int64)
  /// The source's tables are not what its log says. The target is as empty as it was.
  case rowsDiffer([RowCountDifference])
  /// What was written is not what can be read. The target must not be used.
  case unfaithful([String])
}

/// A table that does not have as many rows as its source.
public struct RowCountDifference: Hashable, Sendable {
  /// The table.
  public let table: StoredTable
  /// Rows in the source.
  public let source: Int64
  /// Rows that its log leads to.
  public let target: Int64
}
