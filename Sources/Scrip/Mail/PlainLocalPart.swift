/// Whether what stands before the `@` of an address is one that every mail server takes: at most 64 bytes, words of ASCII letters,
/// digits and ``!#$%&'*+-/=?^_`{|}~`` with single full stops between them (RFC 5322, dot-atom).
public func isPlainLocalPart(_ text: some StringProtocol) -> Bool {
  let words = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  return text.utf8.count <= 64 && words.allSatisfy { !$0.isEmpty && $0.allSatisfy(isPlainInLocalPart) }
}

private func isPlainInLocalPart(_ byte: UInt8) -> Bool {
  switch byte {
  case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
    UInt8(ascii: "0")...UInt8(ascii: "9"):
    true
  default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
  }
}
