import CommandLineClient
import Ledger
import PostgresStore
import Promotions
import SQLiteStore

/// How a store is opened.
struct StoreSettings: Sendable {
  /// Whether missing steps of the schema are taken; otherwise an older schema is refused.
  var migrates = false
  /// How many reads run at once.
  var readersMax = 8
  /// How many transactions run at once, where the store can do that.
  var writersMax = 1
  /// How long a server may take for a read or a transaction.
  var timeout = Duration.seconds(5)
  /// How far off the clock may be.
  var clockTolerance = ClockTolerance.usual
  /// Whom a server's store reports to.
  var observer: (any StoreObserver)?
}

/// A store that is open, whatever its kind.
struct OpenStore: Sendable {
  let store: any RebuildableStore<WorkingSet>
  /// The same, to be copied from.
  let source: any CopySource<WorkingSet>
  /// The same, to be filled.
  let target: any CopyTarget<WorkingSet>
  private let end: @Sendable () -> Void

  /// Ends it in an orderly way. Whatever was committed is durable already.
  func close() { end() }
}

extension OpenStore {
  fileprivate init(path: String, _ settings: StoreSettings) throws(StoreFailure) {
    let store = try SQLiteStore(
      path: path, tolerance: settings.clockTolerance, readersMax: settings.readersMax,
      migrates: settings.migrates)
    self.init(store: store, source: store, target: store, end: { store.checkpoint() })
  }

  fileprivate init(_ address: PostgresAddress, _ settings: StoreSettings) throws(StoreFailure) {
    let configuration = PostgresConfiguration(
      address: address, connectionsMax: settings.readersMax, writersMax: settings.writersMax,
      timeoutMilliseconds: Int(settings.timeout / .milliseconds(1)), observer: settings.observer,
      tolerance: settings.clockTolerance)
    let store = try PostgresStore(configuration, migrates: settings.migrates)
    self.init(store: store, source: store, target: store, end: { store.shutDown() })
  }
}

extension StoreLocation {
  /// Opens the store, which must be there already unless it may be made.
  func open(_ settings: StoreSettings = StoreSettings(), makes: Bool = false) throws(ToolError) -> OpenStore {
    if !makes { try requireThere() }
    do throws(StoreFailure) {
      switch self {
      case .sqlite(let path): return try OpenStore(path: path, settings)
      case .postgres(let address): return try OpenStore(address, settings)
      }
    } catch {
      throw ToolError(error)
    }
  }
}
