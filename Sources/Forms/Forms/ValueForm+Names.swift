import Scrip

extension ValueForm where Self == TextForm {
  /// Text of so many characters.
  public static func text(_ lengths: ClosedRange<Int>) -> Self { TextForm(lengths: lengths) }

  /// Text of ours, of any length.
  public static func text() -> Self { TextForm(lengths: 0...Int.max) }
}

extension ValueForm {
  /// The caller's name for something.
  public static func name<Subject>(_: ExactText<Subject>.Type) -> Self where Self == NameForm<Subject> {
    NameForm(rule: .name)
  }

  /// A name in which there is something to see; what was stored is believed.
  public static func visibleName<Subject>(_: ExactText<Subject>.Type) -> Self
  where Self == NameForm<Subject> {
    NameForm(rule: .visibleName)
  }

  /// The caller's word for something, shorter than a name.
  public static func word<Subject>(_: ExactText<Subject>.Type) -> Self where Self == NameForm<Subject> {
    NameForm(rule: .word)
  }

  /// One of a closed list of words. With a name, other schemas refer to it.
  public static func choice<Choice>(
    _: Choice.Type = Choice.self, named name: StaticString? = nil, _ note: StaticString? = nil
  ) -> Self where Self == ChoiceForm<Choice> { ChoiceForm(name: name, note: note) }

  /// A set of words out of a closed list.
  public static func choices<Choice>(_: Choice.Type = Choice.self) -> Self where Self == ChoicesForm<Choice> {
    ChoicesForm()
  }

  /// A number that this service gave.
  public static func id<Subject>(_: Identifier<Subject>.Type) -> Self where Self == IdentifierForm<Subject> {
    IdentifierForm()
  }

  /// A list of so many elements.
  public static func list<Element>(
    _ element: Element, _ counts: ClosedRange<Int> = 0...Int.max, of noun: StaticString = "entry"
  ) -> Self
  where Self == ListForm<Element> { ListForm(element: element, counts: counts, noun: noun) }

  /// A list of so many words.
  public static func words<Subject>(_: ExactText<Subject>.Type, _ counts: ClosedRange<Int>) -> Self
  where Self == ListForm<NameForm<Subject>> { ListForm(element: NameForm(rule: .word), counts: counts) }

  /// A list in which no key stands twice.
  public static func distinct<Element, Key>(
    _ list: ListForm<Element>, by key: @escaping (Element.Value) -> Key, at member: StaticString,
    _ message: StaticString
  ) -> Self where Self == DistinctListForm<Element, Key> {
    DistinctListForm(list: list, key: key, member: member, message: message)
  }

  /// A list of so many objects.
  public static func objects<Value>(_: Value.Type = Value.self, _ counts: ClosedRange<Int> = 0...Int.max)
    -> Self
  where Self == ListForm<NestedForm<Value>> { ListForm(element: NestedForm(), counts: counts) }

  /// An object with a form of its own.
  public static func object<Value>(_: Value.Type = Value.self) -> Self where Self == NestedForm<Value> {
    NestedForm()
  }
}

extension ValueForm where Self == IntegerForm {
  /// An integer in a range.
  public static func integer(_ range: ClosedRange<Int64>) -> Self {
    IntegerForm(range: range)
  }

  /// An integer from a least to a greatest one.
  public static func integer(_ least: Int64, to most: Int64) -> Self { IntegerForm(range: least...most) }

  /// Any integer.
  public static func integer() -> Self { IntegerForm(range: Int64.min...Int64.max) }
}

extension ValueForm where Self == FlagForm {
  /// Yes or no.
  public static func flag() -> Self { FlagForm() }
}

extension ValueForm where Self == InstantForm {
  /// A moment in UTC.
  public static func instant() -> Self { InstantForm() }
}

extension ValueForm where Self == DayForm {
  /// A day in the calendar.
  public static func day() -> Self { DayForm() }
}

extension ValueForm where Self == EncodedForm {
  /// JSON of a form that is written already.
  public static func encoded<Form: ObjectForm>(_: Form.Type) -> Self {
    EncodedForm { $0.components.reference(Form.self, $0.direction) }
  }

  /// Some object that is written already.
  public static func encodedObject() -> Self { EncodedForm { _ in ["type": "object"] } }
}
