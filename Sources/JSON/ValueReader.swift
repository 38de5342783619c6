/// Reads one value as what the caller needs; a value that does not fit is recorded and read as nil.
///
/// Readers live only inside the closures that they are handed to.
public struct ValueReader {
  let collector: FieldErrorCollector
  let index: Int

  private var document: JSONDocument { collector.document }

  init(collector: FieldErrorCollector, index: Int) {
    self.collector = collector
    self.index = index
  }

  /// The value itself, for callers that look at its kind first.
  public var node: JSONNode { JSONNode(document: document, index: index) }

  /// What the value is.
  public var kind: JSONNode.Kind { node.kind }

  /// Records an error of the caller's own at this value.
  public func refuse(_ code: String, _ message: String) { collector.record(code, at: index, message) }

  /// Records an error at this value.
  public func refuse(_ code: FieldError.Code, _ message: String) {
    collector.record(code, at: index, message)
  }

  /// A string of a number of characters (Unicode code points); U+0000 is refused because stores cut text there.
  public func string(minLength: Int = 0, maxLength: Int) -> String? {
    guard document.tag(at: index) == Tag.string else { return wrongType("a string") }
    if document.isText(at: index, longerThan: maxLength) {
      refuse(.tooLong, "must have at most \(maxLength) characters")
      return nil
    }
    if minLength > 0, document.isText(at: index, shorterThan: minLength) {
      refuse(
        .invalidValue, minLength == 1 ? "must not be empty" : "must have at least \(minLength) characters")
      return nil
    }
    if document.hasNullCharacter(at: index) {
      refuse(.invalidValue, "must not contain the character U+0000")
      return nil
    }
    return document.text(at: index)
  }

  /// An integer in a range; numbers with a fraction or an exponent have the wrong type.
  public func int64(in range: ClosedRange<Int64> = Int64.min...Int64.max) -> Int64? {
    switch document.tag(at: index) {
    case Tag.integer:
      let value = Int64(bitPattern: document.numberBits(at: index))
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
    switch document.tag(at: index) {
    case Tag.yes: true
    case Tag.no: false
    default: wrongType("a boolean")
    }
  }

  /// One of a closed list of strings.
  public func enumeration<Choice: RawRepresentable & CaseIterable>(_: Choice.Type = Choice.self) -> Choice?
  where Choice.RawValue == String {
    guard document.tag(at: index) == Tag.string else { return wrongType("a string") }
    if let choice = Choice(rawValue: document.text(at: index)) { return choice }
    refuse(
      .invalidValue, "must be one of " + Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))
    return nil
  }

  /// A string that the closure turns into a value; nil from the closure is an `invalid_value`.
  ///
  /// - Parameter expectation: what the string must be, such as "an RFC 3339 instant".
  public func parsed<Value>(maxLength: Int, as expectation: String, _ parse: (String) -> Value?) -> Value? {
    guard let text = string(maxLength: maxLength) else { return nil }
    if let value = parse(text) { return value }
    refuse(.invalidValue, "must be \(expectation)")
    return nil
  }

  /// An array whose elements the closure reads in order; nil if it has too many or if any element is nil.
  public func array<Element>(max: Int, _ read: (ValueReader) -> Element?) -> [Element]? {
    guard document.tag(at: index) == Tag.beginArray else { return wrongType("an array") }
    guard let count = countOfEntries(max: max) else { return nil }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    let end = document.end(ofContainerAt: index)
    var cursor = index + 1
    while cursor < end {
      if let element = read(ValueReader(collector: collector, index: cursor)) { elements.append(element) }
      cursor = document.index(after: cursor)
    }
    return elements.count == count ? elements : nil
  }

  /// An object whose members the closure asks for by name; a member it does not ask for is an `unknown_field`,
  /// and one that occurs again a `duplicate_member`.
  public func object<Value>(_ read: (inout ObjectReader) -> Value?) -> Value? {
    guard document.tag(at: index) == Tag.beginObject else { return wrongType("an object") }
    var reader = ObjectReader(collector: collector, index: index)
    let value = read(&reader)
    reader.finish()
    return value
  }

  /// An object with names of the client's choice, whose members the closure reads in order; nil if it has too
  /// many, if a name is too long or occurs twice, or if any value is nil.
  public func map<Value>(
    max: Int, maxKeyLength: Int, _ read: (_ key: String, _ value: ValueReader) -> Value?
  ) -> [String: Value]? {
    guard document.tag(at: index) == Tag.beginObject else { return wrongType("an object") }
    guard let count = countOfEntries(max: max) else { return nil }
    var members: [String: Value] = [:]
    members.reserveCapacity(count)
    let end = document.end(ofContainerAt: index)
    var cursor = index + 1
    while cursor < end {
      let value = ValueReader(collector: collector, index: cursor + 1)
      if let key = key(at: cursor, maxLength: maxKeyLength, of: value), let member = read(key, value) {
        if members.updateValue(member, forKey: key) != nil { value.refuseDuplicate() }
      }
      cursor = document.index(after: cursor + 1)
    }
    return members.count == count ? members : nil
  }

  /// An object with strings for values and names of the client's choice.
  public func stringMap(max: Int, maxKeyLength: Int, maxValueLength: Int) -> [String: String]? {
    map(max: max, maxKeyLength: maxKeyLength) { _, value in value.string(maxLength: maxValueLength) }
  }

  func refuseDuplicate() { refuse(.duplicateMember, "occurs more than once in its object") }

  private func countOfEntries(max: Int) -> Int? {
    let count = document.count(ofContainerAt: index)
    guard count > max else { return count }
    refuse(.tooMany, "must have at most \(max) entries")
    return nil
  }

  private func key(at index: Int, maxLength: Int, of value: ValueReader) -> String? {
    if document.isText(at: index, longerThan: maxLength) {
      value.refuse(.tooLong, "its name must have at most \(maxLength) characters")
      return nil
    }
    if document.hasNullCharacter(at: index) {
      value.refuse(.invalidValue, "its name must not contain the character U+0000")
      return nil
    }
    return document.text(at: index)
  }

  private func wrongType<Value>(_ expected: String) -> Value? {
    refuse(.wrongType, "must be \(expected)")
    return nil
  }
}
