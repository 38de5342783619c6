/// What a store on another computer reports about its work. Called from any thread; must not wait.
public protocol StoreObserver: Sendable {
  /// A transaction is run again.
  func retried(_ reason: StoreRetry)
  /// A connection that was lost is open again.
  func reconnected()
  /// A message went to the database, and its answer came back.
  func roundTrip(seconds: Double)
}

/// Why a transaction is run again.
public enum StoreRetry: String, CaseIterable, Sendable {
  /// The database could not put it in an order with others.
  case serialization
  /// It and another one waited for each other.
  case deadlock
  /// What it had read was changed by another node before it could write.
  case conflict
  /// It found more to lock than it had begun with, and began again so that locks are taken in order.
  case moreToLock = "more_to_lock"
  /// The connection broke, and it was not committed.
  case connectionLost = "connection_lost"
  /// The database did not answer, or did not get a lock, in time.
  case timeout
}

/// A store on another computer, which can say how it is doing.
public protocol ObservableStore<State>: Store {
  /// How it is doing right now.
  var condition: StoreCondition { get }
}

/// How a store on another computer is doing.
public struct StoreCondition: Hashable, Sendable {
  /// Read connections that are open.
  public var readConnections: Int
  /// Read connections that somebody reads on.
  public var readConnectionsInUse: Int
  /// Whether the database's notifications arrive, so that what other nodes changed is known at once.
  public var isListening: Bool

  /// Makes a condition.
  public init(readConnections: Int, readConnectionsInUse: Int, isListening: Bool) {
    self.readConnections = readConnections
    self.readConnectionsInUse = readConnectionsInUse
    self.isListening = isListening
  }
}
