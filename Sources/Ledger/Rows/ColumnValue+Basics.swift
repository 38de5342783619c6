import struct Digest.Hash256
import struct Scrip.ExactText
import struct Scrip.Identifier
import struct Scrip.Instant
import struct Scrip.Tenant

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
