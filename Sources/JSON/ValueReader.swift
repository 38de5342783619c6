/// Reads one value as what the caller needs; a value that does not fit is recorded and read as nil.
///
/// Readers live only inside the closures that they are handed to.
public struct ValueReader {
  @usableFromInline let collector: FieldErrorCollector
  @usableFromInline let index: Int

  private var tape: Tape { collector.tape }

  @inlinable
  init(collector: FieldErrorCollector, index: Int) {
    self.collector = collector
    self.index = index
  }

  /// The value itself, for callers that look at its kind first.
  public var node: JSONNode { JSONNode(document: collector.document, index: index) }

  /// What the value is.
  public var kind: JSONNode.Kind { node.kind }

  /// Whether members that nobody asks for are passed over in the whole text: it is one that this program wrote itself.
  public var ignoresUnknownMembers: Bool { collector.ignoresUnknownMembers }

  /// Whether parts that are kept as they are encoded are not looked at: nobody will ask for them.
  public var skipsEncoded: Bool { collector.skipsEncoded }

  /// Records an error of the caller's own at this value.
  public func refuse(_ code: String, _ message: String) { collector.record(code, at: index, message) }

  /// Records an error at this value.
  public func refuse(_ code: FieldError.Code, _ message: String) {
    collector.record(code, at: index, message)
  }

  /// A string of a number of characters (Unicode code points); U+0000 is refused because stores cut text there.
  public func string(minLength: Int = 0, maxLength: Int) -> String? {
    guard tape.tag(at: index) == Tag.string else { return wrongType("a string") }
    if tape.isText(at: index, longerThan: maxLength) {
      refuse(.tooLong, "must have at most \(maxLength) characters")
      return nil
    }
    if minLength > 0, tape.isText(at: index, shorterThan: minLength) {
      refuse(
        .invalidValue, minLength == 1 ? "must not be empty" : "must have at least \(minLength) characters")
      return nil
    }
    if tape.hasNullCharacter(at: index) {
      refuse(.invalidValue, "must not contain the character U+0000")
      return nil
    }
    return tape.text(at: index)
  }

  /// An integer in a range; numbers with a fraction or an exponent have the wrong type.
  public func int64(in range: ClosedRange<Int64> = Int64.min...Int64.max) -> Int64? {
    switch tape.tag(at: index) {
    case Tag.integer:
      let value = Int64(bitPattern: tape.numberBits(at: index))
      if range.contains(value) { return value }
      fallthrough
    case Tag.unsigned:
      refuse(.outOfRange, "must be between \(range.lowerBound) and \(range.upperBound)")
      return nil
    default: return wrongType("an integer")
    }
  }

  /// An integer in a range; numbers with a fraction or an exponent have the wrong type.
  public func int(in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
    int64(in: Int64(range.lowerBound)...Int64(range.upperBound)).map(Int.init)
  }

  /// A boolean.
  public func bool() -> Bool? {
    switch tape.tag(at: index) {
    case Tag.yes: true
    case Tag.no: false
    default: wrongType("a boolean")
    }
  }

  /// One of a closed list of strings.
  @inlinable
  public func enumeration<Choice: RawRepresentable & CaseIterable>(_: Choice.Type = Choice.self) -> Choice?
  where Choice.RawValue == String {
    guard let text = anyString() else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    refuse(
      .invalidValue, "must be one of " + Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))
    return nil
  }

  /// A string that the closure turns into a value; nil from the closure is an `invalid_value`.
  ///
  /// - Parameter expectation: what the string must be, such as "an RFC 3339 instant".
  @inlinable
  public func parsed<Value>(maxLength: Int, as expectation: String, _ parse: (String) -> Value?) -> Value? {
    guard let text = string(maxLength: maxLength) else { return nil }
    if let value = parse(text) { return value }
    refuse(.invalidValue, "must be \(expectation)")
    return nil
  }

  /// An array whose elements the closure reads in order; nil if it has too many or if any element is nil.
  @inlinable
  public func array<Element>(max: Int, _ read: (ValueReader) -> Element?) -> [Element]? {
    guard let array = entries(of: .array, max: max) else { return nil }
    var elements: [Element] = []
    elements.reserveCapacity(array.count)
    var cursor = index + 1
    while cursor < array.end {
      let element = ValueReader(collector: collector, index: cursor)
      if let element = read(element) { elements.append(element) }
      cursor = element.indexAfter
    }
    return elements.count == array.count ? elements : nil
  }

  /// An object whose members the closure asks for by name; a member it does not ask for is an `unknown_field`,
  /// and one that occurs again a `duplicate_member`.
  @inlinable
  public func object<Value>(_ read: (inout ObjectReader) -> Value?) -> Value? {
    guard let object = entries(of: .object, max: .max) else { return nil }
    var reader = ObjectReader(collector: collector, index: index, end: object.end)
    let value = read(&reader)
    reader.finish()
    return value
  }

  /// An object with names of the client's choice, whose members the closure reads in order; nil if it has too
  /// many, if a name is too long or occurs twice, or if any value is nil. Names are the same if their bytes are.
  @inlinable
  public func map<Value>(
    max: Int, maxKeyLength: Int, _ read: (_ key: String, _ value: ValueReader) -> Value?
  ) -> [(key: String, value: Value)]? {
    guard let object = entries(of: .object, max: max) else { return nil }
    var members: [(key: String, value: Value)] = []
    members.reserveCapacity(object.count)
    var names: Set<[UInt8]> = []
    var cursor = index + 1
    while cursor < object.end {
      let value = ValueReader(collector: collector, index: cursor + 1)
      if let key = value.key(maxLength: maxKeyLength), let member = read(key, value) {
        if names.insert(Array(key.utf8)).inserted {
          members.append((key, member))
        } else {
          value.refuseDuplicate()
        }
      }
      cursor = value.indexAfter
    }
    return members.count == object.count ? members : nil
  }

  /// An object with strings for values and names of the client's choice.
  public func stringMap(max: Int, maxKeyLength: Int, maxValueLength: Int) -> [(key: String, value: String)]? {
    map(max: max, maxKeyLength: maxKeyLength) { _, value in value.string(maxLength: maxValueLength) }
  }

  /// The index of the value or closing bracket after this value.
  @usableFromInline var indexAfter: Int { tape.index(after: index) }

  @usableFromInline
  func refuseDuplicate() { refuse(.duplicateMember, "occurs more than once in its object") }

  /// A string of any length, for choices among values that are known.
  @usableFromInline
  func anyString() -> String? {
    tape.tag(at: index) == Tag.string ? tape.text(at: index) : wrongType("a string")
  }

  /// The number of entries of this container and the index of its closing bracket.
  @usableFromInline
  func entries(of kind: JSONNode.Kind, max: Int) -> (count: Int, end: Int)? {
    let isArray = kind == .array
    guard tape.tag(at: index) == (isArray ? Tag.beginArray : Tag.beginObject) else {
      return wrongType(isArray ? "an array" : "an object")
    }
    let count = tape.count(ofContainerAt: index)
    guard count <= max else {
      refuse(.tooMany, "must have at most \(max) entries")
      return nil
    }
    return (count, tape.end(ofContainerAt: index))
  }

  /// The name of the member whose value this is.
  @usableFromInline
  func key(maxLength: Int) -> String? {
    if tape.isText(at: index - 1, longerThan: maxLength) {
      refuse(.tooLong, "its name must have at most \(maxLength) characters")
      return nil
    }
    if tape.hasNullCharacter(at: index - 1) {
      refuse(.invalidValue, "its name must not contain the character U+0000")
      return nil
    }
    return tape.text(at: index - 1)
  }

  private func wrongType<Value>(_ expected: String) -> Value? {
    refuse(.wrongType, "must be \(expected)")
    return nil
  }
}
