import Testing

@testable import HTTPServer

@Suite struct DateTests {
  @Test(arguments: [
    (784_111_777, "Date: Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Date: Thu, 01 Jan 1970 00:00:00 GMT"),
    (1_709_164_799, "Date: Wed, 28 Feb 2024 23:59:59 GMT"),
    (1_709_164_800, "Date: Thu, 29 Feb 2024 00:00:00 GMT"),
    (4_107_542_400, "Date: Mon, 01 Mar 2100 00:00:00 GMT"),
  ])
  func `dates are written as HTTP wants them`(_ second: Int, _ line: String) {
    #expect(String(decoding: HTTPDate.line(at: second), as: UTF8.self) == line + "\r\n")
  }
}
