/// Sliding windows of many keys, such as addresses or customers, in bounded memory.
///
/// If there are too many keys, those that count least at the moment are forgotten, the quietest first among equals, so
/// that nobody is pushed out by others who did less. A key that was forgotten counts from nothing again: with `keysMax`
/// keys, only what more than three quarters of them outdo can be counted too low.
public struct SlidingCounts<Key: Hashable & Comparable & Sendable>: Hashable, Sendable {
  /// How long something counts, and how finely moments are told apart.
  public let shape: SlidingWindow.Shape
  /// How many keys are remembered.
  public let keysMax: Int
  private var windows: [Key: SlidingWindow] = [:]

  /// Counts of nothing yet.
  ///
  /// - Precondition: there is room for a key.
  public init(_ shape: SlidingWindow.Shape, keysMax: Int) {
    precondition(keysMax > 0, "there is room for a key")
    self.shape = shape
    self.keysMax = keysMax
  }

  /// The keys that are remembered.
  public var keys: [Key] { windows.keys.sorted() }

  /// What a key has done; nil if it is not remembered.
  public subscript(_ key: Key) -> SlidingWindow? { windows[key] }

  /// Counts something that a key does.
  ///
  /// - Precondition: the weight is not negative.
  public mutating func add(_ weight: Int64 = 1, of key: Key, at moment: Instant) {
    if windows[key] == nil, windows.count >= keysMax {
      forget(at: moment, downTo: keysMax - max(1, keysMax / 4))
    }
    windows[key, default: SlidingWindow(shape)].add(weight, at: moment)
  }

  /// Adds what another node has counted.
  ///
  /// - Precondition: both have windows of one shape.
  public mutating func add(_ other: SlidingCounts) {
    precondition(shape == other.shape, "windows that are added have one shape")
    for (key, window) in other.windows { windows[key, default: SlidingWindow(shape)].add(window) }
    guard windows.count > keysMax, let latest = windows.values.compactMap(\.latest).max() else { return }
    forget(at: latest, downTo: keysMax)
  }

  /// How much of a key counts at a moment.
  public func count(of key: Key, at moment: Instant) -> Int64 { windows[key]?.count(at: moment) ?? 0 }

  /// The first moment, not before a given one, at which there is room for more of a key; see ``SlidingWindow``.
  public func room(for weight: Int64 = 1, of key: Key, within limit: Int64, at moment: Instant) -> Instant? {
    (windows[key] ?? SlidingWindow(shape)).room(for: weight, within: limit, at: moment)
  }

  /// Forgets a key.
  public mutating func forget(_ key: Key) { windows[key] = nil }

  private mutating func forget(at moment: Instant, downTo count: Int) {
    let lightest = windows.map { (weight: $1.count(at: moment), latest: $1.latest ?? .earliest, key: $0) }
      .sorted { ($0.weight, $0.latest, $0.key) < ($1.weight, $1.latest, $1.key) }
    for entry in lightest.prefix(max(0, windows.count - count)) { windows[entry.key] = nil }
  }
}
