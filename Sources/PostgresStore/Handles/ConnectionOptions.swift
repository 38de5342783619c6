import CPostgres
import Ledger
import Promotions

/// What libpq is told when it connects, by keyword.
struct ConnectionOptions: Sendable {
  typealias Values = [String: String]  // String: keywords of libpq

  private(set) var values: Values = [:]

  init(_ values: Values) { self.values = values }

  /// Takes a URL apart as libpq does.
  init(url: String) throws(StoreFailure) {
    guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://") else {
      throw PostgresAddress.malformed("it begins with postgres://")
    }
    var text: UnsafeMutablePointer<CChar>?
    guard let options = unsafe PQconninfoParse(url, &text) else {
      unsafe PQfreemem(text)
      // libpq's own words may quote a piece of the password.
      throw PostgresAddress.malformed(
        "libpq does not understand it; special characters of a password must be percent-encoded")
    }
    defer { unsafe PQconninfoFree(options) }
    var next = unsafe options
    while let keyword = unsafe next.pointee.keyword {
      if let value = unsafe next.pointee.val {
        unsafe values[String(cString: keyword)] = String(cString: value)
      }
      unsafe next += 1
    }
    // Where a password holds an @, what follows it would be shown as a host.
    guard values["host"]?.contains("@") != true else {
      throw PostgresAddress.malformed("an @ in a user's name or password is written as %40")
    }
  }

  /// Everything that tells servers and databases apart, and no secret.
  var description: String {
    let user = values["user"].map { $0 + "@" } ?? ""
    let hosts = list("host") ?? list("hostaddr") ?? [""]
    let ports = list("port") ?? []
    let places = hosts.indices.map { index in
      let host = hosts[index].contains(":") ? "[\(hosts[index])]" : hosts[index]
      let port = ports.count == 1 ? ports[0] : ports.indices.contains(index) ? ports[index] : ""
      return host + (port.isEmpty ? "" : ":" + port)
    }
    return "postgres://\(user)\(places.joined(separator: ","))/\(values["dbname"] ?? "")"
  }

  /// The options that name one host each, in the order of the URL. One that changes nothing if there is only one host,
  /// or if libpq has to look at all of them to choose.
  var singleHosts: [ConnectionOptions] {
    let keywords = ["host", "hostaddr"].filter { values[$0] != nil }
    let lists = keywords.compactMap(list)
    guard let count = lists.first?.count, count > 1, lists.allSatisfy({ $0.count == count }),
      !lists.joined().contains(""), values["target_session_attrs"] != "prefer-standby"
    else { return [ConnectionOptions([:])] }
    let ports = list("port") ?? []
    return (0..<count).map { index in
      var single: Values = [:]
      for (keyword, list) in zip(keywords, lists) { single[keyword] = list[index] }
      if ports.count == count { single["port"] = ports[index].isEmpty ? "5432" : ports[index] }
      return ConnectionOptions(single)
    }
  }

  private func list(_ keyword: String) -> [String]? {
    values[keyword]?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
  }
}
