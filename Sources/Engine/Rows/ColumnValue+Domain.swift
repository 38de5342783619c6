import Digest
import Scrip

extension ExactText: ColumnValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    self.init(source.text())
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(text) }

  /// Nothing.
  public static var sample: Self { Self("") }
}

extension Identifier: ColumnValue {
  /// An identifier.
  public static var columnType: ColumnType { .uuid }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    guard let value = source.uuid() else { throw .corrupt("an identifier") }
    self.init(value)
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(value) }

  /// The nil UUID.
  public static var sample: Self { Self(0) }
}

extension Tenant.ID: ColumnValue {
  /// A whole number.
  public static var columnType: ColumnType { .integer }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    self.init(source.integer())
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(number) }

  /// Number zero.
  public static var sample: Tenant.ID { Tenant.ID(0) }
}

extension Instant: ColumnValue {
  /// Microseconds since 1970.
  public static var columnType: ColumnType { .integer }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    guard let instant = Instant(exactly: source.integer()) else { throw .corrupt("a moment") }
    self = instant
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(microseconds) }

  /// The earliest one.
  public static var sample: Instant { .earliest }
}

extension Hash256: ColumnValue {
  /// 32 bytes.
  public static var columnType: ColumnType { .bytes }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    guard let hash = Hash256(bytes: source.bytes()) else { throw .corrupt("a hash") }
    self = hash
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(bytes) }

  /// Zeros.
  public static var sample: Hash256 { .zero }
}

/// A value that is stored as a text of its own.
public protocol TextValue: ColumnValue {
  /// Reads the stored form; nil for what no version of this program writes.
  static func reading(column text: String) -> Self?

  /// The stored form.
  var columnText: String { get }

  /// What a text that can't be read should have been.
  static var noun: String { get }
}

extension TextValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    guard let value = Self.reading(column: source.text()) else { throw .corrupt(Self.noun) }
    self = value
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(columnText) }
}

/// A choice that is stored by its name.
public protocol NamedChoice: TextValue, RawRepresentable<String>, CaseIterable {}

extension NamedChoice {
  /// The choice of a name.
  public static func reading(column text: String) -> Self? { Self(rawValue: text) }

  /// Its name.
  public var columnText: String { rawValue }

  /// Its type's name.
  public static var noun: String { "a \(Self.self)" }

  /// The first choice.
  public static var sample: Self {
    guard let first = allCases.first else { preconditionFailure("there is a choice") }
    return first
  }
}

extension Rounding: NamedChoice {}
extension PricingPolicy.PercentBase: NamedChoice {}

extension CouponCode: TextValue {
  /// Reads the canonical form.
  public static func reading(column text: String) -> CouponCode? { CouponCode(text) }

  /// The canonical form.
  public var columnText: String { canonical }

  /// A code
  public static var noun: String { "a code" }

  /// Some code.
  public static var sample: CouponCode {
    guard let code = CouponCode("A") else { preconditionFailure("A is a code") }
    return code
  }
}

extension Currency: TextValue {
  /// Reads the code of three capitals.
  public static func reading(column text: String) -> Currency? { Currency(code: text) }

  /// The code of three capitals.
  public var columnText: String { code }

  /// A currency
  public static var noun: String { "a currency" }

  /// The euro.
  public static var sample: Currency {
    guard let euro = Currency(code: "EUR") else { preconditionFailure("the euro is a currency") }
    return euro
  }
}

extension IdentityKey: TextValue {
  /// Reads the stored form.
  public static func reading(column text: String) -> IdentityKey? { IdentityKey(stored: text) }

  /// The stored form.
  public var columnText: String { stored }

  /// A buyer: no other column holds one.
  public static var noun: String { "a buyer" }

  /// Some user's.
  public static var sample: IdentityKey { IdentityKey(UserID("a")) }
}

extension UsageCounter: TextValue {
  /// Reads the stored form.
  public static func reading(column text: String) -> UsageCounter? { UsageCounter(stored: text) }

  /// The stored form.
  public var columnText: String { stored }

  /// A counter
  public static var noun: String { "a counter" }

  /// Some user's.
  public static var sample: UsageCounter { .identity(.sample) }
}
