import JSON

/// A member of a form that travels beside the body, as text.
public struct ParameterDescription: Sendable {
  /// Its name.
  public let name: String
  /// Whether it must be there.
  public let isRequired: Bool
  /// Its JSON Schema, with its default where it has one.
  public let schema: JSONTree
  /// A word about it.
  public let note: String?

  /// Whether its text is a number where the form is read from JSON.
  public var isInteger: Bool {
    guard case .object(let members) = schema else { return false }
    return members.contains { member in
      guard member.name == "type", case .text("integer") = member.value else { return false }
      return true
    }
  }
}

extension SchemaComponents {
  /// Describes one value that callers send beside the body. What it refers to is added.
  public mutating func schema(_ describe: (inout SchemaWalk) -> JSONTree) -> JSONTree {
    var walk = SchemaWalk(.input, self)
    let schema = describe(&walk)
    self = walk.components
    return schema
  }

  /// Describes a form whose members travel beside the body, such as the parameters of a query. What they refer to is
  /// added.
  public mutating func parameters<Form: ObjectForm>(of _: Form.Type) -> [ParameterDescription] {
    var walk = ParameterWalk(self)
    _ = Form.walk(&walk, nil)
    self = walk.values.components
    return walk.parameters
  }
}

/// Describing a form whose members are parameters: each is there or not, none is null, and all stand side by side.
public struct ParameterWalk: FormWalk {
  fileprivate var values: SchemaWalk
  fileprivate var parameters: [ParameterDescription] = []

  fileprivate init(_ components: SchemaComponents) { values = SchemaWalk(.input, components) }

  /// Describes a parameter that must be there.
  public mutating func required<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value? {
    add(name, form.schema(&values), note, isRequired: true)
    return nil
  }

  /// Describes a parameter that has a default.
  public mutating func member<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, else fallback: Form.Value, _ form: Form, _ note: StaticString?
  ) -> Form.Value? {
    let usual = String(decoding: JSONWriter.bytes { form.write(fallback, to: &$0) }, as: UTF8.self)
    add(name, form.schema(&values).with("default", .encoded(usual)), note)
    return nil
  }

  /// Describes a parameter that says nothing where it is absent.
  public mutating func optional<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value?? {
    add(name, form.schema(&values), note)
    return nil
  }

  /// Describes a parameter that says nothing where it is absent.
  public mutating func sparse<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value?? { optional(name, part, form, note) }

  /// - Precondition: never; parameters don't exclude one another.
  public mutating func either<First: ValueForm, Second: ValueForm>(
    _ first: (name: StaticString, part: First.Value?, form: First),
    _ second: (name: StaticString, part: Second.Value?, form: Second)
  ) -> Either<First.Value, Second.Value>? { preconditionFailure("parameters don't exclude one another") }

  /// - Precondition: never; no parameter decides which others there are.
  public mutating func kind<Kind: CaseIterable & RawRepresentable<String>, Value>(
    _ name: StaticString, _ kind: Kind?, _ members: (Kind, inout ParameterWalk) -> Value?
  ) -> Value? { preconditionFailure("no parameter decides which others there are") }

  /// - Precondition: never; parameters stand by themselves.
  public mutating func group<Group: MemberGroup>(_ part: Group.Value?, _ group: Group) -> Group.Value? {
    preconditionFailure("parameters stand by themselves")
  }

  /// Nothing is read, so nothing is refused.
  public func refuse(_ name: StaticString, _ code: FieldError.Code, _ message: String) {}

  private mutating func add(
    _ name: StaticString, _ schema: JSONTree, _ note: StaticString?, isRequired: Bool = false
  ) {
    parameters.append(
      ParameterDescription(
        name: "\(name)", isRequired: isRequired, schema: schema, note: note.map { "\($0)" }))
  }
}
