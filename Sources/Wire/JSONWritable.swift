import JSON
import Scrip

/// What has one JSON form, the same for the API, the stores and the event log. Equal values give equal bytes.
public protocol JSONWritable {
  /// Writes the form as the next value.
  func write(to writer: inout JSONWriter)
}

extension JSONWritable {
  /// The form as bytes.
  public var json: [UInt8] { JSONWriter.bytes { write(to: &$0) } }
}

/// Whole members in one call; what is nil is written as `null`, so that every member is always there.
extension JSONWriter {
  mutating func member(_ name: StaticString, _ value: String?) {
    key(name)
    if let value { string(value) } else { null() }
  }

  mutating func member(_ name: StaticString, _ value: Int64?) {
    key(name)
    if let value { int(value) } else { null() }
  }

  mutating func member(_ name: StaticString, _ value: Bool?) {
    key(name)
    if let value { bool(value) } else { null() }
  }

  mutating func member(_ name: StaticString, _ value: Instant?) {
    key(name)
    if let value {
      string(lengthMax: Instant.textLengthMax) { value.append(to: &$0) }
    } else {
      null()
    }
  }

  mutating func member<Subject>(_ name: StaticString, _ value: Identifier<Subject>) {
    key(name)
    string(lengthMax: Identifier<Subject>.textLength) { value.append(to: &$0) }
  }

  mutating func member(_ name: StaticString, _ value: Currency) {
    key(name)
    string(lengthMax: 3) { value.append(to: &$0) }
  }

  mutating func member<Subject>(_ name: StaticString, _ value: ExactText<Subject>?) {
    member(name, value?.text)
  }

  mutating func member<Subject>(_ name: StaticString, _ value: [ExactText<Subject>]?) {
    key(name)
    if let value { array { writer in for name in value { writer.string(name.text) } } } else { null() }
  }

  mutating func member(_ name: StaticString, _ value: [String]) {
    key(name)
    array { writer in for text in value { writer.string(text) } }
  }

  mutating func member(_ name: StaticString, _ value: some JSONWritable) {
    key(name)
    value.write(to: &self)
  }

  mutating func member(_ name: StaticString, _ value: (some JSONWritable)?) {
    key(name)
    if let value { value.write(to: &self) } else { null() }
  }

  mutating func member(_ name: StaticString, _ values: [some JSONWritable]) {
    key(name)
    array { writer in for value in values { value.write(to: &writer) } }
  }

  /// A choice by its stable name.
  mutating func member<Choice: RawRepresentable<String>>(_ name: StaticString, _ value: Choice) {
    member(name, value.rawValue)
  }

  /// A set of choices, sorted by name.
  mutating func member<Choice: RawRepresentable<String>>(_ name: StaticString, _ value: Set<Choice>) {
    member(name, value.map { $0.rawValue }.sorted())
  }
}

extension AmountsByCurrency: JSONWritable {
  /// `{"EUR":450,"USD":500}`, sorted by currency.
  public func write(to writer: inout JSONWriter) {
    writer.object { writer in
      for amount in entries {
        writer.key(named: amount.currency.code)
        writer.int(amount.minorUnits)
      }
    }
  }
}
