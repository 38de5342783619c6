import Testing

@testable import JSON

@Suite("The pool of parsers") struct JSONParserPoolTests {
  private func parser(reading count: Int) -> JSONParser {
    let parser = JSONParser()
    let text = [UInt8](repeating: UInt8(ascii: " "), count: count - 1) + [UInt8(ascii: "1")]
    #expect(unsafe parser.parse(text.span).code == 0)
    return parser
  }

  @Test func `hands the last parser out again`() {
    let pool = JSONParserPool()
    let parser = parser(reading: 10)
    pool.giveBack(parser)
    #expect(pool.take() === parser)
    #expect(pool.count == 0)
  }

  @Test func `drops a parser that grew past a mebibyte`() {
    let pool = JSONParserPool()
    pool.giveBack(parser(reading: 1 << 20))
    #expect(pool.count == 1)
    pool.giveBack(parser(reading: 1 << 20 + 1))
    #expect(pool.count == 1)
  }

  @Test func `is bounded by number and by capacity`() {
    let many = JSONParserPool()
    for _ in 0..<40 { many.giveBack(parser(reading: 10)) }
    #expect(many.count == JSONParserPool.parsersMax)
    let large = JSONParserPool()
    for _ in 0..<4 { large.giveBack(parser(reading: 1 << 20)) }
    #expect(large.count == 2)
    _ = large.take()
    large.giveBack(parser(reading: 10))
    #expect(large.count == 2)
  }
}
