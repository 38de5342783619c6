import struct Scrip.Instant

/// What a relay did on one node since it started.
public struct RelayNumbers: Hashable, Sendable {
  /// Whether this node has the relay.
  public var isHolding = false
  /// How many events were carried.
  public var carried = 0
  /// How often the receiver was found to have lost events of a tenant.
  public var losses = 0
  /// When the oldest event happened that waited when it was last looked; nil if none did.
  public var oldest: Instant?
}

/// For how long a lease is certain, by time as it passes here.
struct RelayLease {
  private let end: ContinuousClock.Instant

  /// A lease that began no later than a moment.
  init(from moment: ContinuousClock.Instant, seconds: Int64) { end = moment + .seconds(seconds) }

  func lasts(for duration: Duration) -> Bool { ContinuousClock.now + duration < end }
}
