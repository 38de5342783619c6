import Forms
import JSON
import Ledger
import Scrip

/// What an order is about together with the form in which the log has it, which may have members that this version of the
/// program does not know: they are kept as they are.
public struct KeptOrder: Hashable, Sendable {
  /// What it is about.
  public let content: OrderContent
  /// Its form.
  public let form: [UInt8]
  /// Whether this version of the program knows all of it.
  public let isWhole: Bool

  /// Encodes what is new.
  public init(_ content: OrderContent) { self.init(content, form: content.json, isWhole: true) }

  fileprivate init(_ content: OrderContent, form: [UInt8], isWhole: Bool) {
    self.content = content
    self.form = form
    self.isWhole = isWhole
  }

  /// Whether both are about the same, as far as this version of the program understands them.
  public static func == (left: KeptOrder, right: KeptOrder) -> Bool { left.content == right.content }

  /// Hashes what it is about.
  public func hash(into hasher: inout Hasher) { hasher.combine(content) }
}

extension KeptOrder: ColumnValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the form.
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    try self.init(stored: source.bytes())
  }

  /// Writes the form.
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(utf8: form) }

  /// Some order.
  public static var sample: KeptOrder {
    KeptOrder(
      OrderContent(
        cart: Cart(currency: .sample, lines: []), customer: Customer(), locale: nil, metadata: [:],
        subtotal: 0, shipping: 0, discount: 0, total: 0, quote: Array("{}".utf8)))
  }

  fileprivate init(stored bytes: [UInt8]) throws(StoreFailure) {
    do throws(StoredFormError) {
      let read = try OrderContent.reading(stored: bytes)
      self.init(read.content, form: bytes, isWhole: read.isWhole)
    } catch {
      throw .corrupt("what an order is about")
    }
  }
}

/// What an order is about, as an event has it.
struct KeptOrderForm: ValueForm {
  func read(_ value: ValueReader) -> KeptOrder? {
    guard let bytes = value.canonicalBytes() else { return nil }
    do throws(StoreFailure) {
      return try KeptOrder(stored: bytes)
    } catch {
      value.refuse(.invalidValue, "must be what an order is about")
      return nil
    }
  }

  func write(_ order: KeptOrder, to writer: inout JSONWriter) { writer.raw(order.form) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { .object(OrderContent.self, &walk) }
}

/// What was given back of an order, as a row has it; nil for nothing.
struct StoredReturns: TextValue {
  let parts: ReturnedParts

  init?(_ parts: ReturnedParts) {
    if parts.isEmpty { return nil }
    self.parts = parts
  }

  private init(read parts: ReturnedParts) { self.parts = parts }

  static func reading(column text: String) -> Self? {
    do throws(StoredFormError) {
      return Self(read: try ReturnedParts(stored: Array(text.utf8), as: noun))
    } catch {
      // The caller says what could not be read.
      return nil
    }
  }

  var columnText: String { String(decoding: parts.json, as: UTF8.self) }

  static var noun: String { "what was given back of an order" }

  static var sample: Self { Self(read: ReturnedParts()) }
}

extension OrderState: StoredChoice {
  /// The number that it is stored as.
  public var stored: Int64 {
    switch self {
    case .pending: 0
    case .processing: 1
    case .authorized: 2
    case .paid: 3
    case .partlyRefunded: 4
    case .refunded: 5
    case .failed: 6
    case .cancelled: 7
    }
  }
}
