import JSON
import Testing

@Suite("Reading a document") struct JSONDocumentTests {
  @Test func `gives each value its kind`() throws {
    let text = #"[null,true,false,0,-7,1.0,1e3,9223372036854775807,9223372036854775808,"",[],{}]"#
    let root = try document(text).root
    var kinds: [JSONNode.Kind] = []
    root.forEachElement { kinds.append($0.kind) }
    #expect(
      kinds == [
        .null, .bool, .bool, .integer, .integer, .number, .number, .integer, .number, .string, .array,
        .object,
      ])
    #expect(root.count == 12)
  }

  @Test func `gives values only as what they are`() throws {
    let root = try document(#"{"i":-9223372036854775808,"u":18446744073709551615,"d":1.5,"s":"x","b":true}"#)
      .root
    #expect(root["i"]?.int64() == Int64.min)
    #expect(root["u"]?.int64() == nil)
    #expect(root["u"]?.double() == 0x1p64)
    #expect(root["d"]?.int64() == nil)
    #expect(root["d"]?.double() == 1.5)
    #expect(root["s"]?.string() == "x")
    #expect(root["s"]?.double() == nil)
    #expect(root["b"]?.bool() == true)
    #expect(root["b"]?.string() == nil)
    #expect(root["missing"] == nil)
    #expect(root["s"]?["missing"] == nil)
  }

  @Test func `finds elements by position and members by name`() throws {
    let root = try document(#"{"data":[{"id":"a"},[1,2],{"id":"c"}],"größe":3}"#).root
    #expect(root["data"]?[0]?["id"]?.string() == "a")
    #expect(root["data"]?[2]?["id"]?.string() == "c")
    #expect(root["data"]?[3] == nil)
    #expect(root["data"]?[-1] == nil)
    #expect(root.member(named: "größe")?.int64() == 3)
    #expect(root["größe"]?.int64() == 3)
  }

  @Test func `keeps members in order and keeps duplicates`() throws {
    var members: [String] = []
    try document(#"{"a":1,"b":[2,{"a":0}],"a":3}"#).root.forEachMember { key, value in
      members.append("\(key.string())\(key == "a" ? "!" : ""):\(value.kind.rawValue)")
    }
    #expect(members == ["a!:integer", "b:array", "a!:integer"])
  }

  @Test func `decodes escapes`() throws {
    let root = try document(#"["\"\\\/\b\f\n\r\t","\u00e9\ud83d\ude00","\u0000x"]"#).root
    #expect(root[0]?.string() == "\"\\/\u{8}\u{c}\n\r\t")
    #expect(root[1]?.string() == "é😀")
    #expect(root[2]?.string() == "\0x")
  }

  @Test func `accepts any single value with white space around it`() throws {
    #expect(try document(" \t\r\n 5 \n").root.int64() == 5)
    #expect(try document("\"x\"").root.string() == "x")
    #expect(try document("null").root.isNull)
    #expect(try document("-0").root.int64() == 0)
  }

  @Test func `accepts 64 levels and no more`() throws {
    let deepest = String(repeating: "[", count: 64) + "1" + String(repeating: "]", count: 64)
    #expect(try document(deepest).root.kind == .array)
    let mixed = String(repeating: #"{"a":["#, count: 32) + "1" + String(repeating: "]}", count: 32)
    #expect(try document(mixed).root.kind == .object)
    let error = #expect(throws: JSONSyntaxError.self) { try document("[\(deepest)]") }
    #expect(error?.byteOffset == 64)
    #expect(error?.message == "arrays and objects may be nested at most 64 levels deep")
  }

  @Test func `outlives the reading of other documents`() throws {
    let first = try document(#"["first text of some length"]"#)
    let node = first.root
    for number in 0..<100 { #expect(try document("[\(number)]").root[0]?.int64() == Int64(number)) }
    #expect(node[0]?.string() == "first text of some length")
  }

  @Test func `is read by many threads at once`() async throws {
    await withTaskGroup(of: Int64?.self) { group in
      for number in 0..<200 as Range<Int64> {
        group.addTask { try? document("{\"pad\":\"\(number)\",\"n\":[\(number)]}").root["n"]?[0]?.int64() }
      }
      var sum: Int64 = 0
      for await number in group { sum += number ?? -1_000_000 }
      #expect(sum == 19_900)
    }
  }

  @Test func `reads texts larger than any pooled parser`() throws {
    let count = 300_000
    let root = try document("[" + String(repeating: "12345,", count: count - 1) + "7]").root
    #expect(root.count == count)
    #expect(root[count - 1]?.int64() == 7)
    #expect(try document("[1]").root.count == 1)
  }
}

func document(_ text: String) throws(JSONSyntaxError) -> JSONDocument {
  try JSONDocument(parsing: Array(text.utf8))
}
