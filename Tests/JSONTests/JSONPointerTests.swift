import JSON
import Testing

struct JSONPointerTests {
  private let text = #"""
    {"": 1, "a": {"b": [10, {"c": "d"}]}, "a/b": 2, "m~n": 3, "\u00e9": 4, "e\u0301": 5, "twice": 6, "twice": 7, "0": 8}
    """#

  private func found(_ pointer: String) throws -> String? {
    let document = try JSONDocument(parsing: Array(text.utf8))
    let node = try #require(JSONPointer(pointer), "\(pointer) is a pointer").find(in: document.root)
    return node.map { $0.string() ?? $0.int64().map { "\($0)" } ?? $0.kind.rawValue }
  }

  @Test(arguments: [
    ("", "object"), ("/", "1"), ("/a/b/0", "10"), ("/a/b/1/c", "d"), ("/a~1b", "2"), ("/m~0n", "3"),
    ("/\u{E9}", "4"), ("/e\u{301}", "5"), ("/0", "8"), ("/a/b/01", nil), ("/a/b/-", nil), ("/a/b/2", nil),
    ("/a/b/+1", nil), ("/a/b/99999999999999999999", nil), ("/twice", nil), ("/a/b/0/x", nil),
    ("/nothing", nil),
  ])
  func `a pointer leads to a value by the bytes of its names, and nowhere where that is not one`(
    pointer: String, expected: String?
  ) throws {
    let text = try found(pointer)
    #expect(text == expected)
  }

  @Test(arguments: [
    "a", "/~", "/~2", "/a~", String(repeating: "/a", count: 17), "/" + String(repeating: "a", count: 256),
  ])
  func `what is no pointer, or longer than they may be, is none`(text: String) {
    #expect(JSONPointer(text) == nil)
  }
}
