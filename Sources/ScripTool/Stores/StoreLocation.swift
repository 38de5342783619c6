import CommandLineClient
import Foundation
import Ledger
import PostgresStore
import Promotions

/// Where the data of record is: in a file of this computer, or in the database of a server.
enum StoreLocation: Sendable, CustomStringConvertible {
  case sqlite(path: String)
  case postgres(PostgresAddress)

  /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`.
  ///
  /// - Parameter source: the flag or variable that it was given with, as people know it. What was given may hold a
  ///   password and is never repeated.
  init(_ text: String, source: String) throws(ToolError) {
    if text.hasPrefix("sqlite:"), text.count > 7 {
      self = .sqlite(path: String(text.dropFirst(7)))
      return
    }
    guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else {
      throw .usage(
        "\(source) must be like sqlite:/var/lib/scrip/scrip.db or postgres://user@host:5432/database.")
    }
    do throws(StoreFailure) {
      self = .postgres(try PostgresAddress(text))
    } catch {
      throw .usage("\(source): \(error.message).")
    }
  }

  /// How it is written, without a password.
  var description: String {
    switch self {
    case .sqlite(let path): "sqlite:\(path)"
    case .postgres(let address): address.description
    }
  }

  /// Whether everything is in a file of this computer.
  var isLocal: Bool {
    switch self {
    case .sqlite: true
    case .postgres: false
    }
  }

  /// Fails if there is no database: a verb that looks at one must not make an empty one by mistake. Of a server that
  /// is only known once it is asked.
  func requireThere() throws(ToolError) {
    guard case .sqlite(let path) = self, !FileManager.default.fileExists(atPath: path) else { return }
    throw .usage("There is no database at \(path); --data names the folder of the service.")
  }
}
