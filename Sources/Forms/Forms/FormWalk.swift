import JSON

/// One walk over the members of a form. A form is declared once, as a function that names its members in order; each of
/// the three walks does something else with that function:
///
/// - ``ObjectReader`` reads a new value, or an edit of an old one, and records everything that is wrong;
/// - `JSONWriter` writes a value;
/// - ``SchemaWalk`` describes the form as a JSON Schema.
///
/// Every member is named with its part of the old value: `nil` when a new value is read or the form is described.
/// A walk that does not read returns nil for every member, so that the function ends where it puts a value together.
public protocol FormWalk: ~Copyable {
  /// A member that a new value must have. An edit may leave it out.
  mutating func required<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value?

  /// A member that may be left out or null, and is then `fallback`. An edit that leaves it out keeps the old value.
  mutating func member<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, else fallback: Form.Value, _ form: Form, _ note: StaticString?
  ) -> Form.Value?

  /// A member that may be left out or null, and then says nothing. An edit that leaves it out keeps the old value.
  ///
  /// - Returns: nil only after an error was recorded, or if nothing is read.
  mutating func optional<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value??

  /// A member that is written only if there is something to say.
  mutating func sparse<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form, _ note: StaticString?
  ) -> Form.Value??

  /// Exactly one of two members.
  mutating func either<First: ValueForm, Second: ValueForm>(
    _ first: (name: StaticString, part: First.Value?, form: First),
    _ second: (name: StaticString, part: Second.Value?, form: Second)
  ) -> Either<First.Value, Second.Value>?

  /// A member that names the kind of the whole, on which all later members depend.
  mutating func kind<Kind: CaseIterable & RawRepresentable<String>, Value>(
    _ name: StaticString, _ kind: Kind?, _ members: (Kind, inout Self) -> Value?
  ) -> Value?

  /// Members that depend on one another in ways of their own.
  mutating func group<Group: MemberGroup>(_ part: Group.Value?, _ group: Group) -> Group.Value?

  /// Records an error at a member, which need not be there.
  func refuse(_ name: StaticString, _ code: FieldError.Code, _ message: String)
}

extension FormWalk where Self: ~Copyable {
  /// A member that a new value must have.
  @inline(__always)
  public mutating func required<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form
  ) -> Form.Value? { required(name, part, form, nil) }

  /// A member that may be left out or null, and is then `fallback`.
  @inline(__always)
  public mutating func member<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, else fallback: Form.Value, _ form: Form
  ) -> Form.Value? { member(name, part, else: fallback, form, nil) }

  /// A member that is written only if there is something to say.
  @inline(__always)
  public mutating func sparse<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form
  ) -> Form.Value?? { sparse(name, part, form, nil) }

  /// A member that may be left out or null, and then says nothing.
  @inline(__always)
  public mutating func optional<Form: ValueForm>(
    _ name: StaticString, _ part: Form.Value?, _ form: Form
  ) -> Form.Value?? { optional(name, part, form, nil) }
}

/// One of two.
public enum Either<First, Second> {
  /// The first.
  case first(First)
  /// The second.
  case second(Second)
}

/// Members of an object that depend on one another, so that reading them takes more than naming them.
public protocol MemberGroup {
  /// What they are together.
  associatedtype Value

  /// Reads them; nil after an error was recorded.
  func read(_ reader: inout ObjectReader, updating old: Value?) -> Value?

  /// Writes them into an open object.
  func write(_ value: Value, to writer: inout JSONWriter)

  /// Names them with their forms.
  func describe(to walk: inout SchemaWalk)
}

/// What has a JSON form of its own: an object with the members that it names.
public protocol ObjectForm: SendableMetatype {
  /// The form's name in the API's description: `Quote`.
  static var formName: String { get }

  /// The name of its schema in one direction.
  static func schemaName(_ direction: FormDirection) -> String

  /// What the form is, for readers of the API's description.
  static var formNote: StaticString? { get }

  /// Examples in JSON.
  static var formExamples: [String] { get }

  /// Names the members in order, and puts a value together from what was read.
  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ value: Self?) -> Self?

  /// Writes the form as the next value. Every form has this and reading by its ``walk(_:_:)``: they stand here so that they
  /// are compiled for each form by itself, also where forms are in lists and in each other.
  func write(to writer: inout JSONWriter)

  /// Reads the form.
  init?(reading value: ValueReader)
}

extension ObjectForm {
  /// `Coupon` is what callers get, `CouponInput` what they send, `CouponPatch` what they send to change one.
  public static func schemaName(_ direction: FormDirection) -> String {
    switch direction {
    case .output: formName
    case .input: formName + "Input"
    case .edit: formName + "Patch"
    }
  }

  /// The form says what it is by its members.
  public static var formNote: StaticString? { nil }

  /// There are no examples.
  public static var formExamples: [String] { [] }

  /// Writes the form as the next value.
  public func write(to writer: inout JSONWriter) {
    writer.beginObject()
    _ = Self.walk(&writer, self)
    writer.endObject()
  }

  /// Reads the form.
  ///
  /// - Returns: nil after at least one error was recorded.
  public init?(reading value: ValueReader) {
    guard let read = value.object({ Self.walk(&$0, nil) }) else { return nil }
    self = read
  }

  /// Reads bytes that this service wrote itself.
  ///
  /// - Parameters:
  ///   - form: what they are, for people.
  ///   - skippingEncoded: leaves out parts that are kept as they are encoded, for whoever does not look at them.
  public init(
    stored bytes: [UInt8], as form: String, skippingEncoded: Bool = false
  ) throws(StoredFormError) {
    self = try readStored(form, bytes, skippingEncoded: skippingEncoded) { Self(reading: $0) }
  }
}

/// The body of a request, which goes one way only.
public protocol RequestForm: ObjectForm {}

extension RequestForm {
  /// Its own name.
  public static func schemaName(_ direction: FormDirection) -> String { formName }
}

/// How one value stands in JSON.
public protocol ValueForm<Value> {
  /// What it is in Swift.
  associatedtype Value

  /// Reads it; nil after an error was recorded.
  func read(_ value: ValueReader) -> Value?

  /// Writes it as the next value.
  func write(_ value: Value, to writer: inout JSONWriter)

  /// Describes it.
  func schema(_ walk: inout SchemaWalk) -> JSONTree
}
