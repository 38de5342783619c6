/// The codes that somebody has tried of late and that opened nothing.
struct FraudGuesses: Hashable, Sendable {
  /// How many are remembered.
  static let most = 20
  /// Longer ones are compared as far as this.
  private static let lengthMax = 40

  /// What a code is to those before it.
  enum Kind {
    /// It is one of them, or one of them while it was being typed.
    case known
    /// It differs from one of them in a single place.
    case near
    /// It is like none of them.
    case new
  }

  private var codes: [[UInt8]] = []

  /// When the last one was tried.
  private(set) var latest = Instant.earliest

  /// Notes a code.
  mutating func add(_ code: String, at moment: Instant) -> Kind {
    latest = max(latest, moment)
    let bytes = Array(code.utf8.prefix(FraudGuesses.lengthMax))
    if let place = codes.firstIndex(where: { $0.starts(with: bytes) || bytes.starts(with: $0) }) {
      if codes[place].count < bytes.count { codes[place] = bytes }
      return .known
    }
    let isNear = codes.contains { other in
      other.count == bytes.count && zip(other, bytes).count(where: { $0 != $1 }) == 1
    }
    if codes.count == FraudGuesses.most { codes.removeFirst() }
    codes.append(bytes)
    return isNear ? .near : .new
  }
}
