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
}

extension FraudPolicy {
  /// The names under which the tenant's lists appear among findings.
  private static let allowing: FraudRuleName = "allowed"
  private static let denying: FraudRuleName = "denied"

  /// Judges an attempt: the points of all signs together, at most 100. Who is denied has 100, who is allowed 0; who is on
  /// both lists is denied.
  ///
  /// - Returns: nil if nobody looks.
  public func assess(_ attempt: FraudAttempt, by book: FraudBook) -> FraudAssessment? {
    if mode == .off { return nil }
    if let trait = attempt.traits.first(where: denied.contains) {
      return assessment(100, [listed(FraudPolicy.denying, trait, points: 100)])
    }
    if let trait = attempt.traits.first(where: allowed.contains) {
      return assessment(0, [listed(FraudPolicy.allowing, trait, points: 0)])
    }
    var findings: [FraudAssessment.Finding] = []
    for rule in FraudRules.all {
      let most = points[rule.name] ?? rule.usualPoints
      guard most > 0, let sign = rule.look(at: attempt, in: book) else { continue }
      let brought = (most * sign.strength + 99) / 100
      findings.append(FraudAssessment.Finding(rule: rule.name, points: brought, facts: sign.facts))
    }
    findings.sort { ($1.points, $0.rule) < ($0.points, $1.rule) }
    return assessment(min(100, findings.reduce(0) { $0 + $1.points }), findings)
  }

  private func listed(
    _ list: FraudRuleName, _ trait: FraudTrait, points: Int
  ) -> FraudAssessment.Finding {
    FraudAssessment.Finding(rule: list, points: points, facts: [FraudFact("listed", 1, of: trait.kind)])
  }

  private func assessment(_ score: Int, _ findings: [FraudAssessment.Finding]) -> FraudAssessment {
    FraudAssessment(
      score: score, decision: decision(at: score), isShadow: mode == .shadow, findings: findings,
      version: FraudRules.version)
  }

  private func decision(at score: Int) -> FraudDecision {
    func reaches(_ threshold: Int?) -> Bool { threshold.map { score >= $0 } ?? false }
    if reaches(thresholds.block) { return .block }
    if reaches(thresholds.challenge) { return .challenge }
    return reaches(thresholds.flag) ? .flag : .pass
  }
}
