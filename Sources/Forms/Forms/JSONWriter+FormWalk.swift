import JSON

/// Writing: every member is there, and what says nothing is `null`.
extension JSONWriter: FormWalk {
  /// Writes the member.
  public mutating func required<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value? {
    put(name, part, form)
    return nil
  }

  /// Writes the member.
  public mutating func member<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, else fallback: Form.Value, _ form: Form, _ note: StaticString?
  ) -> Form.Value? {
    put(name, part, form)
    return nil
  }

  /// Writes the member.
  public mutating func optional<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value?? {
    put(name, part, form)
    return nil
  }

  /// Writes the member.
  public mutating func sparse<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value?? {
    if part != nil { put(name, part, form) }
    return nil
  }

  /// Writes one of the two.
  public mutating func either<First: ValueForm, Second: ValueForm>(
    _ first: (name: StaticString, part: First.Value?, form: First),
    _ second: (name: StaticString, part: Second.Value?, form: Second)
  ) -> Either<First.Value, Second.Value>? {
    if first.part != nil {
      put(first.name, first.part, first.form)
    } else {
      put(second.name, second.part, second.form)
    }
    return nil
  }

  /// Writes the kind, and then its members.
  public mutating func kind<Kind: CaseIterable & RawRepresentable<String>, Value>(
    _ name: StaticString, _ kind: Kind?, _ members: (Kind, inout JSONWriter) -> Value?
  ) -> Value? {
    guard let kind else { return nil }
    key(name)
    string(kind.rawValue)
    return members(kind, &self)
  }

  /// Writes them in their own way.
  public mutating func group<Group: MemberGroup>(_ part: Group.Value?, _ group: Group) -> Group.Value? {
    if let part { group.write(part, to: &self) }
    return nil
  }

  /// Nothing is read, so nothing is refused.
  public func refuse(_ name: StaticString, _ code: FieldError.Code, _ message: String) {}

  /// Writes a member; what says nothing is `null`.
  @inline(__always)
  mutating func put<Form: ValueForm>(_ name: StaticString, _ part: Form.Value?, _ form: Form) {
    key(name)
    if let part { form.write(part, to: &self) } else { null() }
  }
}
