/// A part of a mail while it is filled in: no longer than can be sent, and no more work than that either.
struct TemplateFilling {
  /// The most pieces and turns of lists: many times those of the largest order.
  static let stepsMax = 1 << 18

  private let part: TemplateMistake.Part
  private(set) var text = ""
  private var bytes = 0
  private var steps = 0

  init(_ part: TemplateMistake.Part) { self.part = part }

  /// Adds what stands in the template.
  mutating func add(_ literal: String) throws(TemplateDataError) {
    try step()
    bytes += literal.utf8.count
    guard bytes <= MailTemplate.renderedBytesMax else { throw .tooLong(part) }
    text += literal
  }

  /// Adds a value, as one line of text.
  mutating func add(value: String, isInAddress: Bool) throws(TemplateDataError) {
    let line = flattened(value)
    guard part == .html else { return try add(line) }
    try add(escapedForHTML(isInAddress ? escapedForAddress(line) : line))
  }

  /// Counts a piece or a turn of a list, which take time even if they show nothing.
  mutating func step() throws(TemplateDataError) {
    steps += 1
    guard steps <= Self.stepsMax else { throw .tooLong(part) }
  }
}

/// A value as one line that changes nothing around it: a space for each control character and line end, and no signs that
/// turn the direction of what stands behind them.
func flattened(_ text: String) -> String {
  var scalars = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar {
    // What opens an embedding, an override or an isolate, and what closes it. Mere marks, as of Hebrew, stay.
    case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": break
    default:
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
      default: scalars.append(scalar)
      }
    }
  }
  return String(scalars)
}

/// Text that shows as it is in HTML, also between quotation marks of either kind.
func escapedForHTML(_ text: String) -> String {
  var escaped = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": escaped += "&amp;"
    case "<": escaped += "&lt;"
    case ">": escaped += "&gt;"
    case "\"": escaped += "&quot;"
    case "'": escaped += "&#39;"
    default: escaped.unicodeScalars.append(scalar)
    }
  }
  return escaped
}

/// Text that is one word of an address' path or query (RFC 3986): whatever means something there is written by its bytes.
func escapedForAddress(_ text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var escaped: [UInt8] = []
  for byte in text.utf8 {
    if byte.isLetterOrDigit || "-._~".utf8.contains(byte) {
      escaped.append(byte)
    } else {
      escaped += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: escaped, as: UTF8.self)
}
