import JSON
import Scrip

/// The JSON of rules follows from the lists of kinds of conditions: a kind's name is the member's, and its operand is
/// read, written and described by the form that the kind says.
extension Condition where Subject: ~Copyable {
  fileprivate init?(
    named name: String, value: ValueReader, _ lists: inout RuleLists
  ) {
    guard let kind = Subject.kinds.first(where: { $0.name.hasSameBytes(as: name) }) else {
      value.refuse(unknownRule, "is no rule for \(Subject.plural) that this version knows")
      return nil
    }
    guard let operand = kind.form.read(value, &lists) else { return nil }
    self.init(kind, operand)
  }
}

extension RuleTree {
  /// Writes an object with one member: `all`, `any`, `not` or a condition's name.
  func write<Subject: ~Copyable>(to writer: inout JSONWriter) where Leaf == Condition<Subject> {
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
        condition.operand.write(to: &writer)
      }
    }
  }
}

/// A rule about orders, or about lines.
struct RuleForm<Subject: RuleSubject & ~Copyable>: ValueForm {
  let name: String
  let meaning: String

  func read(_ value: ValueReader) -> RuleTree<Condition<Subject>>? {
    var reader = RuleReader<Subject>()
    return reader.read(value, depth: 1)
  }

  func write(_ rule: RuleTree<Condition<Subject>>, to writer: inout JSONWriter) { rule.write(to: &writer) }

  /// The schema refers to itself.
  func schema(_ walk: inout SchemaWalk) -> JSONTree {
    let (name, meaning) = (name, meaning)
    return walk.reference(
      name,
      describedBy: { walk in
        let itself = JSONTree.reference(name)
        let parts: JSONTree = ["type": "array", "maxItems": 200, "items": itself]
        var members: JSONTree = ["all": parts, "any": parts, "not": itself]
        for kind in Subject.kinds { members = members.with(kind.name, kind.form.schema(kind.meaning, &walk)) }
        return [
          "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
          "description": .text(meaning), "properties": members,
        ]
      })
  }
}

extension ValueForm where Self == RuleForm<RuledLine> {
  /// Which lines.
  static func lineRule() -> Self {
    RuleForm(
      name: "LineRule", meaning: "Which lines: one condition, or several joined by all, any and not.")
  }
}

extension ValueForm where Self == RuleForm<RuledOrder> {
  /// Which orders.
  static func rule() -> Self {
    RuleForm(
      name: "Rule",
      meaning:
        "Which orders: one condition, or several joined by all, any and not; 10 levels deep at most. What a request does not say is unknown and grants nothing, neither as it is nor under not."
    )
  }
}

/// Reads one rule tree and counts what it holds, since every quote pays for it.
private struct RuleReader<Subject: RuleSubject & ~Copyable> {
  typealias Tree = RuleTree<Condition<Subject>>

  private var conditions = 0
  private var lists = RuleLists()

  mutating func read(_ value: ValueReader, depth: Int) -> Tree? {
    if depth > 10 {
      value.refuse(.tooMany, "must be nested at most 10 levels deep")
      return nil
    }
    if value.kind == .object, value.node.count != 1 {
      value.refuse(.invalidValue, "must have exactly one member, which names the rule")
      return nil
    }
    var rule: Tree?
    _ = value.map(max: 1, maxKeyLength: TextLimit.identifier) { name, value -> Bool? in
      rule = read(name, value, depth: depth)
      return true
    }
    return rule
  }

  private mutating func read(_ name: String, _ value: ValueReader, depth: Int) -> Tree? {
    switch name {
    case "all": return parts(of: value, depth: depth).map(Tree.all)
    case "any": return parts(of: value, depth: depth).map(Tree.any)
    case "not": return read(value, depth: depth + 1).map(Tree.not)
    default: return condition(name, value).map(Tree.condition)
    }
  }

  private mutating func parts(of value: ValueReader, depth: Int) -> [Tree]? {
    value.array(max: 200) { read($0, depth: depth + 1) }
  }

  private mutating func condition(_ name: String, _ value: ValueReader) -> Condition<Subject>? {
    conditions += 1
    if conditions > 200 {
      if conditions == 201 { value.refuse(.tooMany, "is the 201st condition; a rule has at most 200") }
      return nil
    }
    return Condition(named: name, value: value, &lists)
  }
}
