import JSON
import Scrip

/// A condition with a JSON form: one member of a rule object.
protocol RuleCondition: Hashable, Sendable {
  /// The member's name.
  var name: String { get }

  /// Writes the member's value.
  func writeValue(to writer: inout JSONWriter)

  /// Reads the member's value; nil after an error was recorded.
  ///
  /// - Parameter lists: reads lists of names within the tree's own bound.
  init?(named name: String, value: ValueReader, from origin: FormOrigin, _ lists: inout RuleLists)
}

extension RuleTree where Condition: RuleCondition {
  /// Writes an object with one member: `all`, `any`, `not` or a condition's name.
  func write(to writer: inout JSONWriter) {
    writer.object { writer in
      switch self {
      case .all(let parts):
        writer.key("all")
        writer.array { writer in for part in parts { part.write(to: &writer) } }
      case .any(let parts):
        writer.key("any")
        writer.array { writer in for part in parts { part.write(to: &writer) } }
      case .not(let part):
        writer.key("not")
        part.write(to: &writer)
      case .condition(let condition):
        writer.key(named: condition.name)
        condition.writeValue(to: &writer)
      }
    }
  }

  init?(reading value: ValueReader, from origin: FormOrigin) {
    var reader = RuleReader<Condition>(origin: origin)
    guard let rule = reader.read(value, depth: 1) else { return nil }
    self = rule
  }
}

extension JSONWriter {
  mutating func member<Condition: RuleCondition>(_ name: StaticString, _ rule: RuleTree<Condition>?) {
    key(name)
    if let rule { rule.write(to: &self) } else { null() }
  }
}

/// Reads one rule tree and counts what it holds, since every quote pays for it.
private struct RuleReader<Condition: RuleCondition> {
  let origin: FormOrigin
  private var conditions = 0
  private var lists = RuleLists()

  init(origin: FormOrigin) { self.origin = origin }

  mutating func read(_ value: ValueReader, depth: Int) -> RuleTree<Condition>? {
    if depth > 10 {
      value.refuse(.tooMany, "must be nested at most 10 levels deep")
      return nil
    }
    if value.kind == .object, value.node.count != 1 {
      value.refuse(.invalidValue, "must have exactly one member, which names the rule")
      return nil
    }
    var rule: RuleTree<Condition>?
    _ = value.map(max: 1, maxKeyLength: TextLimit.identifier) { name, value -> Bool? in
      rule = read(name, value, depth: depth)
      return true
    }
    return rule
  }

  private mutating func read(_ name: String, _ value: ValueReader, depth: Int) -> RuleTree<Condition>? {
    switch name {
    case "all": return parts(of: value, depth: depth).map(RuleTree.all)
    case "any": return parts(of: value, depth: depth).map(RuleTree.any)
    case "not": return read(value, depth: depth + 1).map(RuleTree.not)
    default: return condition(name, value).map(RuleTree.condition)
    }
  }

  private mutating func parts(of value: ValueReader, depth: Int) -> [RuleTree<Condition>]? {
    value.array(max: 200) { read($0, depth: depth + 1) }
  }

  private mutating func condition(_ name: String, _ value: ValueReader) -> Condition? {
    conditions += 1
    if conditions > 200 {
      if conditions == 201 { value.refuse(.tooMany, "is the 201st condition; a rule has at most 200") }
      return nil
    }
    return Condition(named: name, value: value, from: origin, &lists)
  }
}

/// Reads the lists of names of one rule tree, and counts them.
struct RuleLists {
  private var listValues = 0

  mutating func read<Subject>(_ value: ValueReader) -> [ExactText<Subject>]? {
    guard let list = value.array(max: 1000, { $0.name(ExactText<Subject>.self) }) else { return nil }
    listValues += list.count
    if listValues <= 1000 { return list }
    value.refuse(.tooMany, "all lists of a rule must have at most 1000 values together")
    return nil
  }
}
