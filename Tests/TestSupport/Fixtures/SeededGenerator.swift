import Scrip
import Synchronization

/// Random numbers that a seed determines (SplitMix64), so that a failing run can be repeated.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A sequence of its own for each seed.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension IdentifierSource {
  /// Identifiers that a seed determines.
  public static func seeded(_ seed: UInt64) -> IdentifierSource {
    let generator = SharedGenerator(seed: seed)
    return IdentifierSource { generator.next() }
  }
}

private final class SharedGenerator: Sendable {
  private let generator: Mutex<SeededGenerator>

  init(seed: UInt64) { generator = Mutex(SeededGenerator(seed: seed)) }

  func next() -> UInt128 {
    generator.withLock { UInt128($0.next()) << 64 | UInt128($0.next()) }
  }
}

/// A clock that moves only when a test moves it.
public final class ManualClock: Sendable {
  private let moment: Mutex<Instant>

  /// A clock that shows 2026-11-18T10:00:00Z, a Wednesday, unless told otherwise.
  public init(_ start: Instant = Instant(microseconds: 1_794_996_000_000_000)) { moment = Mutex(start) }

  /// What it shows.
  public var now: Instant { moment.withLock { $0 } }

  /// Moves it forward.
  public func advance(seconds: Int64) { moment.withLock { $0 = $0.adding(seconds: seconds) } }

  /// Moves it to a moment.
  public func set(_ now: Instant) { moment.withLock { $0 = now } }
}
