import JSON

/// What a change says of something that need not be there.
public enum MemberChange<Value> {
  /// Nothing: it stays as it is.
  case kept
  /// It is taken away.
  case removed
  /// It is another one from now on.
  case replaced(Value)

  /// What is there after the change.
  public func applied(to old: Value?) -> Value? {
    switch self {
    case .kept: old
    case .removed: nil
    case .replaced(let new): new
    }
  }
}

extension MemberChange: Equatable where Value: Equatable {}
extension MemberChange: Hashable where Value: Hashable {}
extension MemberChange: Sendable where Value: Sendable {}

/// A member of a change that takes something away with `null`, and leaves it alone if it is left out.
public struct RemovableMember<Form: ValueForm>: MemberGroup {
  private let name: StaticString
  private let form: Form
  private let note: StaticString?

  /// A member of a name and a form.
  public init(_ name: StaticString, _ form: Form, _ note: StaticString? = nil) {
    self.name = name
    self.form = form
    self.note = note
  }

  /// Reads it.
  public func read(
    _ reader: inout ObjectReader, updating old: MemberChange<Form.Value>?
  ) -> MemberChange<Form.Value>? {
    guard let value = reader.present(name) else { return old ?? .kept }
    return value.kind == .null ? .removed : form.read(value).map(MemberChange.replaced)
  }

  /// Writes it, if it says something.
  public func write(_ value: MemberChange<Form.Value>, to writer: inout JSONWriter) {
    switch value {
    case .kept: break
    case .removed:
      writer.key(name)
      writer.null()
    case .replaced(let new):
      writer.key(name)
      form.write(new, to: &writer)
    }
  }

  /// Describes it.
  public func describe(to walk: inout SchemaWalk) { _ = walk.sparse(name, nil, form, note) }
}
