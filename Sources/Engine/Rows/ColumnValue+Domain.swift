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

/// A choice that is stored by its name.
public protocol NamedChoice: ColumnValue, RawRepresentable<String>, CaseIterable {}

extension NamedChoice {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    let name = source.text()
    guard let choice = Self(rawValue: name) else { throw .corrupt("a \(Self.self)") }
    self = choice
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(rawValue) }

  /// The first choice.
  public static var sample: Self {
    guard let first = allCases.first else { preconditionFailure("there is a choice") }
    return first
  }
}

extension Rounding: NamedChoice {}
extension PricingPolicy.PercentBase: NamedChoice {}

extension CouponCode: ColumnValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the canonical form.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    guard let code = CouponCode(source.text()) else { throw .corrupt("a code") }
    self = code
  }

  /// Writes the canonical form.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(canonical) }

  /// A code.
  public static var sample: CouponCode {
    guard let code = CouponCode("A") else { preconditionFailure("A is a code") }
    return code
  }
}

extension Currency: ColumnValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the code of three capitals.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    guard let currency = Currency(code: source.text()) else { throw .corrupt("a currency") }
    self = currency
  }

  /// Writes the code of three capitals.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(code) }

  /// The euro.
  public static var sample: Currency {
    guard let euro = Currency(code: "EUR") else { preconditionFailure("the euro is a currency") }
    return euro
  }
}

extension IdentityKey: ColumnValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the stored form.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    guard let key = IdentityKey(stored: source.text()) else { throw .corrupt("a buyer") }
    self = key
  }

  /// Writes the stored form.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(stored) }

  /// Some user's.
  public static var sample: IdentityKey { IdentityKey(UserID("a")) }
}

extension UsageCounter: ColumnValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the stored form.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    guard let counter = UsageCounter(stored: source.text()) else { throw .corrupt("a counter") }
    self = counter
  }

  /// Writes the stored form.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(stored) }

  /// Some user's.
  public static var sample: UsageCounter { .identity(.sample) }
}
