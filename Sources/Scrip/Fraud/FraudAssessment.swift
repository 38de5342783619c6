/// What was thought of an attempt when it was made. It is kept with the use, so that no later change of rules or policy
/// rewrites history.
public struct FraudAssessment: Hashable, Sendable {
  /// A rule that saw something.
  public struct Finding: Hashable, Sendable {
    /// Which rule; `allowed` and `denied` are the tenant's lists.
    public let rule: FraudRuleName
    /// How many points it brought.
    public let points: Int
    /// What it saw.
    public let facts: [FraudFact]

    /// Makes a finding.
    public init(rule: FraudRuleName, points: Int, facts: [FraudFact]) {
      self.rule = rule
      self.points = points
      self.facts = facts
    }
  }

  /// From 0, nothing speaks against it, to 100.
  public let score: Int
  /// What follows; in shadow mode, what would.
  public let decision: FraudDecision
  /// Whether it follows only on paper.
  public let isShadow: Bool
  /// Why, the most points first.
  public let findings: [Finding]
  /// The version of the rules.
  public let version: Int64

  /// Makes an assessment as it was kept.
  public init(
    score: Int, decision: FraudDecision, isShadow: Bool, findings: [Finding], version: Int64
  ) {
    self.score = score
    self.decision = decision
    self.isShadow = isShadow
    self.findings = findings
    self.version = version
  }

  /// What really follows.
  public var consequence: FraudDecision { isShadow ? .pass : decision }

  /// It, without why.
  public var verdict: FraudVerdict { FraudVerdict(score: score, decision: decision, isShadow: isShadow) }
}

/// What was thought of an attempt, without why.
public struct FraudVerdict: Hashable, Sendable {
  /// From 0, nothing speaks against it, to 100.
  public let score: Int
  /// What follows; in shadow mode, what would.
  public let decision: FraudDecision
  /// Whether it follows only on paper.
  public let isShadow: Bool

  /// Makes a verdict.
  public init(score: Int, decision: FraudDecision, isShadow: Bool) {
    self.score = score
    self.decision = decision
    self.isShadow = isShadow
  }
}

/// What was thought of an attempt, and by what it is recognised: what events keep of it for ever.
public struct FraudRecord: Hashable, Sendable {
  /// What was thought.
  public let assessment: FraudAssessment
  /// By what the attempt is recognised.
  public let traits: [FraudTrait]
  /// For how many days the shop had known the customer; nil if it had not said.
  public let accountAgeDays: Int64?

  /// Makes a record.
  public init(_ assessment: FraudAssessment, traits: [FraudTrait], accountAgeDays: Int64? = nil) {
    self.assessment = assessment
    self.traits = traits
    self.accountAgeDays = accountAgeDays
  }

  /// The attempt that it is of, as far as rules remember it.
  public func attempt(codes: [FraudCode] = [], at moment: Instant) -> FraudAttempt {
    FraudAttempt(traits: traits, accountAgeDays: accountAgeDays, codes: codes, at: moment)
  }
}
