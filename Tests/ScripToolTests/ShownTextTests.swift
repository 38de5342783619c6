import Testing

@testable import CommandLineClient

struct ShownTextTests {
  @Test func `a coupon's text moves no cursor, and is as it was written for machines`() throws {
    let scrip = RunningScrip()
    scrip.key = "chosen-by-me-0123456789-abcdef"
    _ = try scrip.start("--admin-key", scrip.key)
    let coupon = try scrip.file(
      "coupon.json",
      #"{"name":"Ten","description":"a\u001b[2Jb","discount":{"type":"percent","percent":"10"},"#
        + #""stacking":{"policy":"open"}}"#)
    _ = try scrip.scrip("coupon", "create", "--file", coupon, "--code", "TEN")
    let shown = try scrip.scrip("coupon", "show", "TEN")
    #expect(shown.out.contains("about      a?[2Jb"), "\(shown)")
    #expect(!shown.out.unicodeScalars.contains("\u{1B}"))
    #expect(try scrip.scrip("coupon", "show", "TEN", "--json").out.contains(#"a\u001b[2Jb"#))
  }
}
