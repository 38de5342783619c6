import JSON
import Scrip

/// In which direction a form is described.
public enum FormDirection: Hashable, Sendable {
  /// What callers send: members with a fallback may be left out or null.
  case input
  /// What callers send to change something: everything may be left out.
  case edit
  /// What callers get: every member is there.
  case output
}

/// The schemas that others refer to, each by its name.
public struct SchemaComponents: Sendable {
  /// The schemas in the order in which they were met first.
  public private(set) var schemas: [(name: String, schema: JSONTree)] = []
  private var known: Set<SchemaName> = []

  /// None.
  public init() {}

  /// Adds a form and all that it refers to.
  public mutating func add<Form: ObjectForm>(_: Form.Type, _ direction: FormDirection) {
    _ = reference(Form.self, direction)
  }

  /// A reference to a form, which is described if nobody has met it before.
  mutating func reference<Form: ObjectForm>(_: Form.Type, _ direction: FormDirection) -> JSONTree {
    let name = Form.schemaName(direction)
    if known.insert(SchemaName(name)).inserted {
      let place = schemas.count
      schemas.append((name, .null))
      var walk = SchemaWalk(direction, self)
      _ = Form.walk(&walk, nil)
      var schema = walk.schema.noted(Form.formNote)
      if direction != .output, !Form.formExamples.isEmpty {
        schema = schema.with("examples", .list(Form.formExamples.map(JSONTree.encoded)))
      }
      self = walk.components
      schemas[place].schema = schema
    }
    return .reference(name)
  }

  /// The place of a schema that nobody has met before; nil for one that is known.
  fileprivate mutating func place(of name: String) -> Int? {
    guard known.insert(SchemaName(name)).inserted else { return nil }
    schemas.append((name, .null))
    return schemas.count - 1
  }

  fileprivate mutating func fill(_ place: Int, _ schema: JSONTree) { schemas[place].schema = schema }

  /// A reference to a schema of some value that many forms have.
  mutating func reference(_ name: String, _ describe: () -> JSONTree) -> JSONTree {
    if known.insert(SchemaName(name)).inserted { schemas.append((name, describe())) }
    return .reference(name)
  }
}

/// A schema's name, which is ASCII and ours.
private typealias SchemaName = ExactText<SchemaComponents>

/// Describing: names, kinds and notes of the members become a JSON Schema.
public struct SchemaWalk: FormWalk {
  /// In which direction the form is described.
  public let direction: FormDirection
  /// The schemas that this one refers to.
  var components: SchemaComponents
  private var properties: [JSONTree.Member] = []
  private var requiredNames: [JSONTree] = []
  private var alternatives: [JSONTree] = []
  private var eithers: [JSONTree] = []

  init(_ direction: FormDirection, _ components: SchemaComponents) {
    self.direction = direction
    self.components = components
  }

  /// The schema of the object with the members that were named.
  var schema: JSONTree {
    if !alternatives.isEmpty { return ["oneOf": .list(alternatives)] }
    var schema: JSONTree = ["type": "object", "additionalProperties": false]
    if !requiredNames.isEmpty { schema = schema.with("required", .list(requiredNames)) }
    if !eithers.isEmpty { schema = schema.with("oneOf", .list(eithers)) }
    return schema.with("properties", .object(properties))
  }

  /// Describes the member.
  public mutating func required<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value? {
    if isHidden(name) { return nil }
    if direction != .edit { requiredNames.append(.text("\(name)")) }
    add(name, form.schema(&self).noted(note))
    return nil
  }

  /// Describes the member.
  public mutating func member<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, else fallback: Form.Value, _ form: Form, _ note: StaticString?
  ) -> Form.Value? {
    let schema = form.schema(&self)
    if direction == .output { requiredNames.append(.text("\(name)")) }
    add(name, (direction == .output ? schema : schema.orNull).noted(note))
    return nil
  }

  /// Describes the member.
  public mutating func optional<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value?? {
    if direction == .output { requiredNames.append(.text("\(name)")) }
    add(name, form.schema(&self).orNull.noted(note))
    return nil
  }

  /// Describes the member.
  public mutating func sparse<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value?? {
    let schema = form.schema(&self)
    add(name, (direction == .output ? schema : schema.orNull).noted(note))
    return nil
  }

  /// Describes both.
  public mutating func either<First: ValueForm, Second: ValueForm>(
    _ first: (name: StaticString, part: First.Value?, form: First),
    _ second: (name: StaticString, part: Second.Value?, form: Second)
  ) -> Either<First.Value, Second.Value>? {
    let members = [(first.name, first.form.schema(&self)), (second.name, second.form.schema(&self))]
    for (name, schema) in members { add(name, direction == .output ? schema : schema.orNull) }
    eithers = [(0, 1), (1, 0)].map { one, other in
      let name = "\(members[one].0)"
      return [
        "required": [.text(name)],
        "properties": [name: members[one].1, "\(members[other].0)": ["type": "null"]],
      ]
    }
    return nil
  }

  /// Describes each kind with its members.
  public mutating func kind<Kind: CaseIterable & RawRepresentable<String>, Value>(
    _ name: StaticString, _ kind: Kind?, _ members: (Kind, inout SchemaWalk) -> Value?
  ) -> Value? {
    for kind in Kind.allCases {
      var walk = SchemaWalk(direction, components)
      walk.requiredNames = requiredNames + [.text("\(name)")]
      walk.properties = properties
      walk.add(name, ["const": .text(kind.rawValue)])
      _ = members(kind, &walk)
      components = walk.components
      alternatives.append(walk.schema)
    }
    return nil
  }

  /// Describes them in their own way.
  public mutating func group<Group: MemberGroup>(_ part: Group.Value?, _ group: Group) -> Group.Value? {
    group.describe(to: &self)
    return nil
  }

  /// Nothing is read, so nothing is refused.
  public func refuse(_ name: StaticString, _ code: FieldError.Code, _ message: String) {}

  /// A reference to the schema of some value that many forms have.
  public mutating func reference(_ name: String, _ describe: () -> JSONTree) -> JSONTree {
    components.reference(name, describe)
  }

  /// A reference to a schema that refers to others, or to itself. It is described as it is met first.
  mutating func reference(_ name: String, describedBy describe: (inout SchemaWalk) -> JSONTree) -> JSONTree {
    if let place = components.place(of: name) { components.fill(place, describe(&self)) }
    return .reference(name)
  }

  /// Whether callers never see a member.
  private func isHidden(_ name: StaticString) -> Bool {
    direction == .output && SecretMembers.include("\(name)")
  }

  private mutating func add(_ name: StaticString, _ schema: JSONTree) {
    if isHidden(name) { return }
    properties.append(JSONTree.Member(name: "\(name)", value: schema))
  }
}
