/// Whether what stands before the `@` of an address is one that every mail server takes: at most 64 bytes, words of ASCII letters,
/// digits and ``!#$%&'*+-/=?^_`{|}~`` with single full stops between them (RFC 5322, dot-atom).
public func isPlainLocalPart(_ text: some StringProtocol) -> Bool {
  let words = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  return text.utf8.count <= 64
    && words.allSatisfy { word in
      !word.isEmpty && word.allSatisfy { $0.isLetterOrDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
    }
}
