import JSON

/// Reading: a new value where there is no old one, otherwise an edit.
extension ObjectReader: FormWalk {
  /// Reads the member.
  public mutating func required<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value? {
    guard let old = part else { return required(name).flatMap(form.read) }
    guard let value = present(name) else { return old }
    return form.read(value)
  }

  /// Reads the member.
  public mutating func member<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, else fallback: Form.Value, _ form: Form, _ note: StaticString?
  ) -> Form.Value? {
    guard let value = present(name) else { return part ?? fallback }
    return value.kind == .null ? fallback : form.read(value)
  }

  /// Reads the member.
  public mutating func optional<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value?? {
    guard let value = present(name) else { return .some(part) }
    return value.kind == .null ? .some(nil) : form.read(value).map(Optional.some)
  }

  /// Reads the member.
  public mutating func sparse<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value?? { optional(name, part, form, note) }

  /// Reads one of the two.
  public mutating func either<First: ValueForm, Second: ValueForm>(
    _ first: (name: StaticString, part: First.Value?, form: First),
    _ second: (name: StaticString, part: Second.Value?, form: Second)
  ) -> Either<First.Value, Second.Value>? {
    switch (optional(first.name), optional(second.name)) {
    case (.some(let value), nil): return first.form.read(value).map(Either.first)
    case (nil, .some(let value)): return second.form.read(value).map(Either.second)
    case (.some, .some(let value)):
      value.refuse(.invalidValue, "must not stand beside \(first.name)")
      return nil
    case (nil, nil):
      refuse(first.name, .required, "is required, or \(second.name)")
      return nil
    }
  }

  /// Reads the kind, and then its members.
  public mutating func kind<Kind: CaseIterable & RawRepresentable<String>, Value>(
    _ name: StaticString, _ kind: Kind?, _ members: (Kind, inout ObjectReader) -> Value?
  ) -> Value? {
    guard let kind = required(name).flatMap({ $0.enumeration(Kind.self) }) else {
      // Without its kind nothing says which members belong here.
      ignoreUnknownMembers()
      return nil
    }
    return members(kind, &self)
  }

  /// Reads them in their own way.
  public mutating func group<Group: MemberGroup>(_ part: Group.Value?, _ group: Group) -> Group.Value? {
    group.read(&self, updating: part)
  }
}
