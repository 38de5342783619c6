/// Where events are sent: `https://shop.example/hooks`, or the same with `http`.
///
/// A part of what URLs may be, so that whatever reads it later understands the same: ASCII, a host without a user before it,
/// no fragment.
public struct WebhookURL: Hashable, Sendable {
  /// The most characters of one.
  public static let charactersMax = 2048

  /// The whole text.
  @Exact public private(set) var text: String
  /// The host as it is looked up, without brackets.
  @Exact public private(set) var host: String
  /// Whether what is sent is encrypted.
  public let isEncrypted: Bool

  /// Reads one; nil for anything else.
  public init?(_ text: String) {
    guard text.utf8.count <= Self.charactersMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
      !text.utf8.contains(where: { #""<>\^`{|}"#.utf8.contains($0) })
    else { return nil }
    let isEncrypted = text.hasPrefix("https://")
    guard isEncrypted || text.hasPrefix("http://") else { return nil }
    let rest = text.dropFirst(isEncrypted ? 8 : 7)
    let authority = rest.prefix { !"/?#".contains($0) }
    guard !text.contains("#"), let host = WebhookURL.host(in: authority) else { return nil }
    self.init(text: text, host: host, isEncrypted: isEncrypted)
  }

  private init(text: String, host: String, isEncrypted: Bool) {
    self.isEncrypted = isEncrypted
    self.text = text
    self.host = host
  }

  /// The host of `host`, `host:port` or `[address]:port`; nil for anything else, also where a user stands before it.
  private static func host(in authority: Substring) -> String? {
    let host: Substring
    let rest: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<end]
      rest = authority[authority.index(after: end)...]
      guard host.contains(":"), host.utf8.allSatisfy({ $0.isHexadecimal || ":.".utf8.contains($0) }) else {
        return nil
      }
    } else {
      host = authority.prefix { $0 != ":" }
      rest = authority[host.endIndex...]
      guard (1...253).contains(host.utf8.count), !host.hasPrefix("."), !host.contains(".."),
        host.utf8.allSatisfy({ $0.isLetterOrDigit || "-._".utf8.contains($0) })
      else { return nil }
    }
    return isPort(rest) ? String(host) : nil
  }

  /// Whether it is nothing, or a colon with a port.
  private static func isPort(_ text: Substring) -> Bool {
    if text.isEmpty { return true }
    let digits = text.dropFirst()
    guard text.hasPrefix(":"), (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isDigit),
      let port = Int(digits)
    else { return false }
    return (1...65_535).contains(port)
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  fileprivate var isHexadecimal: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20)
  }
}
