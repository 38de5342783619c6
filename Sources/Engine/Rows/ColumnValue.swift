import Digest
import Scrip

/// A value that a column holds.
public protocol ColumnValue: Sendable {
  /// The column's type.
  static var columnType: ColumnType { get }

  /// Reads the value.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for what no version of this program writes.
  init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure)

  /// Writes the value.
  func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink)

  /// Any value, for a table that is described.
  static var sample: Self { get }
}

extension Int64: ColumnValue {
  /// A whole number.
  public static var columnType: ColumnType { .integer }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    self = source.integer()
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(self) }

  /// Zero.
  public static var sample: Int64 { 0 }
}

/// A count, an amount or a number of a version or event, which every store keeps between zero and 2^53.
public struct StoredCount: ColumnValue {
  /// The number.
  public let number: Int64

  /// Takes a number as it is.
  @inlinable
  public init(_ number: Int64) { self.number = number }

  /// A whole number.
  public static var columnType: ColumnType { .integer }

  /// Reads a stored number. One outside of its range would sooner or later break the arithmetic of whoever adds to it.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    number = try StoredCount.decode(source.integer(), "a count")
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(number) }

  /// Zero.
  public static var sample: StoredCount { StoredCount(0) }

  /// Reads a stored number.
  ///
  /// - Throws: `StoreFailure` of kind `corrupt` for a number that no version of this program writes.
  public static func decode(_ number: Int64, _ what: StaticString) throws(StoreFailure) -> Int64 {
    guard (0...(1 << 53)).contains(number) else { throw .corrupt("\(what): a number out of range") }
    return number
  }
}

extension Bool: ColumnValue {
  /// True or false.
  public static var columnType: ColumnType { .flag }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    self = source.flag()
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(self) }

  /// False.
  public static var sample: Bool { false }
}

extension String: ColumnValue {
  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    self = source.text()
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(self) }

  /// Nothing.
  public static var sample: String { "" }
}

extension [UInt8]: ColumnValue {
  /// Bytes.
  public static var columnType: ColumnType { .bytes }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    self = source.bytes()
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(self) }

  /// Nothing.
  public static var sample: [UInt8] { [] }
}

/// UTF-8 that a column holds as a text.
public struct ColumnText: ColumnValue {
  /// The text.
  public let utf8: [UInt8]

  /// Takes UTF-8 as it is.
  @inlinable
  public init(_ utf8: [UInt8]) { self.utf8 = utf8 }

  /// A text.
  public static var columnType: ColumnType { .text }

  /// Reads the value.
  @inlinable
  public init<Source: ColumnSource & ~Copyable>(column source: inout Source) throws(StoreFailure) {
    utf8 = source.bytes()
  }

  /// Writes the value.
  @inlinable
  public func write<Sink: ColumnSink & ~Copyable>(to sink: inout Sink) { sink.put(utf8: utf8) }

  /// Nothing.
  public static var sample: ColumnText { ColumnText([]) }
}

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
