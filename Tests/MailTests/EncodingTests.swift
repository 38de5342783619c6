import Digest
import Foundation
import Testing

@testable import Mail

@Suite struct EncodingTests {
  @Test func `base64 is Foundation's, for every length`() {
    for length in 0...200 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
      #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
      #expect(Base64.lines(bytes).joined() == Data(bytes).base64EncodedString())
      #expect(Base64.lines(bytes).allSatisfy { $0.utf8.count <= 76 })
    }
  }

  @Test func `quoted-printable keeps what is legible and the white space at line ends`() {
    let rows: [(text: String, lines: [String])] = [
      ("", [""]), ("a = b", ["a =3D b"]), ("end ", ["end=20"]), ("tab\t", ["tab=09"]), ("a b\tc", ["a b\tc"]),
      ("é", ["=C3=A9"]), ("a\n\nb", ["a", "", "b"]), (".", ["."]), ("\0", ["=00"]),
      (String(repeating: "x", count: 76), [String(repeating: "x", count: 76)]),
      (String(repeating: "x", count: 77), [String(repeating: "x", count: 75) + "=", "xx"]),
      (String(repeating: "x", count: 75) + "é", [String(repeating: "x", count: 75) + "=", "=C3=A9"]),
      (String(repeating: "x", count: 73) + "==", [String(repeating: "x", count: 73) + "=", "=3D=3D"]),
    ]
    for row in rows { #expect(QuotedPrintable.lines(Array(row.text.utf8)) == row.lines, "\(row.text)") }
  }

  @Test func `a long header goes on in lines that begin with a space`() {
    let text = (1...30).map { "word\($0)" }.joined(separator: " ")
    let lines = HeaderText.line("Subject", text).split(separator: "\r\n")
    #expect(lines.count > 1)
    #expect(lines.allSatisfy { $0.utf8.count <= 78 })
    #expect(lines.dropFirst().allSatisfy { $0.hasPrefix(" ") })
    #expect(lines.map { $0.drop { $0 == " " } }.joined(separator: " ") == "Subject: \(text)")
  }

  @Test(arguments: ["=?UTF-8?B?aGk=?=", "two  spaces", String(repeating: "x", count: 500), "日本語", "e\u{301}"])
  func `what would not come through as it is becomes encoded words`(text: String) {
    let lines = HeaderText.line("Subject", text).split(separator: "\r\n")
    #expect(lines.allSatisfy { $0.utf8.count <= 100 && $0.utf8.allSatisfy { $0 < 0x80 } })
    #expect(lines[0].hasPrefix("Subject: =?UTF-8?B?"))
    #expect(!lines[0].contains("aGk=?=") || text == "hi")
  }
}
