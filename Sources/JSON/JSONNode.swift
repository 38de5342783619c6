/// One value inside a ``JSONDocument``, which it keeps alive.
public struct JSONNode: Sendable {
  let document: JSONDocument
  let index: Int

  private var tape: Tape { document.tape }

  /// What a value is. A number written with a fraction or an exponent, or outside `Int64`, is no integer.
  public enum Kind: String, Sendable, CaseIterable {
    case null
    case bool = "boolean"
    case integer, number, string, array, object
  }

  /// What the value is.
  public var kind: Kind {
    switch tape.tag(at: index) {
    case Tag.beginObject: .object
    case Tag.beginArray: .array
    case Tag.string: .string
    case Tag.integer: .integer
    case Tag.unsigned, Tag.double: .number
    case Tag.yes, Tag.no: .bool
    default: .null
    }
  }

  /// Whether the value is `null`.
  public var isNull: Bool { tape.tag(at: index) == Tag.null }

  /// The text of a string; nil for every other kind.
  public func string() -> String? {
    guard tape.tag(at: index) == Tag.string else { return nil }
    return tape.text(at: index)
  }

  /// The value of an integer; nil for every other kind, also for `1.0`.
  public func int64() -> Int64? {
    guard tape.tag(at: index) == Tag.integer else { return nil }
    return Int64(bitPattern: tape.numberBits(at: index))
  }

  /// The value of a boolean; nil for every other kind.
  public func bool() -> Bool? {
    switch tape.tag(at: index) {
    case Tag.yes: true
    case Tag.no: false
    default: nil
    }
  }

  /// The double nearest to an integer or number; nil for every other kind.
  public func double() -> Double? {
    let bits = tape.numberBits(at: index)
    switch tape.tag(at: index) {
    case Tag.integer: return Double(Int64(bitPattern: bits))
    case Tag.unsigned: return Double(bits)
    case Tag.double: return Double(bitPattern: bits)
    default: return nil
    }
  }

  /// The number of elements of an array or members of an object; zero for every other kind.
  public var count: Int {
    switch tape.tag(at: index) {
    case Tag.beginArray, Tag.beginObject: tape.count(ofContainerAt: index)
    default: 0
    }
  }

  /// Calls the body with each element of an array in order; with none if this is no array.
  public func forEachElement<Failure: Error>(_ body: (JSONNode) throws(Failure) -> Void) throws(Failure) {
    guard tape.tag(at: index) == Tag.beginArray else { return }
    let end = tape.end(ofContainerAt: index)
    var cursor = index + 1
    while cursor < end {
      try body(JSONNode(document: document, index: cursor))
      cursor = tape.index(after: cursor)
    }
  }

  /// Calls the body with each member of an object in order, duplicates included; with none if this is no object.
  public func forEachMember<Failure: Error>(
    _ body: (_ key: JSONKey, _ value: JSONNode) throws(Failure) -> Void
  ) throws(Failure) {
    guard tape.tag(at: index) == Tag.beginObject else { return }
    let end = tape.end(ofContainerAt: index)
    var cursor = index + 1
    while cursor < end {
      try body(JSONKey(document: document, index: cursor), JSONNode(document: document, index: cursor + 1))
      cursor = tape.index(after: cursor + 1)
    }
  }

  /// The element of an array at a position from zero; nil past its end and for every other kind.
  public subscript(position: Int) -> JSONNode? {
    guard tape.tag(at: index) == Tag.beginArray, position >= 0 else { return nil }
    let end = tape.end(ofContainerAt: index)
    var cursor = index + 1
    for _ in 0..<position where cursor < end { cursor = tape.index(after: cursor) }
    return cursor < end ? JSONNode(document: document, index: cursor) : nil
  }

  /// The first member of an object with a name; nil if there is none and for every other kind.
  public subscript(name: StaticString) -> JSONNode? {
    firstMember { $0 == name }
  }

  /// The first member of an object with a name that is only known at run time.
  public func member(named name: String) -> JSONNode? {
    firstMember { $0.string() == name }
  }

  private func firstMember(where isWanted: (JSONKey) -> Bool) -> JSONNode? {
    guard tape.tag(at: index) == Tag.beginObject else { return nil }
    let end = tape.end(ofContainerAt: index)
    var cursor = index + 1
    while cursor < end {
      if isWanted(JSONKey(document: document, index: cursor)) {
        return JSONNode(document: document, index: cursor + 1)
      }
      cursor = tape.index(after: cursor + 1)
    }
    return nil
  }
}

/// The name of a member, compared without building a string.
public struct JSONKey: Sendable {
  let document: JSONDocument
  let index: Int

  private var tape: Tape { document.tape }

  /// Whether the name has exactly these bytes.
  public static func == (key: JSONKey, name: StaticString) -> Bool {
    key.document.tape.isText(at: key.index, name)
  }

  /// The name as a string.
  public func string() -> String { tape.text(at: index) }
}
