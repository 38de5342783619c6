import Testing

@testable import JSON

@Suite("Refusing malformed text") struct JSONSyntaxErrorTests {
  /// Text, offset of the fault in bytes.
  @Test(arguments: [
    ("", 0), ("  \n", 3), ("{", 1), ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[,1]", 1), ("[1 2]", 3),
    ("{\"a\"", 4), ("{\"a\":", 5), ("{\"a\":1", 6), ("{\"a\":1,", 7), ("{\"a\":1,}", 7), ("{\"a\" 1}", 5),
    ("{a:1}", 1), ("{'a':1}", 1), ("{\"a\":1 \"b\":2}", 7), ("{1:2}", 1), ("{\"a\":}", 5), ("{\"a\"}", 4),
    ("\"abc", 4), ("\"a\nb\"", 2), ("\"a\\x\"", 2), ("\"\\u12g4\"", 5), ("\"\\u12", 5), ("\"\\", 2),
    ("\"\\ud800\"", 1), ("\"\\udc00\"", 1), ("\"\\ud800\\u0041\"", 1), ("\"\\ud800\\n\"", 1),
    ("\"\\ud800\\ud800\"", 1),
    ("01", 0), ("-01", 0), ("-", 1), ("+1", 0), ("1.", 2), (".5", 0), ("1e", 2), ("1e+", 3), ("1.e1", 2),
    ("0x10", 1),
    ("1e400", 0), ("[18446744073709551616]", 1), ("-9223372036854775809", 0),
    ("NaN", 0), ("Infinity", 0), ("nul", 0), ("tru", 0), ("TRUE", 0), ("falsey", 5), ("nullnull", 4),
    ("1 2", 2), ("{} {}", 3), ("[]]", 2), ("}", 0), ("[1}", 2), ("{\"a\":1]", 6), ("// c\n1", 0),
    ("[1] // c", 4),
    ("\u{feff}{}", 0), ("\u{0}", 0), ("[1,\u{b}2]", 3),
  ])
  func `points at the fault`(text: String, offset: Int) {
    let error = #expect(throws: JSONSyntaxError.self) { try document(text) }
    #expect(error?.byteOffset == offset, "\(error?.message ?? "")")
  }

  @Test(
    arguments: [
      ([0x22, 0xff, 0x22], 1), ([0x22, 0xc0, 0xaf, 0x22], 1), ([0x22, 0x61, 0xe2, 0x82, 0x22], 2),
      ([0x22, 0xed, 0xa0, 0x80, 0x22], 1), ([0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 1),
      ([0x5b, 0x80, 0x5d], 1),
      ([0x22, 0xf0, 0x9f, 0x98], 1),
    ] as [([UInt8], Int)])
  func `points at bytes that are not UTF-8`(bytes: [UInt8], offset: Int) {
    let error = #expect(throws: JSONSyntaxError.self) { try JSONDocument(parsing: bytes) }
    #expect(error?.byteOffset == offset)
  }

  @Test func `counts lines and columns from one and columns in characters`() {
    let error = #expect(throws: JSONSyntaxError.self) { try document("{\n  \"größe\": 1,\n  \"😀é\" 2\n}") }
    #expect(error?.line == 3)
    #expect(error?.column == 8)
    #expect(error?.description == "line 3, column 8: ':' is expected after a member name")
    let first = #expect(throws: JSONSyntaxError.self) { try document("x") }
    #expect(first?.line == 1)
    #expect(first?.column == 1)
  }

  @Test func `says when the text ends too early`() {
    let error = #expect(throws: JSONSyntaxError.self) { try document("[1") }
    #expect(error?.message == "',' or ']' is expected after an element, but the text ends")
  }

  @Test func `the finder of faults agrees with the parser on mutated texts`() {
    let seed: UInt64 = 20_261_120
    var random = SplitMix(state: seed)
    let texts = [
      #"{"a":[1,-2.5e3,true,null],"b":{"c":"x\n\u00e9\ud83d\ude00","d":[]},"é":false}"#,
      #"[[],{},[{"k":"\\\"/"}],0,-0,1E-2,18446744073709551615, "\u0000" ]"#,
    ].map { Array($0.utf8) }
    let alphabet = Array("{}[]:,\"\\ux0159.-+eEtrufalsn \n\t\u{1}é".utf8) + [0xff, 0xed, 0xa0, 0x80, 0xf0]
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = texts[Int(random.next() % 2)]
      for _ in 0...random.next() % 3 {
        let position = Int(random.next() % UInt64(bytes.count))
        let byte = alphabet[Int(random.next() % UInt64(alphabet.count))]
        switch random.next() % 4 {
        case 0: bytes[position] = byte
        case 1: bytes.insert(byte, at: position)
        case 2: bytes.remove(at: position)
        default: bytes.removeSubrange(position..<min(bytes.count, position + 4))
        }
        if bytes.isEmpty { bytes = [byte] }
      }
      var finder = SyntaxFaultFinder(bytes.span)
      let isRefused = (try? JSONDocument(parsing: bytes)) == nil
      refused += isRefused ? 1 : 0
      #expect(
        (finder.firstFault() != nil) == isRefused, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
    }
    #expect(refused > 1_000 && refused < 19_999)
  }

  @Test func `a parser that refused a text reads the next one`() throws {
    for _ in 0..<10 {
      #expect(throws: JSONSyntaxError.self) { try document("[1,") }
      #expect(try document("[1,2]").root.count == 2)
    }
  }
}

struct SplitMix {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var bits = state
    bits = (bits ^ bits >> 30) &* 0xbf58_476d_1ce4_e5b9
    bits = (bits ^ bits >> 27) &* 0x94d0_49bb_1331_11eb
    return bits ^ bits >> 31
  }
}
