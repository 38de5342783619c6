import CommandLineClient
import Foundation
import Ledger
import Promotions

extension Flag {
  /// Where everything is kept.
  static let folder: [Flag] = [
    .setting(
      "data", "FOLDER", usual: DataFolder.usualPath,
      usualText: "$XDG_DATA_HOME/scrip, or ~/.local/share/scrip",
      "The folder that holds the database and the identity key; made if missing."),
    .setting(
      "store", "STORE", usualText: "sqlite:FOLDER/scrip.db",
      "The database: sqlite:PATH, or postgres://user@host:port/database."),
    .setting(
      "store-timeout", "TIME", usual: "5s", "How long PostgreSQL may take for a read or a transaction."),
    .toggle(
      "trust-clock",
      "Believe the clock although it is far from the moment of the last commit. docs/operating/clock.md"),
  ]
}

/// The folder on disk that holds what a service has to keep: readable by its owner alone. The database is in it, or
/// where else the flags say.
struct DataFolder: Sendable {
  /// The folder.
  let path: String
  /// Where the database is.
  let store: StoreLocation
  /// How long a server may take.
  let timeout: Duration
  /// How far off the clock may be.
  let clockTolerance: ClockTolerance

  /// The data folder of the person who runs the program.
  static var usualPath: String {
    let environment = ProcessInfo.processInfo.environment
    if let home = environment["XDG_DATA_HOME"], home.hasPrefix("/") { return home + "/scrip" }
    return (environment["HOME"] ?? ".") + "/.local/share/scrip"
  }

  /// The folder that the flags name.
  init(_ invocation: Invocation) throws(ToolError) {
    path = try invocation.required("data")
    store = try StoreLocation(
      invocation["store"] ?? "sqlite:\(path)/scrip.db", source: invocation.source(of: "store"))
    timeout = try invocation.duration("store-timeout")
    clockTolerance = try invocation.isOn("trust-clock") ? .told : .usual
  }

  /// Makes the folder if it is missing.
  func create() throws(ToolError) {
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw .failure(
        "The data folder \(path) can't be made: \(reason(of: error)). Choose one with --data (or SCRIP_DATA)."
      )
    }
    guard FileManager.default.isWritableFile(atPath: path) else {
      throw .failure(
        """
        The data folder \(path) can't be written. Let the user who runs the service own it, or choose another one \
        with --data (or SCRIP_DATA).
        """)
    }
  }

  /// Opens the store for a verb, as the schema is; it must be there already.
  func open() throws(ToolError) -> OpenStore {
    try store.open(StoreSettings(timeout: timeout, clockTolerance: clockTolerance))
  }
}

extension ToolError {
  /// The store broke.
  init(_ failure: StoreFailure) {
    self = .failure("The store failed: \(failure.words)\(ToolError.advice(failure))")
  }

  private static func advice(_ failure: StoreFailure) -> String {
    if failure.code == StoreFailure.clockCode {
      return ". If the clock is right, pass --trust-clock (or set SCRIP_TRUST_CLOCK): docs/operating/clock.md"
    }
    return switch failure.kind {
    case .corrupt: ". Keep the folder as it is, and put a backup in its place: docs/operating/backup.md"
    case .full: ". Make room on the disk and try again."
    default: ""
    }
  }

  /// A command got no answer.
  init(_ failure: CommandFailure) {
    switch failure {
    case .overloaded: self = .unreachable("Too many commands are waiting; try again.")
    case .shuttingDown: self = .unreachable("The service is shutting down.")
    case .store(let failure): self.init(failure)
    }
  }
}

extension StoreFailure {
  /// What went wrong, without any value.
  var words: String { code.map { "\(message) (\(kind), code \($0))" } ?? message }
}

/// Runs a body on the store; a failure ends the verb.
func withStore<Value>(_ body: () throws(StoreFailure) -> Value) throws(ToolError) -> Value {
  do throws(StoreFailure) {
    return try body()
  } catch {
    throw ToolError(error)
  }
}
