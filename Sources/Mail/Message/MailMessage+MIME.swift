import Digest

import struct Scrip.CalendarDay
import struct Scrip.Instant

extension MailMessage {
  /// The mail as it travels (RFC 5322 and MIME): ASCII in lines of at most 998 bytes that end in CRLF. The same message
  /// always gives the same bytes.
  public var wireForm: [UInt8] {
    var text = HeaderText.line("Date", date.mailDate)
    text += HeaderText.line("From", from)
    if let replyTo { text += HeaderText.line("Reply-To", replyTo) }
    text += HeaderText.line("To", to)
    text += HeaderText.line("Subject", subject)
    text += "Message-ID: <\(id)>\r\n"
    // Asks answering machines not to answer (RFC 3834).
    text += "Auto-Submitted: auto-generated\r\n"
    if let language { text += "Content-Language: \(language)\r\n" }
    text += "MIME-Version: 1.0\r\n"
    text += html.map { alternatives(html: $0) } ?? part(self.text, "plain")
    return Array(text.utf8)
  }

  /// The plainest first, as readers take the last that they understand.
  private func alternatives(html: String) -> String {
    // Neither encoding can give these characters in this order, so it needs no chance to be unique.
    let boundary = "=_part"
    return """
      Content-Type: multipart/alternative; boundary="\(boundary)"\r
      \r
      --\(boundary)\r
      \(part(text, "plain"))\r
      --\(boundary)\r
      \(part(html, "html"))\r
      --\(boundary)--\r

      """
  }

  private func part(_ text: String, _ subtype: String) -> String {
    let bytes = normalizingLineEnds(text)
    let legible = QuotedPrintable.lines(bytes)
    // Of other alphabets each letter would become six or nine. A line end inside of base64 is CRLF as any other.
    let compact = Base64.lines((bytes + [10]).flatMap { $0 == 10 ? [13, 10] : [$0] })
    let isCompactShorter = compact.reduce(0) { $0 + $1.utf8.count } < legible.reduce(0) { $0 + $1.utf8.count }
    let lines = isCompactShorter ? compact : legible
    return """
      Content-Type: text/\(subtype); charset=utf-8\r
      Content-Transfer-Encoding: \(isCompactShorter ? "base64" : "quoted-printable")\r
      \r
      \(lines.joined(separator: "\r\n"))\r

      """
  }

  /// With LF between lines, and none at the end.
  private func normalizingLineEnds(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var isAfterReturn = false
    for byte in text.utf8 {
      switch byte {
      case 13: bytes.append(10)
      case 10 where isAfterReturn: break
      default: bytes.append(byte)
      }
      isAfterReturn = byte == 13
    }
    // Whoever writes lines writes the last line's end.
    if bytes.last == 10 { bytes.removeLast() }
    return bytes
  }
}

extension Instant {
  private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// The moment as headers write it: `Tue, 14 Nov 2023 22:13:20 +0000`.
  var mailDate: String {
    let seconds = microseconds.floorDivided(by: 1_000_000)
    let day = CalendarDay(daysSinceEpoch: seconds.floorDivided(by: 86_400))
    let (year, month, date) = day.components
    let time = seconds - day.daysSinceEpoch * 86_400
    let clock = [time / 3600, time / 60 % 60, time % 60].map { $0.filled(to: 2) }.joined(separator: ":")
    return
      "\(Self.weekdays[Int(day.isoWeekday - 1)]), \(date.filled(to: 2)) \(Self.months[Int(month - 1)]) \(year.filled(to: 4)) \(clock) +0000"
  }
}

extension Int64 {
  fileprivate func floorDivided(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  fileprivate func filled(to width: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: Swift.max(0, width - digits.utf8.count)) + digits
  }
}
