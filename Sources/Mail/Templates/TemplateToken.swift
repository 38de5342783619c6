/// A tag, or what stands between tags.
struct TemplateToken {
  enum Kind {
    case literal, tag, unclosed
  }

  var kind: Kind
  /// The literal, or what stands between the braces.
  var text: Substring
  let place: TemplatePlace

  /// What a tag begins with if that is neither letter nor space.
  var sign: Character? { trimmed.first.flatMap { $0.isLetter || $0 == "_" ? nil : $0 } }

  /// The name that a tag holds; nil if it holds none.
  var name: String? {
    let name = TemplateToken.trim(sign == nil ? trimmed : trimmed.dropFirst())
    let isName = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    return isName && !name.isEmpty ? String(name) : nil
  }

  /// Whether a tag shows nothing, so that a line with it alone is no line.
  private var showsNothing: Bool { kind == .tag && ["#", "^", "/", "!"].contains(sign) }

  private var trimmed: Substring { TemplateToken.trim(text) }

  private static func trim(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  /// The tokens of a template, without the rest of a line that has one silent tag alone.
  static func tokens(of source: String) -> [TemplateToken] {
    lines(of: source).flatMap { tokens(ofLine: $0.text, at: $0.place) }
  }

  /// Lines with their ends; a tag that goes over several of them makes one of them.
  private static func lines(of source: String) -> [(text: Substring, place: TemplatePlace)] {
    var lines: [(text: Substring, place: TemplatePlace)] = []
    var rest = Substring(source)
    var place = TemplatePlace()
    while !rest.isEmpty {
      let line = rest[..<endOfLine(rest)]
      lines.append((line, place))
      place = place.after(line)
      rest = rest[line.endIndex...]
    }
    return lines
  }

  private static func endOfLine(_ rest: Substring) -> String.Index {
    var index = rest.startIndex
    // Looked for anew only behind a tag that goes over it: a line may have thousands of tags.
    var lineBreak = rest.firstIndex(where: \.isLineEnd)
    while let found = lineBreak {
      guard let tag = rest[index..<found].firstRange(of: "{{") else { return rest.index(after: found) }
      guard let end = rest[tag.upperBound...].firstRange(of: "}}") else { break }
      index = end.upperBound
      if index > found { lineBreak = rest[index...].firstIndex(where: \.isLineEnd) }
    }
    return rest.endIndex
  }

  private static func tokens(ofLine line: Substring, at start: TemplatePlace) -> [TemplateToken] {
    var tokens: [TemplateToken] = []
    var rest = line
    var place = start
    func advance(to index: String.Index) {
      place = place.after(rest[..<index])
      rest = rest[index...]
    }
    while let opening = rest.firstRange(of: "{{") {
      if opening.lowerBound > rest.startIndex {
        tokens.append(TemplateToken(kind: .literal, text: rest[..<opening.lowerBound], place: place))
        advance(to: opening.lowerBound)
      }
      guard let closing = rest.dropFirst(2).firstRange(of: "}}") else {
        tokens.append(TemplateToken(kind: .unclosed, text: rest, place: place))
        return tokens
      }
      let inside = rest.dropFirst(2)[..<closing.lowerBound]
      tokens.append(TemplateToken(kind: .tag, text: inside, place: place))
      advance(to: closing.upperBound)
    }
    if !rest.isEmpty { tokens.append(TemplateToken(kind: .literal, text: rest, place: place)) }
    return withoutBlanks(tokens)
  }

  private static func withoutBlanks(_ tokens: [TemplateToken]) -> [TemplateToken] {
    let tags = tokens.filter { $0.kind != .literal }
    let isAlone =
      tags.count == 1 && tags[0].showsNothing
      && tokens.allSatisfy {
        $0.kind == .tag || $0.text.allSatisfy { $0 == " " || $0 == "\t" || $0.isLineEnd }
      }
    return isAlone ? tags : tokens
  }
}

extension Character {
  /// Whether a line of a template ends with it.
  var isLineEnd: Bool { self == "\n" || self == "\r\n" }
}
