/// How often codes that begin alike are tried, whoever tries them: a guesser changes addresses and devices, and has to
/// stay near the codes that there are.
///
/// A code's stem is what is left without its last four places, or half of it if that is less, together with its length:
/// `FRIEND-` and eleven places for `FRIEND-0417`.
struct FraudStems: Sendable {
  private static let shape = SlidingWindow.Shape(
    spanMicroseconds: 3_600_000_000, grainMicroseconds: 60_000_000)

  private var tried: SlidingCounts<UInt64>
  private var misses: SlidingCounts<UInt64>
  private var uses: SlidingCounts<UInt64>

  /// Counts of so many stems, and of as many codes.
  init(keysMax: Int) {
    tried = SlidingCounts(FraudStems.shape, keysMax: keysMax)
    misses = SlidingCounts(FraudStems.shape, keysMax: keysMax)
    uses = SlidingCounts(FraudStems.shape, keysMax: keysMax)
  }

  /// Notes a code that opens nothing. One that was tried within an hour is no other one: many may have read it somewhere.
  mutating func addMiss(of code: FraudCode, at moment: Instant) {
    let digest = FraudStems.digest(code.text.utf8, length: 0)
    let isKnown = tried.count(of: digest, at: moment) > 0
    tried.add(of: digest, at: moment)
    if !isKnown { misses.add(of: FraudStems.stem(of: code), at: moment) }
  }

  /// Notes a code that opens something.
  mutating func addUse(of code: FraudCode, at moment: Instant) {
    uses.add(of: FraudStems.stem(of: code), at: moment)
  }

  /// How many codes with the stem of one opened nothing within an hour, and how often one opened something.
  func counts(of code: FraudCode, at moment: Instant) -> (misses: Int64, uses: Int64) {
    let stem = FraudStems.stem(of: code)
    return (misses.count(of: stem, at: moment), uses.count(of: stem, at: moment))
  }

  private static func stem(of code: FraudCode) -> UInt64 {
    let count = code.text.utf8.count
    return digest(code.text.utf8.prefix(count - min(4, count / 2)), length: count)
  }

  /// FNV-1a, so that all nodes take codes for the same.
  private static func digest(_ bytes: some Sequence<UInt8>, length: Int) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325 ^ UInt64(length)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
