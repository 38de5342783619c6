/// How a tenant judges attempts: what signs weigh, and what follows from a score.
public struct FraudPolicy: Hashable, Sendable {
  /// Whether anything follows.
  public enum Mode: String, CaseIterable, Sendable {
    /// Nobody looks.
    case off
    /// Attempts are scored and recorded, and nothing follows.
    case shadow
    /// What the score says follows.
    case on
  }

  /// From which score on what follows; nil for never.
  public struct Thresholds: Hashable, Sendable {
    /// Somebody should look at it.
    public var flag: Int?
    /// The shop should ask for more: a password, a code by phone.
    public var challenge: Int?
    /// The coupon is refused.
    public var block: Int?

    /// Says from when on.
    public init(flag: Int? = 40, challenge: Int? = 60, block: Int? = 80) {
      self.flag = flag
      self.challenge = challenge
      self.block = block
    }
  }

  /// Whether anything follows.
  public var mode: Mode
  /// From which score on.
  public var thresholds: Thresholds
  /// How many points rules bring at full strength, 0 to 100, where that is not the usual number.
  public var points: [FraudRuleName: Int]
  /// Whom nothing is held against.
  public var allowed: Set<FraudTrait>
  /// Who gets nothing.
  public var denied: Set<FraudTrait>

  /// Makes a policy.
  public init(
    mode: Mode = .off, thresholds: Thresholds = Thresholds(), points: [FraudRuleName: Int] = [:],
    allowed: Set<FraudTrait> = [], denied: Set<FraudTrait> = []
  ) {
    self.mode = mode
    self.thresholds = thresholds
    self.points = points
    self.allowed = allowed
    self.denied = denied
  }
}

/// What follows from a score.
public enum FraudDecision: String, CaseIterable, Comparable, Sendable {
  /// Nothing.
  case pass
  /// Somebody should look at it.
  case flag
  /// The shop should ask for more.
  case challenge
  /// The coupon is refused.
  case block

  /// By what they do to the buyer.
  public static func < (left: FraudDecision, right: FraudDecision) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .pass: 0
    case .flag: 1
    case .challenge: 2
    case .block: 3
    }
  }
}
