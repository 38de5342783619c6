/// Quoted-printable (RFC 2045): text that stays legible where it is ASCII, in lines of at most 76 bytes.
enum QuotedPrintable {
  private static let lineMax = 76
  private static let digits = Array("0123456789ABCDEF".utf8)

  /// The lines of a text whose lines end in LF.
  static func lines(_ text: [UInt8]) -> [String] {
    text.split(separator: 10, omittingEmptySubsequences: false).flatMap(encode)
  }

  /// One line, as so many as it takes. All but the last end in `=`.
  private static func encode(_ line: ArraySlice<UInt8>) -> [String] {
    var lines: [[UInt8]] = [[]]
    for (index, byte) in zip(line.indices, line) {
      let isLast = index == line.endIndex - 1
      let unit = isPlain(byte, isLast: isLast) ? [byte] : escape(byte)
      // The last one needs no room for the sign that the line goes on.
      if lines[lines.count - 1].count + unit.count > (isLast ? lineMax : lineMax - 1) {
        lines[lines.count - 1].append(UInt8(ascii: "="))
        lines.append([])
      }
      lines[lines.count - 1] += unit
    }
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }

  /// White space at the end of a line would be lost on the way.
  private static func isPlain(_ byte: UInt8, isLast: Bool) -> Bool {
    switch byte {
    case UInt8(ascii: "="): false
    case 9, 32: !isLast
    default: (33...126).contains(byte)
    }
  }

  private static func escape(_ byte: UInt8) -> [UInt8] {
    [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
  }
}
