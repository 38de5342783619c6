import JSON

extension ObjectReader {
  /// A member that may be left out or null.
  ///
  /// - Returns: nil only after an error was recorded; `.some(nil)` if there is no value.
  mutating func member<Value>(_ name: StaticString, _ read: (ValueReader) -> Value?) -> Value?? {
    guard let value = optional(name) else { return .some(nil) }
    return read(value).map(Optional.some)
  }

  /// A member that may be left out; null and nothing are the fallback.
  ///
  /// - Returns: nil only after an error was recorded.
  mutating func member<Value>(
    _ name: StaticString, else fallback: Value, _ read: (ValueReader) -> Value?
  ) -> Value? {
    guard let value = optional(name) else { return fallback }
    return read(value)
  }
}
