import JSON
import Scrip

/// Where a text comes from decides how much of it is believed: what this service wrote itself stays readable when bounds
/// of lengths and lists change. Ranges of numbers are judged always, because sums rest on them.
extension ValueReader {
  /// Whether the text is one that this service wrote itself.
  var isStored: Bool { ignoresUnknownMembers }
}

/// Text of so many characters.
public struct TextForm: ValueForm {
  let lengths: ClosedRange<Int>

  /// Reads one.
  public func read(_ value: ValueReader) -> String? {
    value.isStored
      ? value.string(maxLength: .max)
      : value.string(minLength: lengths.lowerBound, maxLength: lengths.upperBound)
  }

  /// Writes one.
  public func write(_ text: String, to writer: inout JSONWriter) { writer.string(text) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree { textSchema(lengths) }
}

/// The caller's name for something, compared by its bytes.
public struct NameForm<Subject>: ValueForm {
  enum Rule { case name, visibleName, word }

  let rule: Rule

  /// Reads one.
  public func read(_ value: ValueReader) -> ExactText<Subject>? {
    if value.isStored { return value.storedName(ExactText<Subject>.self) }
    return switch rule {
    case .name: value.name(ExactText<Subject>.self)
    case .visibleName: value.visibleName(ExactText<Subject>.self)
    case .word: value.word(ExactText<Subject>.self)
    }
  }

  /// Writes one.
  public func write(_ name: ExactText<Subject>, to writer: inout JSONWriter) { writer.string(name.text) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    switch rule {
    case .word: walk.reference("Word") { textSchema(1...TextLimit.word) }
    case .name, .visibleName: walk.reference("Identifier") { textSchema(1...TextLimit.identifier) }
    }
  }
}

/// An integer in a range.
public struct IntegerForm: ValueForm {
  let range: ClosedRange<Int64>

  /// Reads one.
  public func read(_ value: ValueReader) -> Int64? { value.int64(in: range) }

  /// Writes one.
  public func write(_ number: Int64, to writer: inout JSONWriter) { writer.int(number) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree { integerSchema(range) }
}

/// Yes or no.
public struct FlagForm: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> Bool? { value.bool() }

  /// Writes one.
  public func write(_ flag: Bool, to writer: inout JSONWriter) { writer.bool(flag) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "boolean"] }
}

/// One of a closed list of words.
public struct ChoiceForm<Choice: CaseIterable & RawRepresentable<String>>: ValueForm {
  /// The name under which other schemas refer to this one; nil to describe it where it stands.
  let name: StaticString?
  let note: StaticString?

  /// Reads one.
  public func read(_ value: ValueReader) -> Choice? { value.enumeration(Choice.self) }

  /// Writes one.
  public func write(_ choice: Choice, to writer: inout JSONWriter) { writer.string(choice.rawValue) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let list = JSONTree.list(Choice.allCases.map { .text($0.rawValue) })
    let schema: JSONTree = ["type": "string", "enum": list]
    guard let name else { return schema }
    return walk.reference("\(name)") { schema.noted(note) }
  }
}

/// A set of words out of a closed list, none of them twice; written in their order.
public struct ChoicesForm<Choice: CaseIterable & RawRepresentable<String> & Hashable>: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> Set<Choice>? { value.choices() }

  /// Writes one.
  public func write(_ choices: Set<Choice>, to writer: inout JSONWriter) {
    writer.array { writer in
      for word in choices.map(\.rawValue).sorted() { writer.string(word) }
    }
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let list = JSONTree.list(Choice.allCases.map { .text($0.rawValue) })
    return ["type": "array", "uniqueItems": true, "items": ["type": "string", "enum": list]]
  }
}

/// A number that this service gave.
public struct IdentifierForm<Subject: Identified>: ValueForm {
  /// The only one.
  public init() {}

  /// Reads one.
  public func read(_ value: ValueReader) -> Identifier<Subject>? { value.identifier() }

  /// Writes one.
  public func write(_ id: Identifier<Subject>, to writer: inout JSONWriter) {
    writer.string(lengthMax: Identifier<Subject>.textLength) { id.append(to: &$0) }
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    ["type": "string", "pattern": .text("^\(Subject.prefix)_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
  }
}

/// A moment in UTC.
public struct InstantForm: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> Instant? { value.instant() }

  /// Writes one.
  public func write(_ moment: Instant, to writer: inout JSONWriter) {
    writer.string(lengthMax: Instant.textLengthMax) { moment.append(to: &$0) }
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.reference("Moment") {
      ["type": "string", "format": "date-time", "description": "An instant (RFC 3339)."]
    }
  }
}

/// A day in the calendar.
public struct DayForm: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> CalendarDay? { value.calendarDay() }

  /// Writes one.
  public func write(_ day: CalendarDay, to writer: inout JSONWriter) { writer.string(day.description) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "string", "format": "date"] }
}

/// A list of so many elements.
public struct ListForm<Element: ValueForm>: ValueForm {
  let element: Element
  let counts: ClosedRange<Int>
  /// What an element is called, in the singular.
  var noun: StaticString = "entry"

  /// Reads one.
  public func read(_ value: ValueReader) -> [Element.Value]? {
    guard let list = value.array(max: value.isStored ? .max : counts.upperBound, element.read) else {
      return nil
    }
    if list.count >= counts.lowerBound { return list }
    value.refuse(
      .invalidValue, "must have at least \(counts.lowerBound == 1 ? "one" : "\(counts.lowerBound)") \(noun)")
    return nil
  }

  /// Writes one.
  public func write(_ elements: [Element.Value], to writer: inout JSONWriter) {
    writer.beginArray()
    for value in elements { element.write(value, to: &writer) }
    writer.endArray()
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    var schema: JSONTree = ["type": "array"]
    if counts.lowerBound > 0 { schema = schema.with("minItems", .int(Int64(counts.lowerBound))) }
    if counts.upperBound < .max { schema = schema.with("maxItems", .int(Int64(counts.upperBound))) }
    return schema.with("items", element.schema(&walk))
  }
}

/// A list in which no key stands twice; the second one is refused.
public struct DistinctListForm<Element: ValueForm, Key: Hashable>: ValueForm {
  let list: ListForm<Element>
  let key: (Element.Value) -> Key
  /// The member that holds the key.
  let member: StaticString
  /// What is wrong with a repetition.
  let message: StaticString

  /// Reads one.
  public func read(_ value: ValueReader) -> [Element.Value]? {
    guard let elements = list.read(value) else { return nil }
    guard let repeated = indexOfRepetition(elements) else { return elements }
    var position = 0
    _ = value.array(max: elements.count) { element -> Bool? in
      defer { position += 1 }
      guard position == repeated else { return true }
      return element.object { (object: inout ObjectReader) -> Bool? in
        object.ignoreUnknownMembers()
        object.refuse(member, FieldError.Code.invalidValue, "\(message)")
        return nil
      }
    }
    return nil
  }

  /// Writes one.
  public func write(_ elements: [Element.Value], to writer: inout JSONWriter) {
    list.write(elements, to: &writer)
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree { list.schema(&walk) }

  private func indexOfRepetition(_ elements: [Element.Value]) -> Int? {
    if elements.count < 2 { return nil }
    let keys = elements.map(key)
    // Most lists are so small that comparing pairs is cheaper than a set.
    if keys.count <= 8 {
      for index in keys.indices where (0..<index).contains(where: { keys[$0] == keys[index] }) {
        return index
      }
      return nil
    }
    var seen: Set<Key> = []
    return keys.indices.first { !seen.insert(keys[$0]).inserted }
  }
}

/// An object with a form of its own.
public struct NestedForm<Value: ObjectForm>: ValueForm {
  /// Reads one.
  public func read(_ value: ValueReader) -> Value? { Value(reading: value) }

  /// Writes one.
  public func write(_ object: Value, to writer: inout JSONWriter) { object.write(to: &writer) }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree {
    walk.components.reference(Value.self, walk.direction == .edit ? .input : walk.direction)
  }
}

/// JSON that is written already. Read, it is what this service wrote itself.
public struct EncodedForm: ValueForm {
  /// The schema that describes it.
  let describe: (inout SchemaWalk) -> JSONTree

  /// Reads one; nothing where nobody will ask for it.
  public func read(_ value: ValueReader) -> [UInt8]? { value.skipsEncoded ? [] : value.canonicalBytes() }

  /// Writes one.
  public func write(_ json: [UInt8], to writer: inout JSONWriter) {
    if json.isEmpty { writer.null() } else { writer.raw(json) }
  }

  /// Describes one.
  public func schema(_ walk: inout SchemaWalk) -> JSONTree { describe(&walk) }
}

/// A string of so many characters.
public func textSchema(_ lengths: ClosedRange<Int>) -> JSONTree {
  var schema: JSONTree = ["type": "string"]
  if lengths.lowerBound > 0 { schema = schema.with("minLength", .int(Int64(lengths.lowerBound))) }
  if lengths.upperBound < .max { schema = schema.with("maxLength", .int(Int64(lengths.upperBound))) }
  return schema
}

/// An integer in a range.
public func integerSchema(_ range: ClosedRange<Int64>) -> JSONTree {
  var schema: JSONTree = ["type": "integer"]
  if range.lowerBound > .min { schema = schema.with("minimum", .int(range.lowerBound)) }
  if range.upperBound < .max { schema = schema.with("maximum", .int(range.upperBound)) }
  return schema
}
