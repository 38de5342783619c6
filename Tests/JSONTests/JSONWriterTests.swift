import JSON
import Testing

@Suite("Writing") struct JSONWriterTests {
  private func text(_ write: (inout JSONWriter) -> Void) -> String {
    String(decoding: JSONWriter.bytes(capacity: 0, write), as: UTF8.self)
  }

  @Test func `places commas and colons`() {
    let written = text { writer in
      writer.object { writer in
        writer.key("a")
        writer.array { writer in
          writer.int(1)
          writer.beginObject()
          writer.endObject()
          writer.beginArray()
          writer.endArray()
          writer.null()
        }
        writer.key(named: "b\n")
        writer.bool(true)
        writer.key("c")
        writer.raw(Array(#"{"d":[]}"#.utf8))
        writer.key("e")
        writer.object { writer in
          writer.key("f")
          writer.bool(false)
        }
      }
    }
    #expect(written == #"{"a":[1,{},[],null],"b\n":true,"c":{"d":[]},"e":{"f":false}}"#)
  }

  @Test(
    arguments: [
      0, 1, -1, 9, 10, 99, 100, 12_345, 999_999_999_999_999_999, 1_000_000_000_000_000_000, Int64.max,
      Int64.min,
    ] as [Int64])
  func `writes every digit of an integer`(value: Int64) {
    #expect(text { $0.int(value) } == String(value))
  }

  @Test func `escapes what must be escaped and nothing else`() {
    #expect(
      text { $0.string("\"\\/\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}é😀") } == #""\"\\/\b\f\n\r\t\u0000\u001f"#
        + "\u{7f}é😀\"")
    #expect(text { $0.string("") } == #""""#)
  }

  @Test func `writes strings that are read back as they were, wherever the escapes are`() throws {
    for length in 0...20 {
      for scalar in ["\"", "\\", "\n", "\u{1f}", " ", "!", "#", "[", "]", "\u{80}", "\u{a2}", "\u{dc}", "😀"] {
        for position in 0...length {
          var value = String(repeating: "x", count: length)
          value.insert(contentsOf: scalar, at: value.index(value.startIndex, offsetBy: position))
          let bytes = JSONWriter.bytes { $0.string(value) }
          #expect(try JSONDocument(parsing: bytes).root.string() == value)
        }
      }
    }
  }

  @Test func `the same calls give the same bytes whatever the capacity`() {
    let write = { (writer: inout JSONWriter) in
      writer.array { writer in for number in 0..<1_000 { writer.string("value \(number)") } }
    }
    #expect(JSONWriter.bytes(capacity: 0, write) == JSONWriter.bytes(capacity: 100_000, write))
  }

  @Test func `misuse is a mistake`() async {
    await #expect(processExitsWith: .failure) { _ = JSONWriter.bytes { $0.beginObject() } }
    await #expect(processExitsWith: .failure) { _ = JSONWriter.bytes { _ in } }
    await #expect(processExitsWith: .failure) { _ = JSONWriter.bytes { $0.key("a") } }
    await #expect(processExitsWith: .failure) {
      _ = JSONWriter.bytes { writer in
        writer.null()
        writer.null()
      }
    }
    await #expect(processExitsWith: .failure) {
      _ = JSONWriter.bytes { writer in writer.object { $0.null() } }
    }
    await #expect(processExitsWith: .failure) {
      _ = JSONWriter.bytes { writer in writer.object { $0.key("a") } }
    }
    await #expect(processExitsWith: .failure) {
      _ = JSONWriter.bytes { writer in
        writer.beginArray()
        writer.endObject()
      }
    }
  }

  @Test func `a reader that fails silently is a mistake`() async {
    await #expect(processExitsWith: .failure) {
      _ = try JSONDocument(parsing: [UInt8(ascii: "1")]).readValue { _ -> Int? in nil }
    }
  }
}
