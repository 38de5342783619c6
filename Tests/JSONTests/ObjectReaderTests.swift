import JSON
import Testing

@Suite("Reading objects") struct ObjectReaderTests {
  struct Line: Equatable {
    var id: String
    var quantity: Int64
  }

  enum Policy: String, CaseIterable { case open, exclusive, group }

  private func readLines(_ text: String) throws -> [Line] {
    try document(text).read { order in
      order.required("lines")?.array(max: 3) { element in
        element.object { line -> Line? in
          let id = line.required("id")?.string(minLength: 1, maxLength: 4)
          let quantity = line.optional("quantity")?.int64(in: 1...10)
          guard let id else { return nil }
          return Line(id: id, quantity: quantity ?? 1)
        }
      }
    }
  }

  private func errors(_ read: () throws -> some Any) -> [String] {
    do {
      _ = try read()
      return []
    } catch let error as JSONDecodingErrors {
      return error.errors.map { "\($0.pointer) \($0.code)" }
    } catch {
      return ["\(error)"]
    }
  }

  @Test func `gives the values of members in any order`() throws {
    let lines = try readLines(
      #"{"lines":[{"id":"a","quantity":2},{"quantity":null,"id":"ü€😀x"},{"id":"c"}]}"#)
    #expect(lines == [Line(id: "a", quantity: 2), Line(id: "ü€😀x", quantity: 1), Line(id: "c", quantity: 1)])
  }

  /// Text, errors as pointer and code.
  @Test(arguments: [
    (#"{}"#, ["/lines required"]),
    (#"[]"#, [" wrong_type"]),
    (#"{"lines":null}"#, ["/lines wrong_type"]),
    (#"{"lines":[{},{},{},{}]}"#, ["/lines too_many"]),
    (
      #"{"lines":[{"id":""},{"id":"äöüßx"},{"id":5}]}"#,
      ["/lines/0/id invalid_value", "/lines/1/id too_long", "/lines/2/id wrong_type"]
    ),
    (
      #"{"lines":[{"id":"a","quantity":11},{"id":"b","quantity":1.0},{"id":"c","quantity":9223372036854775808}]}"#,
      ["/lines/0/quantity out_of_range", "/lines/1/quantity wrong_type", "/lines/2/quantity out_of_range"]
    ),
    (#"{"lines":[{"id":"a\u0000"}]}"#, ["/lines/0/id invalid_value"]),
    (
      #"{"a/b~c":1,"lines":[{"id":"a","extra":{"deep":[1]}}],"z":[]}"#,
      ["/lines/0/extra unknown_field", "/a~1b~0c unknown_field", "/z unknown_field"]
    ),
    (
      #"{"lines":[{"id":"a","id":"b","quantity":1,"quantity":1}],"lines":[]}"#,
      ["/lines/0/id duplicate_member", "/lines/0/quantity duplicate_member", "/lines duplicate_member"]
    ),
    (
      #"{"lines":[7,{"quantity":0}]}"#,
      ["/lines/0 wrong_type", "/lines/1/id required", "/lines/1/quantity out_of_range"]
    ),
  ])
  func `reports every error with its pointer`(text: String, expected: [String]) {
    #expect(errors { try readLines(text) } == expected)
  }

  @Test func `finds what stands before, behind and between members that are left out`() throws {
    let found = try document(#"{"c":3,"a":1,"b":2,"d":4}"#).read { object -> [Int64?]? in
      ["x", "a", "y", "d", "y", "c", "z", "b", "z"].map { (name: StaticString) in
        object.optional(name)?.int64(in: 0...9)
      }
    }
    #expect(found == [nil, 1, nil, 4, nil, 3, nil, 2, nil])
  }

  @Test func `tells null from a missing member only when asked to`() throws {
    let found = try document(#"{"a":null}"#).read { reader -> [Bool]? in
      [
        reader.present("a")?.node.isNull == true, reader.optional("a") == nil, reader.present("b") == nil,
        reader.required("a")?.kind == .null,
      ]
    }
    #expect(found == [true, true, true, true])
  }

  @Test func `reads choices, booleans, maps and parsed text`() throws {
    let text =
      #"{"policy":"group","on":true,"off":false,"cap":{"USD":5,"EUR":6},"labels":{"a":"b"},"percent":"10","n":3}"#
    try document(text).read { reader -> Void? in
      #expect(reader.required("policy")?.enumeration(Policy.self) == .group)
      #expect(reader.required("on")?.bool() == true)
      #expect(reader.required("off")?.bool() == false)
      let cap = reader.required("cap")?.map(max: 2, maxKeyLength: 3) { _, cap in cap.int64(in: 0...10) }
      #expect(cap?.map(\.key) == ["USD", "EUR"])
      #expect(cap?.map(\.value) == [5, 6])
      let labels = reader.required("labels")?.stringMap(max: 1, maxKeyLength: 1, maxValueLength: 1)
      #expect(labels?.map { $0.key + $0.value } == ["ab"])
      #expect(reader.required("percent")?.parsed(maxLength: 9, as: "a percentage") { Int($0) } == 10)
      #expect(reader.required("n")?.int(in: 0...3) == 3)
      #expect(reader.count == 7)
      return ()
    }
  }

  @Test func `reports choices, maps and parsed text that do not fit`() {
    let text =
      #"{"policy":"shut","cap":{"USD":5,"USD":6,"LONG":1,"EUR":true},"labels":{"a":"1","b":"2"},"percent":"x"}"#
    let read = {
      try document(text).read { reader -> Void? in
        _ = reader.required("policy")?.enumeration(Policy.self)
        _ = reader.required("cap")?.map(max: 4, maxKeyLength: 3) { _, cap in cap.int64() }
        _ = reader.required("labels")?.stringMap(max: 1, maxKeyLength: 1, maxValueLength: 1)
        _ = reader.required("percent")?.parsed(maxLength: 9, as: "a percentage") { Int($0) }
        reader.refuse("starts_at", "not_before_end", "must be before ends_at")
        return nil
      }
    }
    #expect(
      errors(read) == [
        "/policy invalid_value", "/cap/USD duplicate_member", "/cap/LONG too_long", "/cap/EUR wrong_type",
        "/labels too_many", "/percent invalid_value", "/starts_at not_before_end",
      ])
    let error = #expect(throws: JSONDecodingErrors.self) { try read() }
    #expect(error?.errors.first?.message == #"must be one of "open", "exclusive", "group""#)
  }

  @Test func `keeps names apart that only look alike`() throws {
    let labels = try document(#"{"labels":{"\u00e9":"1","e\u0301":"2"}}"#).read { reader in
      reader.required("labels")?.stringMap(max: 2, maxKeyLength: 2, maxValueLength: 1)?.map(\.value)
    }
    #expect(labels == ["1", "2"])
  }

  @Test func `refuses the value even if the closure returns one`() {
    #expect(errors { try document(#"{"x":1}"#).read { _ in 5 } } == ["/x unknown_field"])
  }

  @Test func `ignores unknown members on request but never duplicates`() {
    let read = { (text: String) in
      try document(text).read { reader -> Int64? in
        reader.ignoreUnknownMembers()
        return reader.required("a")?.int64()
      }
    }
    #expect(errors { try read(#"{"x":1,"a":2,"x":3}"#) } == [])
    #expect(errors { try read(#"{"x":1,"a":2,"a":3}"#) } == ["/a duplicate_member"])
  }

  @Test func `keeps track of more members than fit a word`() {
    let members = (0..<100).map { "\"m\($0)\":\($0)" }.joined(separator: ",")
    let read = {
      try document("{\(members)}").read { reader -> Bool? in
        reader.required("m99")?.int64() == 99 && reader.required("m0")?.int64() == 0
          && reader.required("m70")?.int64() == 70 && reader.required("m99")?.int64() == 99
      }
    }
    let expected = (0..<100).filter { ![0, 70, 99].contains($0) }.map { "/m\($0) unknown_field" }
    #expect(errors(read) == expected)
  }

  @Test func `reports at most a hundred errors`() {
    let text = "[" + String(repeating: "null,", count: 500) + "1]"
    #expect(errors { try document(text).readValue { $0.array(max: 1_000) { $0.bool() } } }.count == 100)
  }
}
