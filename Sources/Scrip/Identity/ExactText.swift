/// Text from a caller that names something: an order, a user, a product. Compared byte by byte, as databases compare it.
///
/// `String` compares by canonical equivalence: "café" with one code point for é equals "café" with an accent of its
/// own. To every database these are two texts, so in memory they must be two as well, or two rows become one key. The
/// subject keeps a user from being taken for an order.
@frozen
public struct ExactText<Subject>: Sendable {
  /// The text as it came.
  public let text: String

  /// Takes text as it is.
  @inlinable
  public init(_ text: String) { self.text = text }
}

extension ExactText: Hashable, Comparable {
  /// Two texts are the same if their bytes are.
  @inlinable
  public static func == (left: Self, right: Self) -> Bool {
    // Most names that differ differ in length.
    left.text.utf8.count == right.text.utf8.count && haveSameBytes(left.text, right.text)
  }

  /// Hashes the bytes: many spellings of one text must not meet in one place of a table.
  @inlinable
  public func hash(into hasher: inout Hasher) { hashBytes(of: text, into: &hasher) }

  /// By bytes, which is the order of code points, and the order of both databases.
  @inlinable
  public static func < (left: Self, right: Self) -> Bool { haveRisingBytes(left.text, right.text) }
}

extension ExactText: ExpressibleByStringInterpolation, CustomStringConvertible {
  /// Takes a literal, also one with values in it.
  @inlinable
  public init(stringLiteral text: String) { self.init(text) }

  /// The text as it came.
  @inlinable
  public var description: String { text }
}

/// A text that names nothing, such as a title or a reason: what holds it equals another only if the bytes do.
@frozen
@propertyWrapper
public struct Exact<Value: ByteComparable>: Hashable, Sendable {
  /// The text.
  public var wrappedValue: Value

  /// Takes text as it is.
  @inlinable
  public init(wrappedValue: Value) { self.wrappedValue = wrappedValue }

  /// Two texts are the same if their bytes are.
  @inlinable
  public static func == (left: Self, right: Self) -> Bool {
    left.wrappedValue.hasSameBytes(as: right.wrappedValue)
  }

  /// Hashes the bytes.
  @inlinable
  public func hash(into hasher: inout Hasher) { wrappedValue.hashBytes(into: &hasher) }
}

/// What `Exact` can hold: a string, or perhaps one.
public protocol ByteComparable: Sendable {
  /// Whether both have the same bytes in UTF-8.
  func hasSameBytes(as other: Self) -> Bool

  /// Hashes the bytes in UTF-8.
  func hashBytes(into hasher: inout Hasher)
}

extension String: ByteComparable {
  /// Whether both have the same bytes in UTF-8, where `==` asks whether they look the same.
  @inlinable
  public func hasSameBytes(as other: String) -> Bool { haveSameBytes(self, other) }

  /// Hashes the bytes in UTF-8.
  @inlinable
  public func hashBytes(into hasher: inout Hasher) { Scrip.hashBytes(of: self, into: &hasher) }
}

extension Optional: ByteComparable where Wrapped == String {
  /// Whether both are nil, or have the same bytes in UTF-8.
  @inlinable
  public func hasSameBytes(as other: String?) -> Bool {
    guard let self, let other else { return self == nil && other == nil }
    return haveSameBytes(self, other)
  }

  /// Hashes the bytes in UTF-8, if there are any.
  @inlinable
  public func hashBytes(into hasher: inout Hasher) {
    hasher.combine(self != nil)
    if let self { Scrip.hashBytes(of: self, into: &hasher) }
  }
}

/// Whether two strings have the same bytes in UTF-8.
@usableFromInline
func haveSameBytes(_ left: String, _ right: String) -> Bool {
  let (left, right) = (left.utf8, right.utf8)
  guard left.count == right.count else { return false }
  // A span of a short string costs more than all that is done with it.
  let same = unsafe left.withContiguousStorageIfAvailable { left in
    unsafe right.withContiguousStorageIfAvailable { right in
      unsafe haveSameBytes(UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
    }
  }
  return (same ?? nil) ?? left.elementsEqual(right)
}

/// Eight bytes at a time, the last eight overlapping those before: nearly every key is longer than that.
private func haveSameBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
  let count = left.count
  var offset = 0
  while offset + 8 <= count {
    guard unsafe word(of: left, at: offset) == word(of: right, at: offset) else { return false }
    offset += 8
  }
  if offset == count { return true }
  if count >= 8 { return unsafe word(of: left, at: count - 8) == word(of: right, at: count - 8) }
  while offset < count {
    guard unsafe left[offset] == right[offset] else { return false }
    offset += 1
  }
  return true
}

private func word(of bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
  unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
}

/// Whether the left string's bytes come before the right one's.
@usableFromInline
func haveRisingBytes(_ left: String, _ right: String) -> Bool {
  let (left, right) = (left.utf8, right.utf8)
  let isRising = unsafe left.withContiguousStorageIfAvailable { left in
    unsafe right.withContiguousStorageIfAvailable { right in
      unsafe haveRisingBytes(UnsafeRawBufferPointer(left), UnsafeRawBufferPointer(right))
    }
  }
  return (isRising ?? nil) ?? left.lexicographicallyPrecedes(right)
}

/// Eight bytes at a time: what begins alike, as the names of a batch often do, is passed over quickly.
private func haveRisingBytes(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
  let shared = min(left.count, right.count)
  var offset = 0
  while offset + 8 <= shared {
    let (first, second) = unsafe (word(of: left, at: offset).bigEndian, word(of: right, at: offset).bigEndian)
    if first != second { return first < second }
    offset += 8
  }
  while offset < shared {
    let (first, second) = unsafe (left[offset], right[offset])
    if first != second { return first < second }
    offset += 1
  }
  return left.count < right.count
}

/// Hashes the string's bytes in UTF-8, and an end, since what is hashed next may be a text as well.
@usableFromInline
func hashBytes(of text: String, into hasher: inout Hasher) {
  let bytes = text.utf8.span
  unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  hasher.combine(UInt8(0xFF))
}
