import Testing

@testable import JSON

@Suite("Forgiving elements that say nothing") struct ForgivingTests {
  /// The elements of a list, null where nothing was said.
  private func elements(_ list: String) throws -> [String] {
    let text = #"{"cart":{"codes":[1]},"codes":\#(list),"last":1}"#
    let document = try JSONDocument(parsing: Array(text.utf8), forgiving: "codes")
    var elements: [String] = []
    document.root["codes"]?.forEachElement { elements.append($0.string() ?? "\($0.kind)") }
    #expect(document.root["last"]?.int64() == 1)
    return elements
  }

  @Test(arguments: [
    (#"["A","B"]"#, ["A", "B"]), (#"["\ud800","B"]"#, ["null", "B"]), (#"["A","x\udc00y"]"#, ["A", "null"]),
    (#"["\ud800\u0041","\ud800\n","\ud800\ud83d\ude00"]"#, ["null", "null", "null"]),
    (#"["\ud83d\ude00",1e400]"#, ["\u{1F600}", "null"]),
    (#"[1180591620717411303424,"B",-1180591620717411303424]"#, ["null", "B", "null"]),
    (#"[["\ud800"],{"a":[1e999]},"B"]"#, ["null", "null", "B"]), ("[ 1e999 ]", ["null"]),
  ])
  func `each becomes null, and its neighbours stay`(list: String, expected: [String]) throws {
    #expect(try elements(list) == expected)
  }

  /// Text, and the offset of the fault.
  @Test(arguments: [
    (#"{"codes":["\ud800"],"other":"\ud800"}"#, 29), (#"{"other":["\ud800"]}"#, 11),
    (#"{"codes":"\ud800"}"#, 10),
    (#"{"codes":{"a":["\ud800"]}}"#, 16), (#"{"cart":{"codes":["\ud800"]}}"#, 19), (#"["\ud800"]"#, 2),
    (#"{"codes":["\ud800",]}"#, 19), (#"{"codes":["\ud800","\u12g4"]}"#, 24), (#"{"codes":["\ud8"]}"#, 15),
    (#"{"codes":[1e400],"codes":[1e400}"#, 31),
  ])
  func `elsewhere, and whatever is no JSON, is refused where it stands`(text: String, offset: Int) {
    let error = #expect(throws: JSONSyntaxError.self) {
      try JSONDocument(parsing: Array(text.utf8), forgiving: "codes")
    }
    #expect(error?.byteOffset == offset, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    (#"[{"a":1},{"a":1e400},[2]]"#, ["object", "text {\"a\":1e400}", "array"]),
    (
      #" [ 18446744073709551616 , "\ud800" ,1 ] "#,
      ["text 18446744073709551616", #"text "\ud800""#, "integer"]
    ),
    (#"{"a":[{"b":1e400}]}"#, [#"text {"a":[{"b":1e400}]}"#]),
    (#"{"a":[]}"#, ["object"]), ("[]", []),
  ])
  func `of a list each element is read by itself`(text: String, expected: [String]) throws {
    let elements = try JSONDocument.elements(parsing: Array(text.utf8)).map { element in
      switch element {
      case .node(let node): "\(node.kind)"
      case .text(let bytes): "text " + String(decoding: bytes, as: UTF8.self)
      }
    }
    #expect(elements == expected)
  }

  @Test(arguments: ["[1e400,]", "[1e400", "", "[1e400]]", #"{"a":1e400,"#])
  func `what is no list of JSON is none, whatever its elements say`(text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSONDocument.elements(parsing: Array(text.utf8)) }
  }
}
