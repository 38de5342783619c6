import Forms
import Ledger
import Promotions
import Scrip

/// What looks like fraud.
extension Samples {
  mutating func fraudFacts() -> [any Fact<WorkingSet>] {
    [
      FraudSettingsChanged(fraudSettings()),
      SuspiciousUsageDetected(
        suspect(), pick(FraudSeverity.allCases), orderID: text(), applicationID: maybe { $0.identifier() },
        record: fraudRecord(), opensAgain: bool()),
      SecurityAlertRaised(
        suspect(), pick(FraudSeverity.allCases), score: int(0...100), rules: list(0...3) { $0.text() },
        response: pick(SecurityAlertRaised.Response.allCases), orderID: text()),
      SecurityAlertMailed(
        suspect(), number: int(1...Int64.max), isSent: bool(), attempts: int(1...Int64.max)),
      SuspicionReviewed(suspect(), isConfirmed: bool(), rule: text(), note: maybe { $0.text() }),
    ]
  }

  mutating func fraudRecord() -> FraudRecord {
    let assessment = FraudAssessment(
      score: Int(int(0...100)), decision: pick(FraudDecision.allCases), isShadow: bool(),
      findings: list(0...3) { samples in
        FraudAssessment.Finding(
          rule: samples.text(), points: Int(samples.int(0...100)),
          facts: samples.list(0...2) {
            FraudFact($0.text(), $0.int(Int64.min...Int64.max), of: $0.maybe { $0.trait() })
          })
      }, version: int(1...Int64.max))
    return FraudRecord(
      assessment, traits: list(0...7) { $0.trait() }, accountAgeDays: maybe { $0.int(0...99_999) })
  }

  mutating func fraudSettings() -> FraudSettings {
    let leak = FraudPolicy.LeakResponse(alert: threshold(), disable: threshold(), revokesLocks: bool())
    let points = list(0...3) { samples in
      (samples.pick(FraudRules.all.map { $0.name }), Int(samples.int(0...100)))
    }
    return FraudSettings(
      policy: FraudPolicy(
        mode: pick(FraudPolicy.Mode.allCases),
        thresholds: FraudPolicy.Thresholds(
          flag: threshold(), challenge: threshold(), block: threshold(), alert: threshold()),
        leak: leak, points: Dictionary(points, uniquingKeysWith: { first, _ in first }),
        allowed: Set(list(0...3) { $0.trait() }), denied: Set(list(0...3) { $0.trait() })),
      alertsTo: maybe { $0.text() })
  }

  private mutating func threshold() -> Int? { maybe { Int($0.int(1...100)) } }

  private mutating func trait() -> FraudTrait { FraudTrait(pick(FraudTrait.Kind.allCases), digest: next()) }

  private mutating func suspect() -> FraudSuspect { bool() ? .trait(trait()) : .coupon(identifier()) }
}
