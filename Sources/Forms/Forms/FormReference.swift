import JSON

/// A form in one direction: what a route takes or gives, by name, with all that describes it.
public struct FormReference: Sendable {
  /// The schema's name.
  public let name: String
  private let describe: @Sendable (inout SchemaComponents) -> Void

  private init<Form: ObjectForm>(_: Form.Type, _ direction: FormDirection) {
    name = Form.schemaName(direction)
    describe = { $0.add(Form.self, direction) }
  }

  /// What callers send.
  public static func input<Form: ObjectForm>(_ form: Form.Type) -> Self { Self(form, .input) }

  /// What callers send to change something.
  public static func edit<Form: ObjectForm>(_ form: Form.Type) -> Self { Self(form, .edit) }

  /// What callers get.
  public static func output<Form: ObjectForm>(_ form: Form.Type) -> Self { Self(form, .output) }

  /// Adds the form and all that it refers to.
  public func add(to components: inout SchemaComponents) { describe(&components) }
}

/// A page of a list.
public struct ListPage<Entry: ObjectForm> {
  /// The entries.
  public var data: [Entry]
  /// Where the next page begins; nil on the last one.
  public var nextCursor: String?

  /// Makes a page.
  public init(data: [Entry], nextCursor: String?) {
    self.data = data
    self.nextCursor = nextCursor
  }
}

extension ListPage: ObjectForm {
  /// `List`
  public static var formName: String { Entry.formName + "List" }

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ page: Self?) -> Self? {
    let data = walk.required("data", page?.data, .objects(Entry.self))
    let hasMore = walk.required("has_more", page.map { $0.nextCursor != nil }, .flag())
    let cursor = walk.optional("next_cursor", page?.nextCursor, .text())
    guard let data, hasMore != nil, let cursor else { return nil }
    return ListPage(data: data, nextCursor: cursor)
  }
}
