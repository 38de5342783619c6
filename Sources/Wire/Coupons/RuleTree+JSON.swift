import JSON
import Scrip

/// The JSON of rules follows from the lists of kinds of conditions: a kind's name is the member's, and its operand is
/// read, written and described by the form that the kind says.
extension Condition where Subject: ~Copyable {
  fileprivate init?(
    named name: String, value: ValueReader, from origin: FormOrigin, _ lists: inout RuleLists
  ) {
    guard let kind = Subject.kinds.first(where: { $0.name.hasSameBytes(as: name) }) else {
      value.refuse(unknownRule, "is no rule for \(Subject.plural) that this version knows")
      return nil
    }
    guard let operand = kind.form.read(value, from: origin, &lists) else { return nil }
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

  init?<Subject: ~Copyable>(reading value: ValueReader, from origin: FormOrigin)
  where Leaf == Condition<Subject> {
    var reader = RuleReader<Subject>(origin: origin)
    guard let rule = reader.read(value, depth: 1) else { return nil }
    self = rule
  }

  /// The JSON schema of such rules, which refers to itself by this name.
  fileprivate static func schema<Subject: ~Copyable>(named name: String, _ description: String) -> String
  where Leaf == Condition<Subject> {
    let itself = "{\(schemaReference(name))}"
    let parts = #"{"type":"array","maxItems":200,"items":\#(itself)}"#
    let members =
      [#""all":\#(parts)"#, #""any":\#(parts)"#, #""not":\#(itself)"#]
      + Subject.kinds.map { #""\#($0.name)":\#($0.form.schema($0.meaning))"# }
    return #""\#(name)":{"type":"object","additionalProperties":false,"minProperties":1,"maxProperties":1,"#
      + #""description":"\#(description)","properties":{\#(members.joined(separator: ",\n"))}}"#
  }
}

/// The JSON schemas of rules.
public enum RuleSchemas {
  /// `LineRule`, `Rule` and those to which they refer, as members of one JSON object.
  public static var members: String {
    [
      OperandForm.sharedSchemas,
      LineRule.schema(
        named: "LineRule", "Which lines: one condition, or several joined by all, any and not."),
      Rule.schema(
        named: "Rule",
        "Which orders: one condition, or several joined by all, any and not; 10 levels deep at most. What a request does not say is unknown and grants nothing, neither as it is nor under not."
      ),
    ].joined(separator: ",\n")
  }
}

extension JSONWriter {
  mutating func member<Subject: ~Copyable>(_ name: StaticString, _ rule: RuleTree<Condition<Subject>>?) {
    key(name)
    if let rule { rule.write(to: &self) } else { null() }
  }
}

/// Reads one rule tree and counts what it holds, since every quote pays for it.
private struct RuleReader<Subject: RuleSubject & ~Copyable> {
  typealias Tree = RuleTree<Condition<Subject>>

  let origin: FormOrigin
  private var conditions = 0
  private var lists = RuleLists()

  init(origin: FormOrigin) { self.origin = origin }

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
    return Condition(named: name, value: value, from: origin, &lists)
  }
}
