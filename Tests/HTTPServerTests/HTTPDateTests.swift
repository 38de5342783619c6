import Testing

@testable import HTTPServer

@Suite struct DateTests {
  @Test(arguments: [
    (784_111_777, "Date: Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Date: Thu, 01 Jan 1970 00:00:00 GMT"),
    (1_709_164_799, "Date: Wed, 28 Feb 2024 23:59:59 GMT"),
    (1_709_164_800, "Date: Thu, 29 Feb 2024 00:00:00 GMT"),
    (4_107_542_400, "Date: Mon, 01 Mar 2100 00:00:00 GMT"),
    // What a clock may show that was never set, or set wrongly.
    (-1, "Date: Wed, 31 Dec 1969 23:59:59 GMT"), (-86_400, "Date: Wed, 31 Dec 1969 00:00:00 GMT"),
    (-728_784_000, "Date: Thu, 28 Nov 1946 00:00:00 GMT"),
    (-62_167_219_200, "Date: Sat, 01 Jan 0000 00:00:00 GMT"),
    (253_402_300_799, "Date: Fri, 31 Dec 9999 23:59:59 GMT"),
    (.min, "Date: Sat, 01 Jan 0000 00:00:00 GMT"), (.max, "Date: Fri, 31 Dec 9999 23:59:59 GMT"),
  ])
  func `dates are written as HTTP wants them, whatever the clock shows`(_ second: Int, _ line: String) {
    #expect(String(decoding: HTTPDate.line(at: second), as: UTF8.self) == line + "\r\n")
  }
}
