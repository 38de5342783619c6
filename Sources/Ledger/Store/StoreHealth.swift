/// What a store knows of its own troubles, besides what its calls throw.
public struct StoreHealth: Sendable {
  /// Bytes of the write-ahead log on the disk; nil for a store that does not keep one of its own.
  public var logBytes: Int64?
  /// How often shortening the log has failed since the start, or had to be put off because a reader was in the way.
  public var checkpointFailures: Int
  /// Why the last attempt to shorten the log failed; nil after one that went well. Data is safe either way, but the
  /// log grows until it works again.
  public var checkpointFailure: StoreFailure?
  /// Whether the log is far longer than it should be, and the last attempt to shorten it found somebody who reads an old
  /// state of the database in the way: it grows until that reader is gone.
  public var isLogHeldUp: Bool

  /// Makes a store's health; a store without a log of its own has nothing to say.
  public init(
    logBytes: Int64? = nil, checkpointFailures: Int = 0, checkpointFailure: StoreFailure? = nil,
    isLogHeldUp: Bool = false
  ) {
    self.logBytes = logBytes
    self.checkpointFailures = checkpointFailures
    self.checkpointFailure = checkpointFailure
    self.isLogHeldUp = isLogHeldUp
  }
}
