/// An address and a port as people write them: `127.0.0.1:8080`, `[::1]:8080`, `:8080` for every address.
struct ListenAddress: Hashable, Sendable {
  /// The address or host name.
  let host: String
  /// The port; 0 lets the system choose.
  let port: Int

  /// Reads the text; nil if it has no port.
  init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { return nil }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = String(host.dropFirst().dropLast())
    } else if host.contains(":") {
      return nil
    }
    self.host = host.isEmpty ? "0.0.0.0" : host
    self.port = port
  }

  /// The URL under which this computer reaches a port of the address.
  func url(port: Int) -> String {
    let reachable = ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host
    return "http://\(reachable.contains(":") ? "[\(reachable)]" : reachable):\(port)"
  }
}
