import JSON
import Scrip

/// Each form of an operand once: how it is read, with all that can be wrong with it, and its schema. Every condition
/// of that form is written so.
extension OperandForm {
  /// Reads an operand; nil after an error was recorded.
  ///
  /// - Parameter lists: reads lists of names within the rule's own bound.
  func read(_ value: ValueReader, _ lists: inout RuleLists) -> Operand? {
    switch self {
    case .names: NameSet(reading: value) { lists.read($0) }.map(Operand.names)
    case .countries: NameSet(reading: value) { lists.countries($0) }.map(Operand.names)
    case .amounts: AmountRange(reading: value)?.operand
    case .count: CountRange(reading: value)?.operand
    case .flag: value.bool().map(Operand.flag)
    }
  }

  /// The schema of an operand of a kind of condition, which says what the kind looks at.
  func schema(_ meaning: String, _ walk: inout SchemaWalk) -> JSONTree {
    switch self {
    case .names:
      Self.membership("Membership", of: NameForm<Named.Anything>(rule: .name).schema(&walk), &walk)
        .with("description", .text("\(meaning)."))
    case .countries:
      Self.membership("CountryMembership", of: CountryForm().schema(&walk), &walk)
        .with("description", .text("\(meaning)."))
    case .amounts:
      Self.bounds(meaning, of: "object", AmountsForm(range: 0...amountMax, countMin: 1).schema(&walk))
    case .count: Self.bounds(meaning, of: "integer", UsesForm().schema(&walk))
    case .flag: ["type": "boolean", "description": .text("\(meaning).")]
    }
  }

  /// Either list, and the other one left out or null.
  private static func membership(_ name: String, of item: JSONTree, _ walk: inout SchemaWalk) -> JSONTree {
    let list: JSONTree = ["type": "array", "maxItems": 1000, "items": item]
    let either = [("in", "not_in"), ("not_in", "in")].map { one, other -> JSONTree in
      ["required": [.text(one)], "properties": [one: ["type": "array"], other: ["type": "null"]]]
    }
    return walk.reference(name) {
      [
        "type": "object", "additionalProperties": false, "oneOf": .list(either),
        "properties": ["in": list.orNull, "not_in": list.orNull],
      ]
    }
  }

  /// At least one of two bounds.
  private static func bounds(_ meaning: String, of type: JSONTree, _ bound: JSONTree) -> JSONTree {
    let some = ["min", "max"].map { name -> JSONTree in
      ["required": [.text(name)], "properties": [name: ["type": type]]]
    }
    return [
      "type": "object", "additionalProperties": false, "anyOf": .list(some),
      "description": .text("\(meaning), from min to max, both included."),
      "properties": ["min": bound.orNull, "max": bound.orNull],
    ]
  }
}

extension Operand: JSONWritable {
  /// `{"in":["DE","AT"]}`, `{"min":{"EUR":100}}`, `{"max":3}` or `true`.
  public func write(to writer: inout JSONWriter) {
    switch self {
    case .names(let names):
      let list = ListForm(element: NameForm<Named.Anything>(rule: .name), counts: 0...Int.max)
      writer.object { $0.put(names.isIn ? "in" : "not_in", names.list, list) }
    case .amounts(let range):
      writer.object { writer in
        if let minimum = range.minimum { writer.put("min", minimum, .amounts(from: 0)) }
        if let maximum = range.maximum { writer.put("max", maximum, .amounts(from: 0)) }
      }
    case .count(let range):
      writer.object { writer in
        if let minimum = range.minimum { writer.put("min", minimum, .uses()) }
        if let maximum = range.maximum { writer.put("max", maximum, .uses()) }
      }
    case .flag(let flag): writer.bool(flag)
    }
  }
}

extension NameSet {
  fileprivate init?(reading value: ValueReader, _ readList: (ValueReader) -> [Name]?) {
    let names = value.object { (object: inout ObjectReader) -> NameSet? in
      object.refuseUnknownMembers()
      let isIn = object.member("in", readList)
      let isNotIn = object.member("not_in", readList)
      switch (isIn, isNotIn) {
      case (.some(.some(let list)), .some(nil)): return NameSet(list, isIn: true)
      case (.some(nil), .some(.some(let list))): return NameSet(list, isIn: false)
      case (nil, _), (_, nil): return nil
      default:
        value.refuse(.invalidValue, "must have either \"in\" or \"not_in\"")
        return nil
      }
    }
    guard let names else { return nil }
    self = names
  }
}

/// Reads the lists of names of one rule tree, and counts them.
struct RuleLists {
  private var listValues = 0

  fileprivate mutating func read(_ value: ValueReader) -> [NameSet.Name]? {
    guard let list = value.array(max: 1000, { $0.name(NameSet.Name.self) }) else { return nil }
    listValues += list.count
    if listValues <= 1000 { return list }
    value.refuse(.tooMany, "all lists of a rule must have at most 1000 values together")
    return nil
  }

  /// If an entry is no country, the errors are recorded entry by entry.
  fileprivate mutating func countries(_ value: ValueReader) -> [NameSet.Name]? {
    guard let names = read(value) else { return nil }
    return value.array(max: names.count) { CountryForm().read($0).map { NameSet.Name($0.text) } }
  }
}

extension AmountRange {
  /// Reads bounds. One that names no currency would say nothing of any order.
  fileprivate init?(reading value: ValueReader) {
    let range = value.object { (object: inout ObjectReader) -> AmountRange? in
      // A condition that is half understood could grant what it is there to refuse.
      object.refuseUnknownMembers()
      let minimum = object.member("min") { $0.amountBound() }
      let maximum = object.member("max") { $0.amountBound() }
      guard let minimum, let maximum, object.hasBound(minimum != nil || maximum != nil) else { return nil }
      for least in minimum?.entries ?? [] {
        guard let most = maximum?[least.currency], most < least.minorUnits else { continue }
        object.refuse("max", .invalidValue, "must be at least min in \(least.currency)")
        return nil
      }
      return AmountRange(minimum: minimum, maximum: maximum)
    }
    guard let range else { return nil }
    self = range
  }
}

extension CountRange {
  fileprivate init?(reading value: ValueReader) {
    let range = value.object { (object: inout ObjectReader) -> CountRange? in
      object.refuseUnknownMembers()
      let minimum = object.member("min") { $0.int64(in: 1...1_000_000_000) }
      let maximum = object.member("max") { $0.int64(in: 1...1_000_000_000) }
      guard let minimum, let maximum, object.hasBound(minimum != nil || maximum != nil) else { return nil }
      if let minimum, let maximum, maximum < minimum {
        object.refuse("max", .invalidValue, "must be at least min")
        return nil
      }
      return CountRange(minimum: minimum, maximum: maximum)
    }
    guard let range else { return nil }
    self = range
  }
}

extension ValueReader {
  fileprivate func amountBound() -> AmountsByCurrency? {
    guard let amounts = amounts(in: 0...amountMax) else { return nil }
    if !amounts.isEmpty || isStored { return amounts }
    refuse(.invalidValue, "must have an amount in at least one currency")
    return nil
  }
}

extension ObjectReader {
  fileprivate func hasBound(_ hasBound: Bool) -> Bool {
    if !hasBound { refuse("min", .required, "is required, or max") }
    return hasBound
  }
}
