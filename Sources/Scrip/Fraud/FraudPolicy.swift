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
    /// Somebody is told.
    public var alert: Int?

    /// Says from when on.
    public init(flag: Int? = 40, challenge: Int? = 60, block: Int? = 80, alert: Int? = 80) {
      self.flag = flag
      self.challenge = challenge
      self.block = block
      self.alert = alert
    }
  }

  /// What follows when a coupon looks leaked, by how much it does, in per cent: its use has grown far beyond its own
  /// history. It is the coupon that is at fault, and no buyer.
  public struct LeakResponse: Hashable, Sendable {
    /// From when on an alert is raised; nil for never.
    public var alert: Int?
    /// From when on the coupon is disabled; nil for never.
    public var disable: Int?
    /// Whether disabling takes back the locks that were given meanwhile.
    public var revokesLocks: Bool

    /// Says from when on.
    public init(alert: Int? = 50, disable: Int? = 100, revokesLocks: Bool = false) {
      self.alert = alert
      self.disable = disable
      self.revokesLocks = revokesLocks
    }
  }

  /// Whether anything follows.
  public var mode: Mode
  /// From which score on.
  public var thresholds: Thresholds
  /// What follows when a coupon looks leaked.
  public var leak: LeakResponse
  /// How many points rules bring at full strength, 0 to 100, where that is not the usual number.
  public var points: [FraudRuleName: Int]
  /// Whom nothing is held against.
  public var allowed: Set<FraudTrait>
  /// Who gets nothing.
  public var denied: Set<FraudTrait>

  /// Makes a policy.
  public init(
    mode: Mode = .off, thresholds: Thresholds = Thresholds(), leak: LeakResponse = LeakResponse(),
    points: [FraudRuleName: Int] = [:],
    allowed: Set<FraudTrait> = [], denied: Set<FraudTrait> = []
  ) {
    self.mode = mode
    self.thresholds = thresholds
    self.leak = leak
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
