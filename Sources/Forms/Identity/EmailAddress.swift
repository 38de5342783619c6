import Foundation
import IDNA

/// Brings an e-mail address to the form under which a per-user limit is held, so that spelling variants of one mailbox
/// are one person.
///
/// White space around it, invisible characters, comments, quotation marks of any form around a plain local part and
/// `mailto:` are dropped, full-width characters are folded; lower case, no plus tag, the domain in ASCII by IDNA; for providers that
/// ignore them no dots. `Ann.Lee+shop@Gmail.com` and `"annlee"@ｇｏｏｇｌｅｍａｉｌ.com` are both `annlee@gmail.com`.
/// - Returns: nil if the text is not an address with one `@`, a local part and a dotted domain.
func normalizedEmail(_ text: String) -> String? {
  guard let (local, domain) = parts(of: withoutLink(plainScalars(of: text))),
    var domain = asciiDomain(domain), domain.contains(".")
  else { return nil }
  if domain == "googlemail.com" { domain = "gmail.com" }
  var mailbox = local.withOneCase.precomposed.prefix { $0 != "+" }
  if domain == "gmail.com" { mailbox.removeAll { $0 == "." } }
  // They may have stood around all but the tag.
  let bare = string(of: withoutSingleQuotes(Array(mailbox.unicodeScalars)[...]))
  let address = "\(bare)@\(domain)"
  return bare.isEmpty || address.utf8.count > 320 ? nil : address
}

/// The address as it was written, for whoever is to be written to: without what stands around it, its domain in ASCII, and
/// nothing else changed. `Ann.Lee+shop@Gmail.com` stays what it is.
/// - Returns: nil for what ``normalizedEmail(_:)`` takes for no address.
func writtenEmail(_ text: String) -> String? {
  guard normalizedEmail(text) != nil,
    let (local, domain) = parts(of: withoutLink(plainScalars(of: text))), let domain = asciiDomain(domain)
  else { return nil }
  return "\(local)@\(domain)"
}

/// The text without `mailto:` before it and the query that may follow the address then.
private func withoutLink(_ scalars: [Unicode.Scalar]) -> ArraySlice<Unicode.Scalar> {
  guard let rest = withoutScheme("mailto:", scalars) else { return scalars[...] }
  return rest.prefix { $0 != "?" }
}

/// Local part and domain, without quotation marks and comments.
private func parts(of scalars: ArraySlice<Unicode.Scalar>) -> (local: String, domain: String)? {
  var parts: [[Unicode.Scalar]] = [[]]
  var commentDepth = 0
  var isQuoted = false
  var isEscaped = false
  for scalar in scalars {
    if isEscaped {
      isEscaped = false
      if commentDepth == 0 { parts[parts.count - 1].append(scalar) }
      continue
    }
    switch scalar {
    case "\\" where isQuoted || commentDepth > 0: isEscaped = true
    case _ where isQuotationMark(scalar) && commentDepth == 0: isQuoted.toggle()
    case "(" where !isQuoted: commentDepth += 1
    case ")" where !isQuoted && commentDepth > 0: commentDepth -= 1
    case _ where commentDepth > 0: break
    // Inside of quotation marks it is no separator, and then the local part is not a plain one.
    case "@" where !isQuoted: parts.append([])
    default: parts[parts.count - 1].append(scalar)
    }
  }
  guard parts.count == 2, commentDepth == 0, !isQuoted, !isEscaped else { return nil }
  let local = withoutSingleQuotes(trimmed(parts[0][...]))
  guard !local.isEmpty, local.allSatisfy(isPlain) else { return nil }
  return (string(of: local), string(of: trimmed(parts[1][...])))
}

/// Without a pair of curly single quotation marks around it; straight ones are letters of an address, as in `o'neil`.
private func withoutSingleQuotes(_ local: ArraySlice<Unicode.Scalar>) -> ArraySlice<Unicode.Scalar> {
  let marks: Set<Unicode.Scalar> = ["\u{2018}", "\u{2019}", "\u{201A}", "\u{201B}", "\u{2039}", "\u{203A}"]
  var local = local
  while local.count > 1, let first = local.first, let last = local.last, marks.contains(first),
    marks.contains(last)
  {
    local = local.dropFirst().dropLast()
  }
  return local
}

/// The straight one, and what keyboards and word processors make of it.
private func isQuotationMark(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar {
  case "\"", "\u{AB}", "\u{BB}", "\u{201C}"..."\u{201F}", "\u{301D}"..."\u{301F}": true
  default: false
  }
}

/// Whether a scalar may stand in a local part without quotation marks.
private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
  guard scalar.isASCII else {
    return !scalar.properties.isWhitespace && scalar.properties.generalCategory != .control
      && !isQuotationMark(scalar)
  }
  switch scalar {
  case "a"..."z", "A"..."Z", "0"..."9": return true
  default: return ".!#$%&'*+-/=?^_`{|}~".unicodeScalars.contains(scalar)
  }
}
