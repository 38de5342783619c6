import CommandLineClient
import JSON

/// Units of lines, as people type and read them: `l1=2` for any two, `l1:0+2` for the two from the first on.
enum RefundedUnits {
  /// A refund's lines; ranges of the same line become one.
  static func lines(_ texts: [String]) throws(ToolError) -> [JSONText] {
    var lines: [JSONText] = []
    var ranges: [(line: String, ranges: [JSONText])] = []
    for text in texts {
      if let (line, quantity) = counted(text) {
        lines.append(.object([("line_id", .string(line)), ("quantity", .integer(quantity))]))
      } else if let (line, range) = range(text) {
        if let known = ranges.firstIndex(where: { $0.line == line }) {
          ranges[known].ranges.append(range)
        } else {
          ranges.append((line, [range]))
        }
      } else {
        throw .usage("--unit must be like l1=2 or l1:0+2, not '\(text)'.")
      }
    }
    return lines
      + ranges.map { .object([("line_id", .string($0.line)), ("units", .array($0.ranges))]) }
  }

  /// A refund's shipping charges, such as `s1=500`.
  static func charges(_ texts: [String]) throws(ToolError) -> [JSONText] {
    var charges: [JSONText] = []
    for text in texts {
      guard let (charge, amount) = counted(text) else {
        throw .usage("--shipping must be like s1=500, not '\(text)'.")
      }
      charges.append(.object([("shipping_id", .string(charge)), ("amount", .integer(amount))]))
    }
    return charges
  }

  /// What was given back of a line, as it would be typed.
  static func words(_ line: JSONNode) -> [String] {
    (line["units"]?.elements ?? []).map { range in
      "\(line.shown("line_id")):\(range.shown("first"))+\(range.shown("count"))"
    }
  }

  private static func counted(_ text: String) -> (String, Int64)? {
    guard let sign = text.lastIndex(of: "="), let count = Int64(text[text.index(after: sign)...]) else {
      return nil
    }
    return (String(text[..<sign]), count)
  }

  /// `l1:2` or `l1:2+3`: the place of the first one, and how many.
  private static func range(_ text: String) -> (String, JSONText)? {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let parts = text[text.index(after: colon)...].split(separator: "+", omittingEmptySubsequences: false)
    guard parts.count <= 2, let first = Int64(parts[0]), let count = parts.count == 2 ? Int64(parts[1]) : 1
    else { return nil }
    return (String(text[..<colon]), .object([("first", .integer(first)), ("count", .integer(count))]))
  }
}
