import Ledger
import Promotions
import Scrip

/// How a PostgreSQL store works.
public struct PostgresConfiguration: Sendable {
  /// Where the server is.
  public var address: PostgresAddress
  /// How many connections read at once; more reads wait.
  public var connectionsMax: Int
  /// How many connections write at once: one for each lane of the committer, and one that tidies.
  public var writersMax: Int
  /// How long a transaction or a read may take, in milliseconds, with all its retries.
  public var timeoutMilliseconds: Int
  /// Whom retries, reconnections and round trips are reported to.
  public var observer: (any StoreObserver)?
  /// What says the time; nil for the database's clock, which all nodes share.
  public var clock: (@Sendable () -> Instant)?
  /// How far off the clock may be.
  public var tolerance: ClockTolerance

  /// Makes a configuration.
  public init(
    address: PostgresAddress, connectionsMax: Int = 8, writersMax: Int = 3, timeoutMilliseconds: Int = 5000,
    observer: (any StoreObserver)? = nil, clock: (@Sendable () -> Instant)? = nil,
    tolerance: ClockTolerance = .unlimited
  ) {
    self.address = address
    self.connectionsMax = connectionsMax
    self.writersMax = writersMax
    self.timeoutMilliseconds = timeoutMilliseconds
    self.observer = observer
    self.clock = clock
    self.tolerance = tolerance
  }
}
