/// When a call to a provider that brought nothing is made again at once, rather than later.
public struct RetryPolicy: Sendable {
  /// How often a call is made at most, the first time included.
  public var triesMax: Int
  /// The pause after the first try.
  public var firstPause: Duration
  /// The longest pause of our own choice.
  public var longestPause: Duration
  /// The longest pause that is waited for because the other side asks for it; what asks for more is left for later.
  public var longestAskedPause: Duration

  /// Describes tries: three, half a second apart at first.
  public init(
    triesMax: Int = 3, firstPause: Duration = .milliseconds(500), longestPause: Duration = .seconds(5),
    longestAskedPause: Duration = .seconds(10)
  ) {
    self.triesMax = triesMax
    self.firstPause = firstPause
    self.longestPause = longestPause
    self.longestAskedPause = longestAskedPause
  }

  /// How long to wait after so many tries; nil if there is to be no other one now.
  ///
  /// The pause doubles with each try and is between a half and all of that, so that calls which failed together do not
  /// come again together. It is never shorter than what the other side asks for.
  ///
  /// - Parameter random: any number, all equally likely.
  func pause(afterTries tries: Int, asked: Duration?, random: UInt64) -> Duration? {
    guard tries < triesMax else { return nil }
    if let asked, asked > longestAskedPause { return nil }
    let doubled = min(firstPause * (1 << min(tries - 1, 20)), longestPause)
    let fraction = Double(random >> 11) / Double(UInt64(1) << 53)
    return max(doubled / 2 + doubled / 2 * fraction, asked ?? .zero)
  }
}
