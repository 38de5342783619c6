import Digest
import Engine
import Foundation
import SQLiteStore

extension Flag {
  /// Where everything is kept.
  static let folder: [Flag] = [
    .setting(
      "data", "FOLDER", usual: DataFolder.usualPath,
      usualText: "$XDG_DATA_HOME/scrip, or ~/.local/share/scrip",
      "The folder that holds the database and the identity key; made if missing."),
    .setting(
      "store", "STORE", usualText: "sqlite:FOLDER/scrip.db",
      "The database: sqlite: and the path of its file."),
  ]
}

/// The folder on disk that holds everything a service has to keep: readable by its owner alone.
struct DataFolder: Sendable {
  /// The folder.
  let path: String
  /// The database file.
  let databasePath: String

  /// The data folder of the person who runs the program.
  static var usualPath: String {
    let environment = ProcessInfo.processInfo.environment
    if let home = environment["XDG_DATA_HOME"], home.hasPrefix("/") { return home + "/scrip" }
    return (environment["HOME"] ?? ".") + "/.local/share/scrip"
  }

  /// The folder that the flags name.
  init(_ invocation: Invocation) throws(ToolError) {
    path = try invocation.required("data")
    let store = invocation["store"] ?? "sqlite:\(path)/scrip.db"
    guard store.hasPrefix("sqlite:"), store.count > 7 else {
      throw .usage(
        "\(invocation.source(of: "store")) must be like sqlite:/var/lib/scrip/scrip.db, not '\(store)'.")
    }
    databasePath = String(store.dropFirst(7))
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

  /// Opens the store, which must be there already unless `creates`.
  func open(creates: Bool = false, migrates: Bool = false) throws(ToolError) -> SQLiteStore {
    if !creates { try requireDatabase() }
    do throws(StoreFailure) {
      return try SQLiteStore(path: databasePath, migrates: migrates)
    } catch {
      throw ToolError(error)
    }
  }

  /// Fails if there is no database: a verb that looks at one must not make an empty one by mistake.
  func requireDatabase() throws(ToolError) {
    guard FileManager.default.fileExists(atPath: databasePath) else {
      throw .usage("There is no database at \(databasePath); --data names the folder of the service.")
    }
  }

  /// The path of the key under which e-mail addresses and the like are hashed.
  var identityKeyPath: String { path + "/identity.key" }

  /// The key under which e-mail addresses and the like are hashed: given, or kept in the folder, or made now.
  func identityKey(given text: String?) throws(ToolError) -> [UInt8] {
    if let text {
      guard let key = bytes(hexadecimal: text), key.count == 32 else {
        throw .usage("The identity key must be 64 hexadecimal digits.")
      }
      return key
    }
    if let kept = FileManager.default.contents(atPath: identityKeyPath) {
      guard kept.count == 32 else { throw .failure("\(identityKeyPath) must hold 32 bytes.") }
      return [UInt8](kept)
    }
    let key = SecureRandom.bytes(32)
    // Exclusive, so that two services that start together end up with one key: the loser reads the winner's.
    let isMade = try write(key, to: identityKeyPath)
    return isMade ? key : try identityKey(given: nil)
  }

  /// Writes a private file that must not be there yet; false if it is.
  private func write(_ bytes: [UInt8], to path: String) throws(ToolError) -> Bool {
    let temporary = "\(path).\(ProcessInfo.processInfo.processIdentifier)"
    guard
      FileManager.default.createFile(
        atPath: temporary, contents: Data(bytes), attributes: [.posixPermissions: 0o600])
    else { throw .failure("\(temporary) can't be written.") }
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    do {
      try FileManager.default.linkItem(atPath: temporary, toPath: path)
      return true
    } catch {
      if FileManager.default.fileExists(atPath: path) { return false }
      throw .failure("\(path) can't be written: \(reason(of: error))")
    }
  }
}

/// Why the system refused something about a file, in a few words.
func reason(of error: any Error) -> String {
  switch (error as? CocoaError)?.code {
  case .fileNoSuchFile, .fileReadNoSuchFile: "there is no such file or folder"
  case .fileWriteFileExists: "a file of this name is in the way"
  case .fileReadNoPermission, .fileWriteNoPermission: "permission denied"
  case .fileWriteOutOfSpace: "the disk is full"
  default: error.localizedDescription
  }
}

/// Bytes of hexadecimal digits in pairs; nil for anything else.
func bytes(hexadecimal text: String) -> [UInt8]? {
  let digits = text.map(\.hexDigitValue)
  guard digits.count.isMultiple(of: 2) else { return nil }
  var bytes: [UInt8] = []
  for position in stride(from: 0, to: digits.count, by: 2) {
    guard let high = digits[position], let low = digits[position + 1] else { return nil }
    bytes.append(UInt8(high * 16 + low))
  }
  return bytes
}

extension ToolError {
  /// The store broke.
  init(_ failure: StoreFailure) {
    self = .failure(
      "The store failed: \(failure.message) (\(failure.kind), code \(failure.code))\(ToolError.advice(failure.kind))"
    )
  }

  private static func advice(_ kind: StoreFailure.Kind) -> String {
    switch kind {
    case .corrupt: ". Keep the folder as it is, and put a backup in its place: docs/operating.md"
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

/// Runs a body on the store; a failure ends the verb.
func withStore<Value>(_ body: () throws(StoreFailure) -> Value) throws(ToolError) -> Value {
  do throws(StoreFailure) {
    return try body()
  } catch {
    throw ToolError(error)
  }
}
