import IDNA

import struct Scrip.Exact

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
    guard MailAddress.isLocalPart(local),
      let domain = asciiDomain(String(address[address.index(after: at)...]))
    else {
      return nil
    }
    self.address = "\(local)@\(domain)"
    let shown = name.map { HeaderText.plain($0) } ?? ""
    self.name = shown.isEmpty ? nil : shown
    guard self.address.utf8.count <= 254 else { return nil }
  }

  /// Words of letters, digits and some signs, with single full stops between them (RFC 5322, dot-atom).
  private static func isLocalPart(_ text: Substring) -> Bool {
    let words = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return text.utf8.count <= 64
      && words.allSatisfy { word in
        !word.isEmpty && word.allSatisfy { $0.isLetterOrDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
      }
  }
}
