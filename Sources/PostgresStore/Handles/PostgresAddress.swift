import Ledger
import Promotions

/// Where a server is and how it is spoken to.
///
/// A URL as libpq takes it, `postgres://user:password@host:port/database?sslmode=require`, with items of our own:
///
/// - `schema=NAME`: the schema that holds the tables, `scrip` if it isn't given. Several of them in one database, each
///   with any number of tenants, know nothing of each other.
/// - `role=NAME`: as whom transactions work: `scrip_app` if it isn't given, `none` for whoever logs in.
/// - `prepared=off`: statements are sent without naming them, for a pooler that can't keep them.
/// - `citus=on`: the schema is on a cluster that can't do everything that one server can. Row-level security is left
///   out, and transactions work as whoever logs in if no role is given.
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
  /// The schema that holds the tables.
  let schema: String
  /// Whether the schema is on a Citus cluster.
  let isOnCitus: Bool
  /// What to put in the place of the URL's hosts to try them one by one.
  let hosts: [ConnectionOptions]
  /// The address without its password.
  public let description: String

  /// The role of transactions if the URL names none.
  static let defaultRole = "scrip_app"

  /// The schema if the URL names none. Statements are written with it.
  static let defaultSchema = "scrip"

  /// Reads a URL.
  ///
  /// - Throws: `StoreFailure` if it isn't one that libpq understands.
  public init(_ url: String) throws(StoreFailure) {
    let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    var own: [Substring: String] = [:]
    var others: [Substring] = []
    for item in parts.count == 2 ? parts[1].split(separator: "&") : [] {
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if PostgresAddress.ownItems.contains(pair[0]) {
        own[pair[0]] = String(pair.dropFirst().first ?? "")
      } else {
        others.append(item)
      }
    }
    self.url = parts[0] + (others.isEmpty ? "" : "?" + others.joined(separator: "&"))
    preparesStatements = try PostgresAddress.flag("prepared", own["prepared"] ?? "on")
    isOnCitus = try PostgresAddress.flag("citus", own["citus"] ?? "off")
    let role = own["role"] ?? (isOnCitus ? "none" : PostgresAddress.defaultRole)
    guard PostgresAddress.isPlainName(role) else {
      throw PostgresAddress.malformed("role is a name of letters, digits and underscores")
    }
    self.role = role == "none" ? nil : role
    schema = try PostgresAddress.schema(own["schema"] ?? PostgresAddress.defaultSchema)
    let options = try ConnectionOptions(url: self.url)
    hosts = options.singleHosts
    description =
      options.description + (schema == PostgresAddress.defaultSchema ? "" : "?schema=\(schema)")
  }

  private static let ownItems: Set<Substring> = ["prepared", "role", "schema", "citus"]

  private static func flag(_ name: String, _ value: String) throws(StoreFailure) -> Bool {
    guard value == "on" || value == "off" else { throw malformed("\(name) is on or off") }
    return value == "on"
  }

  /// The longest name of a schema, in bytes: that of the one beside it that a rebuild makes is longer by 33, and
  /// PostgreSQL cuts names at 63.
  static let schemaBytesMax = 30

  /// A name that means the same with quotes and without, in a statement and within a setting's name. Folding letters
  /// is PostgreSQL's business and would make two names one.
  private static func schema(_ name: String) throws(StoreFailure) -> String {
    guard isPlainName(name), name.utf8.count <= schemaBytesMax,
      !name.utf8.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) })
    else {
      throw malformed(
        "schema is a name of at most \(schemaBytesMax) small letters, digits and underscores that begins with no digit"
      )
    }
    guard !name.hasPrefix("pg_"), !takenSchemas.contains(name), !name.contains(ScratchSchema.infix) else {
      throw malformed("schema names one that others use: choose another name")
    }
    return name
  }

  /// What is everybody's, or PostgreSQL's own.
  private static let takenSchemas: Set<String> = [  // String: names of SQL, in small ASCII letters
    "public", "information_schema", "plpgsql", "citus",
  ]

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
