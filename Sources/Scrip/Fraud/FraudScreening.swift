/// What is thought of an attempt before it is known which coupons its codes open: everything that stands in the book of
/// its traits. It is a value, so that the decision about a lock needs no book.
public struct FraudScreening: Sendable {
  /// By what the attempt is recognised.
  public let traits: [FraudTrait]
  /// For how many days the shop has known the customer; nil if it has not said.
  public let accountAgeDays: Int64?
  /// How the tenant judges.
  public let policy: FraudPolicy
  /// What the rules saw in the buyer, or the list that the buyer is on.
  fileprivate let findings: [FraudAssessment.Finding]
  fileprivate let isListed: Bool
  /// Coupons that look leaked, as far as any do.
  fileprivate let leaks: [Coupon.ID: FraudSign]

  /// What is thought of it if it uses some coupons.
  public func assessment(of coupons: [Coupon.ID]) -> FraudAssessment {
    let signs = isListed || leaks.isEmpty ? [] : coupons.compactMap { leaks[$0] }
    var findings = findings
    if let sign = signs.max(by: { $0.strength < $1.strength }),
      let finding = policy.finding(LeakedCoupon.self, sign)
    {
      findings.append(finding)
      findings.sort { ($1.points, $0.rule) < ($0.points, $1.rule) }
    }
    let score = min(100, findings.reduce(0) { $0 + $1.points })
    return FraudAssessment(
      score: score, decision: policy.decision(at: score), isShadow: policy.mode == .shadow,
      findings: findings,
      version: FraudRules.version)
  }

  /// The coupons among some that look leaked, with how much, in per cent.
  public func leaks(among coupons: [Coupon.ID]) -> [(couponID: Coupon.ID, strength: Int)] {
    if leaks.isEmpty { return [] }
    return coupons.compactMap { coupon in leaks[coupon].map { (coupon, $0.strength) } }
  }
}

extension FraudPolicy {
  /// The names under which the tenant's lists appear among findings.
  private static let allowing: FraudRuleName = "allowed"
  private static let denying: FraudRuleName = "denied"

  /// Judges an attempt as far as its buyer goes: the points of all signs together, at most 100. Who is denied has 100,
  /// who is allowed 0; who is on both lists is denied.
  ///
  /// - Returns: nil if nobody looks.
  public func screen(_ attempt: FraudAttempt, by book: FraudBook) -> FraudScreening? {
    if mode == .off { return nil }
    if let trait = attempt.traits.first(where: denied.contains) {
      return listed(FraudPolicy.denying, trait, points: 100, attempt)
    }
    if let trait = attempt.traits.first(where: allowed.contains) {
      return listed(FraudPolicy.allowing, trait, points: 0, attempt)
    }
    let held = attempt.held
    let findings = FraudRules.ofBuyers.compactMap { rule in
      rule.look(at: held, in: book).flatMap { finding(rule, $0) }
    }
    return FraudScreening(
      traits: attempt.traits, accountAgeDays: attempt.accountAgeDays, policy: self,
      findings: findings.sorted { ($1.points, $0.rule) < ($0.points, $1.rule) }, isListed: false,
      leaks: book.leaks(at: attempt.at))
  }

  /// What a sign brings; nil if the tenant does not want to know.
  fileprivate func finding(_ rule: any FraudRule.Type, _ sign: FraudSign) -> FraudAssessment.Finding? {
    let most = points[rule.name] ?? rule.usualPoints
    if most <= 0 { return nil }
    return FraudAssessment.Finding(
      rule: rule.name, points: (most * sign.strength + 99) / 100, facts: sign.facts)
  }

  private func listed(
    _ list: FraudRuleName, _ trait: FraudTrait, points: Int, _ attempt: FraudAttempt
  ) -> FraudScreening {
    FraudScreening(
      traits: attempt.traits, accountAgeDays: attempt.accountAgeDays, policy: self,
      findings: [.init(rule: list, points: points, facts: [FraudFact("listed", 1, of: trait)])],
      isListed: true, leaks: [:])
  }

  /// What follows from a score.
  fileprivate func decision(at score: Int) -> FraudDecision {
    func reaches(_ threshold: Int?) -> Bool { threshold.map { score >= $0 } ?? false }
    if reaches(thresholds.block) { return .block }
    if reaches(thresholds.challenge) { return .challenge }
    return reaches(thresholds.flag) ? .flag : .pass
  }
}
