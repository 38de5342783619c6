import CIDN

/// The ASCII form of a domain name by IDNA 2008 with the mappings of UTS 46, not transitional: `exämple.com` and
/// `EXÄMPLE．com` are `xn--exmple-cua.com`, `straße.de` is `xn--strae-oqa.de` and not `strasse.de`.
///
/// - Returns: nil if the text is no domain name.
public func asciiDomain(_ text: String) -> String? {
  guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return lookUpForm(text).flatMap(checked) }
  // Unicode's tables say nothing about plain ASCII, which nearly all names are. A name that is encoded already stays as
  // it is even where the tables would not let it be made: such names exist.
  let name = text.lowercased()
  return checked(name.contains("xn--") ? lookUpForm(name) ?? name : name)
}

/// Letters, digits, hyphens and underscores in labels of 1 to 63 bytes, at most 253 bytes together.
private func checked(_ domain: String) -> String? {
  let labels = domain.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  guard domain.utf8.count <= 253 else { return nil }
  let areLabels = labels.allSatisfy { label in
    (1...63).contains(label.count)
      && label.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
  return areLabels ? domain : nil
}

private func lookUpForm(_ text: String) -> String? {
  // C takes a NUL for the end.
  guard !text.utf8.contains(0) else { return nil }
  let flags = CInt(IDN2_NFC_INPUT.rawValue | IDN2_NONTRANSITIONAL.rawValue)
  var output: UnsafeMutablePointer<CChar>?
  let code = unsafe idn2_to_ascii_8z(text, &output, flags)
  guard code == CInt(IDN2_OK.rawValue), let output = unsafe output else { return nil }
  defer { unsafe idn2_free(output) }
  return unsafe String(cString: output)
}
