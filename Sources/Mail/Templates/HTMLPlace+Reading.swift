/// The states of the HTML standard's tokenizer (<https://html.spec.whatwg.org/multipage/parsing.html#tokenization>).
extension HTMLPlace {
  /// Goes over what stands there. Values are no part of it: what is admitted changes no state.
  mutating func pass(_ literal: String) {
    // By scalars, as browsers read: a sign with an accent on it is still that sign.
    for scalar in literal.unicodeScalars { pass(scalar) }
  }

  private mutating func pass(_ scalar: Unicode.Scalar) {
    switch state {
    case .text: if scalar == "<" { enter(.tagOpen) }
    case .tagOpen, .endTagOpen, .tagName, .selfClosing: passTag(scalar)
    case .declaration, .comment, .bogusComment: passComment(scalar)
    case .beforeAttribute, .attributeName, .afterAttribute: passAttribute(scalar)
    case .beforeValue, .bareValue, .quoted: passAttributeValue(scalar)
    case .raw, .plainText: passContent(scalar)
    case .lost: break
    }
  }

  /// Begins something, with nothing known of it but its tag.
  private mutating func enter(_ next: State, tag name: String = "") {
    state = next
    tag = name
    attribute = ""
    tail = ""
  }

  private mutating func passTag(_ scalar: Unicode.Scalar) {
    switch (state, scalar) {
    case (.tagOpen, "!"): enter(.declaration)
    case (.tagOpen, "/"): enter(.endTagOpen)
    case (.tagOpen, "?"): enter(.bogusComment)
    case (.endTagOpen, ">"): enter(.text)
    case (.tagOpen, _) where scalar.isLetterOfHTML: enter(.tagName, tag: scalar.lowercasedForHTML)
    case (.endTagOpen, _) where scalar.isLetterOfHTML: enter(.tagName, tag: "/" + scalar.lowercasedForHTML)
    case (.tagOpen, _): reconsume(scalar, in: .text)
    case (.endTagOpen, _): reconsume(scalar, in: .bogusComment)
    case (_, ">"): endTag()
    case (.tagName, "/"): enter(.selfClosing, tag: tag)
    case (.tagName, _) where scalar.isSpaceOfHTML: enter(.beforeAttribute, tag: tag)
    case (.tagName, _): tag += scalar.lowercasedForHTML
    default: reconsume(scalar, in: .beforeAttribute, tag: tag)
    }
  }

  private mutating func reconsume(_ scalar: Unicode.Scalar, in next: State, tag name: String = "") {
    enter(next, tag: name)
    pass(scalar)
  }

  private mutating func endTag() {
    if Self.ambiguousElements.contains(tag) {
      enter(.lost)
    } else if Self.rawElements.contains(tag) {
      enter(.raw, tag: tag)
    } else if Self.plainElements.contains(tag) {
      enter(.plainText, tag: tag)
    } else {
      enter(.text)
    }
  }

  private mutating func passComment(_ scalar: Unicode.Scalar) {
    switch state {
    case .declaration where tail + String(scalar) == "--": enter(.comment)
    case .declaration where tail.isEmpty && scalar == "-": tail = "-"
    case .declaration: reconsume(scalar, in: .bogusComment)
    case .bogusComment: if scalar == ">" { enter(.text) }
    default: passCommentText(scalar)
    }
  }

  private mutating func passCommentText(_ scalar: Unicode.Scalar) {
    // What comes first may end a comment that would go on behind anything else.
    let text = (tail.isEmpty ? "^" : tail) + String(scalar)
    if text == "^>" || text == "^->" || text.hasSuffix("-->") || text.hasSuffix("--!>") {
      enter(.text)
    } else {
      tail = ["^-", "--!", "--", "-"].first { text.hasSuffix($0) } ?? "…"
    }
  }

  private mutating func passAttribute(_ scalar: Unicode.Scalar) {
    switch (state, scalar) {
    case (_, ">"): endTag()
    case (_, "/"): enter(.selfClosing, tag: tag)
    case (.beforeAttribute, "="): beginAttribute("=")
    case (_, "="): state = .beforeValue
    case (.attributeName, _) where scalar.isSpaceOfHTML: state = .afterAttribute
    case (_, _) where scalar.isSpaceOfHTML: break
    case (.attributeName, _): attribute += scalar.lowercasedForHTML
    default: beginAttribute(scalar.lowercasedForHTML)
    }
  }

  private mutating func beginAttribute(_ name: String) {
    enter(.attributeName, tag: tag)
    attribute = name
  }

  private mutating func passAttributeValue(_ scalar: Unicode.Scalar) {
    switch state {
    case .quoted(let mark):
      if String(scalar) == String(mark) {
        enter(.beforeAttribute, tag: tag)
      } else if scalar.value > 32 && tail.utf8.count < Self.beginningMax {
        // Browsers pass over white space and control characters in an address.
        tail += scalar.lowercasedForHTML
      }
    case .beforeValue where scalar.isSpaceOfHTML: break
    case .beforeValue where scalar == "\"" || scalar == "'": state = .quoted(Character(scalar))
    case _ where scalar == ">": endTag()
    case .beforeValue: state = .bareValue
    case _ where scalar.isSpaceOfHTML: enter(.beforeAttribute, tag: tag)
    default: break
    }
  }

  /// Only the end of the element ends its content, and in a script not even that if it holds the beginning of a comment.
  private mutating func passContent(_ scalar: Unicode.Scalar) {
    let end = "</\(tag)"
    if tail == end && (scalar.isSpaceOfHTML || scalar == "/" || scalar == ">") {
      enter(.tagName, tag: "/" + tag)
      return pass(scalar)
    }
    let text = tail + scalar.lowercasedForHTML
    if tag == "script" && text == "<!--" { return enter(.lost) }
    tail = end.hasPrefix(text) || "<!--".hasPrefix(text) ? text : scalar == "<" ? "<" : ""
  }
}

extension Unicode.Scalar {
  fileprivate var isLetterOfHTML: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }

  fileprivate var isSpaceOfHTML: Bool { [9, 10, 12, 13, 32].contains(value) }

  /// Only ASCII letters have another case in names.
  fileprivate var lowercasedForHTML: String {
    isLetterOfHTML ? String(self).lowercased() : String(self)
  }
}
