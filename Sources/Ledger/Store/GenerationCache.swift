/// A bounded cache that forgets what was not asked for lately: two generations, the older of which is dropped when
/// the younger is full.
///
/// Its body is open to other targets: as a generic, it costs three times as much where it is not specialised.
public struct GenerationCache<Key: Hashable, Value> {
  @usableFromInline let generationMax: Int
  @usableFromInline var young: [Key: Value] = [:]
  @usableFromInline var old: [Key: Value] = [:]

  /// A cache that holds at most twice as many entries as one generation may have.
  @inlinable
  public init(generationMax: Int) { self.generationMax = generationMax }

  /// Finds a value, which makes it young again.
  @inlinable
  public mutating func find(_ key: Key) -> Value? {
    if let value = young[key] { return value }
    guard let value = old[key] else { return nil }
    insert(value, for: key)
    return value
  }

  /// Keeps a value.
  @inlinable
  public mutating func insert(_ value: Value, for key: Key) {
    if young.count >= generationMax {
      old = young
      young = [:]
    }
    young[key] = value
  }

  /// Forgets everything.
  @inlinable
  public mutating func removeAll() {
    young = [:]
    old = [:]
  }

  /// How many entries are kept.
  @inlinable
  public var count: Int { young.count + old.count }
}
