import Scrip

/// How the API treats its callers.
public struct APIConfiguration: Sendable {
  /// The version that the service says it has.
  public var version = "0.0.0"
  /// Whether the client's address is the last one in `X-Forwarded-For`; only behind a proxy that sets it.
  public var trustsForwardedFor = false
  /// Whether `/metrics` asks for an admin key.
  public var metricsNeedKey = false
  /// How many bad codes a publishable key's caller may try.
  public var throttle = ThrottleSettings()

  /// The defaults above.
  public init() {}
}

/// How many bad codes one address or one customer may try with publishable keys.
public struct ThrottleSettings: Sendable {
  /// Misses within the window; the next request is refused.
  public var missesMax = 10
  /// The window.
  public var window = Duration.seconds(600)
  /// How long the first refusal lasts; each further one lasts twice as long.
  public var firstBlock = Duration.seconds(60)
  /// The longest refusal, after which an address without misses is forgotten, too.
  public var longestBlock = Duration.seconds(86_400)
  /// How many addresses and customers are remembered.
  public var subjectsMax = 100_000
  /// What time it is, for tests to say; it never goes back.
  public var now: @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }

  /// The defaults above.
  public init() {}
}
