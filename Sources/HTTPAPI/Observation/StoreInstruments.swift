import Ledger
import Promotions
import Synchronization

/// Counts what a store reports. One on another computer tells of its connections, one on this computer of its log.
final class StoreInstruments: Sendable {
  private static let reasons = StoreRetry.allCases
  private static let reasonIndex = Dictionary(
    uniqueKeysWithValues: reasons.enumerated().map { ($0.element, $0.offset) })

  private let retries = reasons.map { _ in Counter() }
  private let reconnects = Counter()
  private let roundTrips = Histogram(Histogram.seconds)
  private let gauges = Mutex<Gauges?>(nil)
  private let health = Mutex<(@Sendable () -> StoreHealth)?>(nil)
  private let unreadable = Mutex<(@Sendable () -> Int)?>(nil)

  private struct Gauges {
    let condition: @Sendable () -> StoreCondition
    let waitingReads: @Sendable () -> Int
  }

  func retried(_ reason: StoreRetry) {
    if let index = StoreInstruments.reasonIndex[reason] { retries[index].add() }
  }

  func reconnected() { reconnects.add() }

  func roundTrip(seconds: Double) { roundTrips.record(seconds) }

  func observe(
    _ condition: @escaping @Sendable () -> StoreCondition, waitingReads: @escaping @Sendable () -> Int
  ) {
    gauges.withLock { $0 = Gauges(condition: condition, waitingReads: waitingReads) }
  }

  func observe(_ health: @escaping @Sendable () -> StoreHealth) { self.health.withLock { $0 = health } }

  func observeUnreadableRows(_ count: @escaping @Sendable () -> Int) { unreadable.withLock { $0 = count } }

  func write(to output: inout Exposition) {
    writeHealth(to: &output)
    if let count = unreadable.withLock({ $0 })?() {
      output.family(
        "scrip_store_unreadable_rows", "gauge",
        "Rows that can't be read: left out of lists and prices, or shown in part, since the start.")
      output.sample("scrip_store_unreadable_rows", [], count)
    }
    guard let gauges = gauges.withLock({ $0 }) else { return }
    let condition = gauges.condition()
    writeCounters(to: &output)
    func gauge(_ name: String, _ help: String, _ value: Int) {
      output.family(name, "gauge", help)
      output.sample(name, [], value)
    }
    gauge("scrip_store_read_connections", "Open read connections.", condition.readConnections)
    gauge(
      "scrip_store_read_connections_in_use", "Read connections that somebody reads on.",
      condition.readConnectionsInUse)
    gauge("scrip_store_reads_waiting", "Reads that wait for a thread.", gauges.waitingReads())
    gauge(
      "scrip_store_listening", "Whether the database's notifications arrive.", condition.isListening ? 1 : 0)
  }

  private func writeHealth(to output: inout Exposition) {
    guard let health = health.withLock({ $0 })?(), let bytes = health.logBytes else { return }
    output.family("scrip_store_log_bytes", "gauge", "Length of the write-ahead log.")
    output.sample("scrip_store_log_bytes", [], Int(bytes))
    output.family(
      "scrip_store_checkpoint_failures_total", "counter",
      "Attempts to shorten the write-ahead log that failed or that a reader stood in the way of.")
    output.sample("scrip_store_checkpoint_failures_total", [], health.checkpointFailures)
  }

  private func writeCounters(to output: inout Exposition) {
    output.family(
      "scrip_store_retries_total", "counter", "Transactions that were run again, by reason.")
    // All of them from the start: a rate from nothing to one is no rate.
    for (reason, counter) in zip(StoreInstruments.reasons, retries) {
      output.sample("scrip_store_retries_total", [("reason", reason.rawValue)], counter.value)
    }
    output.family("scrip_store_reconnects_total", "counter", "Lost connections that were opened again.")
    output.sample("scrip_store_reconnects_total", [], reconnects.value)
    output.family(
      "scrip_store_round_trip_duration_seconds", "histogram", "Time from a message to the database's answer.")
    output.histogram("scrip_store_round_trip_duration_seconds", [], roundTrips)
  }
}

extension Metrics: StoreObserver {
  /// A transaction is run again.
  public func retried(_ reason: StoreRetry) { store.retried(reason) }

  /// A connection that was lost is open again.
  public func reconnected() { store.reconnected() }

  /// A message went to the database, and its answer came back.
  public func roundTrip(seconds: Double) { store.roundTrip(seconds: seconds) }

  /// Shows what the store knows of its own troubles.
  public func observeHealth(_ health: @escaping @Sendable () -> StoreHealth) { store.observe(health) }

  /// Shows how many damaged rows lists had to leave out.
  public func observeUnreadableRows(_ count: @escaping @Sendable () -> Int) {
    store.observeUnreadableRows(count)
  }

  /// Shows what is counted of the store, and how it is doing.
  public func observeStore(
    _ condition: @escaping @Sendable () -> StoreCondition, waitingReads: @escaping @Sendable () -> Int
  ) {
    store.observe(condition, waitingReads: waitingReads)
  }
}
