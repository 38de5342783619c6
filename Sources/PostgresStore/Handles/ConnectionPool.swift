import Dispatch
import Ledger
import Promotions
import Synchronization

/// Connections for reads, opened when they are needed, up to a bound; the one used last is used first.
final class ConnectionPool: Sendable {
  private struct State {
    var free: [PostgresConnection] = []
    var open = 0
    /// How many connections were lost and not opened again yet.
    var lost = 0
  }

  private let address: PostgresAddress
  private let schema: String
  private let connectionsMax: Int
  private let observer: (any StoreObserver)?
  private let permits: DispatchSemaphore
  private let state = Mutex(State())

  init(
    _ address: PostgresAddress, schema: String? = nil, connectionsMax: Int,
    observer: (any StoreObserver)? = nil
  ) {
    precondition(connectionsMax > 0, "a pool has at least one connection")
    self.address = address
    self.schema = schema ?? address.schema
    self.connectionsMax = connectionsMax
    self.observer = observer
    permits = DispatchSemaphore(value: connectionsMax)
  }

  /// Lends a connection to a body, which leaves no transaction open: one that it does is rolled back.
  ///
  /// - Throws: what the body throws; `unavailable` if no connection gets free, or none can be opened, in time.
  func withConnection<Result>(
    _ deadline: Deadline, _ body: (PostgresConnection) throws(StoreFailure) -> Result
  ) throws(StoreFailure) -> Result {
    guard permits.wait(timeout: .now() + .milliseconds(deadline.remainingMilliseconds)) == .success else {
      throw .postgres("53300", "all \(connectionsMax) connections are in use")
    }
    defer { permits.signal() }
    let connection = try take(deadline)
    do throws(StoreFailure) {
      let result = try body(connection)
      giveBack(connection, deadline)
      return result
    } catch {
      if error.isOfReadOnlyServer { noteLoss() } else { giveBack(connection, deadline) }
      throw error
    }
  }

  /// How many connections are open.
  var open: Int { state.withLock { $0.open } }

  /// How many of them somebody uses.
  var inUse: Int { state.withLock { $0.open - $0.free.count } }

  private func take(_ deadline: Deadline) throws(StoreFailure) -> PostgresConnection {
    while let connection = state.withLock({ $0.free.popLast() }) {
      if connection.isQuiet() { return connection }
      noteLoss()
    }
    let connection = try PostgresConnection(address, schema: schema, deadline: deadline)
    connection.observer = observer
    let isAgain = state.withLock { state in
      state.open += 1
      guard state.lost > 0 else { return false }
      state.lost -= 1
      return true
    }
    if isAgain { observer?.reconnected() }
    return connection
  }

  private func noteLoss() {
    state.withLock { state in
      state.open -= 1
      state.lost += 1
    }
  }

  private func giveBack(_ connection: PostgresConnection, _ deadline: Deadline) {
    let isClean = connection.isUsable && endTransaction(of: connection, deadline)
    if isClean { state.withLock { $0.free.append(connection) } } else { noteLoss() }
  }

  /// Says whether no transaction is open any more; where ending it fails, the connection is closed instead.
  private func endTransaction(of connection: PostgresConnection, _ deadline: Deadline) -> Bool {
    guard connection.isInTransaction else { return true }
    do throws(StoreFailure) {
      _ = try connection.roundTrip(deadline) { $0.add("ROLLBACK") }
    } catch {
      return false
    }
    return connection.isUsable && !connection.isInTransaction
  }
}
