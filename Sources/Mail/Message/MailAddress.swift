import IDNA

import struct Scrip.Exact
import func Scrip.isPlainLocalPart

/// Where a mail comes from or goes to: an address in ASCII, and perhaps the name of whoever has it.
public struct MailAddress: Sendable, Hashable {
  /// The name that readers see; nil for none.
  @Exact public private(set) var name: String?
  /// The address with its domain in ASCII, such as `ann@xn--exmple-cua.com`.
  @Exact public private(set) var address: String

  /// Makes an address; nil for what can't be one that every server takes: the part before the `@` is plain ASCII of at
  /// most 64 bytes, what follows a domain name, which may be written in any letters.
  public init?(_ address: String, name: String? = nil) {
    guard let at = address.lastIndex(of: "@") else { return nil }
    let local = address[..<at]
    guard isPlainLocalPart(local),
      let domain = asciiDomain(String(address[address.index(after: at)...]))
    else {
      return nil
    }
    self.address = "\(local)@\(domain)"
    let shown = name.map { HeaderText.plain($0) } ?? ""
    self.name = shown.isEmpty ? nil : shown
    guard self.address.utf8.count <= 254 else { return nil }
  }
}
