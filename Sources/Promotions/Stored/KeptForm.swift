import Forms
import JSON
import Ledger
import Scrip

/// A value together with the form in which the log has it, which may have members that this version of the program does not
/// know: they are kept as they are.
public struct Kept<Value: KeptValue>: Hashable, Sendable {
  /// The value.
  public let value: Value
  /// Its form.
  public let form: [UInt8]
  /// Whether this version of the program knows all of it.
  public let isWhole: Bool

  /// Encodes what is new.
  public init(_ value: Value) {
    self.value = value
    form = JSONWriter.bytes(capacity: 512) { value.write(to: &$0) }
    isWhole = true
  }

  fileprivate init(stored bytes: [UInt8]) throws(StoredFormError) {
    let read = try Value.reading(stored: bytes, as: Value.noun)
    value = read.value
    isWhole = read.isWhole
    form = bytes
  }

  /// Whether both say the same, as far as this version of the program understands them.
  public static func == (left: Self, right: Self) -> Bool { left.value == right.value }

  /// Hashes what it says.
  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

/// What is kept with its form.
public protocol KeptValue: ObjectForm, Hashable, Sendable {
  /// What people call it.
  static var noun: String { get }  // String: words of ours
  /// Some value, for a table that is described.
  static var sample: Self { get }
}

extension Kept: ColumnValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the form.
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    do throws(StoredFormError) { try self.init(stored: source.bytes()) } catch {
      throw .corrupt(Value.noun)
    }
  }

  /// Writes the form.
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(utf8: form) }

  /// Some value.
  public static var sample: Self { Self(Value.sample) }
}

/// The same as an event has it.
struct KeptValueForm<Value: KeptValue>: ValueForm {
  func read(_ value: ValueReader) -> Kept<Value>? {
    guard let bytes = value.canonicalBytes() else { return nil }
    do throws(StoredFormError) {
      return try Kept(stored: bytes)
    } catch {
      value.refuse(.invalidValue, "must be \(Value.noun)")
      return nil
    }
  }

  func write(_ kept: Kept<Value>, to writer: inout JSONWriter) { writer.raw(kept.form) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { .object(Value.self, &walk) }
}

extension Subscription.Content: KeptValue {
  /// What people call it.
  public static var noun: String { "a subscription" }

  /// Some subscription.
  public static var sample: Self { Self(customer: "a", currency: .sample) }
}

extension Invoice.Content: KeptValue {
  /// What people call it.
  public static var noun: String { "an invoice" }

  /// Some invoice.
  public static var sample: Self { Self(currency: .sample, date: .earliest, lines: []) }
}

extension StoredInvoicePrice: KeptValue {
  /// What people call it.
  public static var noun: String { "what coupons take off an invoice" }

  /// Nothing.
  public static var sample: Self { Self(InvoicePrice(lines: [])) }
}

/// The coupons that a subscription has, as its row has them.
struct StoredAssociations: TextValue, ObjectForm {
  static let formName = "StoredAssociations"

  let list: [Association]

  init(_ list: [Association]) { self.list = list }

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ stored: Self?) -> Self? {
    walk.required(
      "associations", stored?.list.map(StoredAssociation.init), .objects(StoredAssociation.self)
    ).map { Self($0.map(\.association)) }
  }

  static func reading(column text: String) -> Self? {
    do throws(StoredFormError) {
      return try Self(stored: Array(text.utf8), as: noun)
    } catch {
      // The caller says what could not be read.
      return nil
    }
  }

  var columnText: String {
    String(decoding: JSONWriter.bytes { write(to: &$0) }, as: UTF8.self)
  }

  static var noun: String { "the coupons of a subscription" }

  static var sample: Self { Self([]) }
}

extension Subscription.Status: NamedChoice {}

extension Invoice.State: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .draft: 0
    case .finalized: 1
    case .voided: 2
    }
  }
}
