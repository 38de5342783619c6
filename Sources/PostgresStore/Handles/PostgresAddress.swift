import Engine

/// Where a server is and how it is spoken to.
///
/// A URL as libpq takes it, `postgres://user:password@host:port/database?sslmode=require`, with two items of our own:
/// `prepared=off` sends statements without naming them, for a pooler that can't keep them, and `role=NAME` says as
/// whom transactions work (`scrip_app` if it isn't given, `none` for whoever logs in).
///
/// A URL may name several hosts, `postgres://one,two/database?target_session_attrs=read-write`: they are tried in
/// this order. Names are looked up by libpq, and a slow name server can make a connection outlast its deadline;
/// `hostaddr=` avoids that.
public struct PostgresAddress: Sendable, CustomStringConvertible {
  /// The URL without our own items.
  let url: String
  /// Whether statements are prepared under a name and kept.
  let preparesStatements: Bool
  /// The role that transactions take; nil for the one that logs in.
  let role: String?
  /// What to put in the place of the URL's hosts to try them one by one.
  let hosts: [ConnectionOptions]
  /// The address without its password.
  public let description: String

  /// The role of transactions if the URL names none.
  static let defaultRole = "scrip_app"

  /// Reads a URL.
  ///
  /// - Throws: `StoreFailure` if it isn't one that libpq understands.
  public init(_ url: String) throws(StoreFailure) {
    let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var prepared = "on"
    var role = PostgresAddress.defaultRole
    var others: [Substring] = []
    for item in parts.count == 2 ? parts[1].split(separator: "&") : [] {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      switch pair[0] {
      case "prepared": prepared = String(pair.dropFirst().first ?? "")
      case "role": role = String(pair.dropFirst().first ?? "")
      default: others.append(item)
      }
    }
    guard prepared == "on" || prepared == "off" else {
      throw PostgresAddress.malformed("prepared is on or off")
    }
    guard PostgresAddress.isPlainName(role) else {
      throw PostgresAddress.malformed("role is a name of letters, digits and underscores")
    }
    self.url = parts[0] + (others.isEmpty ? "" : "?" + others.joined(separator: "&"))
    preparesStatements = prepared == "on"
    self.role = role == "none" ? nil : role
    let options = try ConnectionOptions(url: self.url)
    hosts = options.singleHosts
    description = options.description
  }

  static func malformed(_ reason: String) -> StoreFailure {
    StoreFailure(
      kind: .other, message: "the address of the PostgreSQL server is malformed: \(reason)")
  }

  /// Whether a name needs no quotes and no escapes anywhere.
  static func isPlainName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
      return false
    }
    return name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
  }
}
