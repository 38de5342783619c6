import Forms
import Ledger
import Scrip

/// What was thought of an attempt, once it is known which coupons it is about; and what follows beside the answer.
struct Suspicion {
  /// What was thought, for the log.
  let record: FraudRecord
  private let policy: FraudPolicy
  /// The coupons of the attempt that look leaked, with how much, in per cent.
  private let leaks: [(couponID: Coupon.ID, strength: Int)]

  /// Judges an attempt to use some coupons.
  init(_ screening: FraudScreening, of coupons: [Coupon.ID]) {
    record = FraudRecord(
      screening.assessment(of: coupons), traits: screening.traits,
      accountAgeDays: screening.accountAgeDays)
    policy = screening.policy
    leaks = screening.leaks(among: coupons)
  }

  /// Whether the attempt is refused.
  var isBlocked: Bool { record.assessment.consequence == .block }

  /// The refusal of all codes alike: nothing is told that would help to guess others.
  static func refusals(of codes: [String]) -> [RefusedCode] {  // String: as they were typed
    codes.enumerated().map { index, code in RefusedCode(code: code, index: index, reason: .suspectedFraud) }
  }

  /// Asks for the cases that an attempt may add to: none of a buyer and coupons of whom nothing is thought.
  static func ask(
    for codes: [TypedCode], _ screening: FraudScreening?, request: inout LoadRequest, of tenant: Tenant.ID,
    given set: WorkingSet
  ) {
    guard let screening else { return }
    let buyer = screening.assessment(of: [])
    if buyer.score > 0, let suspect = buyer.suspect(among: screening.traits, leaked: nil) {
      request.addFraudCase(suspect, of: tenant)
    }
    for (couponID, _) in screening.leaks(among: codes.compactMap { $0.coupon(of: tenant, in: set) }) {
      request.addFraudCase(.coupon(couponID), of: tenant)
    }
  }

  /// The ends of leaked coupons. They come before the lock with which they came to light, so that this one is given even
  /// where open locks are revoked.
  func endings(in set: WorkingSet, _ context: DecisionContext) -> [(
    stream: StreamID, fact: any Fact<WorkingSet>
  )] {
    leaks.compactMap { leaked in
      guard ends(leaked, set, context) else { return nil }
      let disabled = CouponDisabled(
        reason: "Its use has grown far beyond its own history: it looks leaked.",
        revokesLocks: policy.leak.revokesLocks)
      return (.coupon(leaked.couponID), disabled)
    }
  }

  /// Whether a coupon is to be disabled: it looks leaked, and no reviewer has found of late that it is not.
  private func ends(
    _ leaked: (couponID: Coupon.ID, strength: Int), _ set: WorkingSet, _ context: DecisionContext
  ) -> Bool {
    guard policy.mode == .on, let least = policy.leak.disable, leaked.strength >= least,
      set.life(of: Owned(context.tenant, leaked.couponID))?.state == .active
    else { return false }
    return !isCleared(leaked.couponID, set, context)
  }

  /// Whether a reviewer has found of late that a coupon is not leaked.
  private func isCleared(_ couponID: Coupon.ID, _ set: WorkingSet, _ context: DecisionContext) -> Bool {
    guard let known = set.shelf[FraudCaseRow.self][Owned(context.tenant, .coupon(couponID))]?.content else {
      return false
    }
    return known.state == .dismissed && !known.opensAgain(by: .critical, at: context.now)
  }

  /// What is told beside the answer: what was suspicious, and who is alerted.
  ///
  /// - Parameter applicationID: what was given; nil if the attempt was refused.
  func facts(
    orderID: OrderID, applicationID: DiscountApplication.ID?, in set: WorkingSet, _ context: DecisionContext
  ) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    let leaks = leaks.compactMap { leak($0.couponID, $0.strength, orderID, applicationID, set, context) }
    // An attempt that stands out by its coupon alone is that coupon's case.
    let told = leaks.map(\.suspect)
    let assessment = record.assessment
    let isAlarming = policy.thresholds.alert.map { assessment.score >= $0 } ?? false
    guard assessment.decision > .pass || isAlarming,
      let suspect = assessment.suspect(
        among: record.traits, leaked: self.leaks.max { $0.strength < $1.strength }?.couponID),
      !told.contains(suspect)
    else { return leaks.flatMap(\.facts) }
    let severity = FraudSeverity(assessment.decision)
    let tells = Telling(
      suspect: suspect, severity: severity, response: isBlocked ? .blocked : .none,
      isAlarming: isAlarming, isEachTold: true)
    return leaks.flatMap(\.facts) + tell(tells, orderID, applicationID, set, context)
  }

  /// What to tell of a suspect.
  private struct Telling {
    let suspect: FraudSuspect
    let severity: FraudSeverity
    let response: SecurityAlertRaised.Response
    let isAlarming: Bool
    /// Whether each attempt is told, and not only the first.
    let isEachTold: Bool
  }

  /// A coupon that looks leaked: everybody who uses it adds to the same case, and most of them are honest, so that only
  /// what is new is told.
  private func leak(
    _ couponID: Coupon.ID, _ strength: Int, _ orderID: OrderID, _ applicationID: DiscountApplication.ID?,
    _ set: WorkingSet, _ context: DecisionContext
  ) -> (suspect: FraudSuspect, facts: [(stream: StreamID, fact: any Fact<WorkingSet>)])? {
    let reaches = { (threshold: Int?) in threshold.map { strength >= $0 } ?? false }
    let isEnded = ends((couponID, strength), set, context)
    guard reaches(policy.leak.alert) || isEnded, !isCleared(couponID, set, context) else { return nil }
    let response: SecurityAlertRaised.Response =
      isEnded ? (policy.leak.revokesLocks ? .locksRevoked : .couponDisabled) : .none
    let telling = Telling(
      suspect: .coupon(couponID), severity: .critical, response: response, isAlarming: true,
      isEachTold: isEnded)
    return (.coupon(couponID), tell(telling, orderID, applicationID, set, context))
  }

  private func tell(
    _ telling: Telling, _ orderID: OrderID, _ applicationID: DiscountApplication.ID?, _ set: WorkingSet,
    _ context: DecisionContext
  ) -> [(stream: StreamID, fact: any Fact<WorkingSet>)] {
    let key = Owned(context.tenant, telling.suspect)
    let rows = set.shelf[FraudCaseRow.self]
    // A case that can't be read keeps nobody from buying.
    if rows.unreadable[key] != nil { return [] }
    let known = rows[key]?.content
    let opensAgain = known?.opensAgain(by: telling.severity, at: context.now) ?? false
    let isNew = known == nil || opensAgain
    let alerted = isNew ? nil : known?.alerted
    let isAlarming =
      telling.isAlarming && known.map { $0.state == .open || opensAgain } ?? true
      && alerted.map { telling.severity > $0 } ?? true
    guard isNew || isAlarming || telling.isEachTold else { return [] }
    let assessment = record.assessment
    var facts: [(stream: StreamID, fact: any Fact<WorkingSet>)] = [
      (
        .tenant,
        SuspiciousUsageDetected(
          telling.suspect, telling.severity, orderID: orderID, applicationID: applicationID, record: record,
          opensAgain: opensAgain)
      )
    ]
    if isAlarming {
      facts.append(
        (
          .tenant,
          SecurityAlertRaised(
            telling.suspect, telling.severity, score: Int64(assessment.score),
            rules: assessment.findings.map(\.rule), response: telling.response, orderID: orderID)
        ))
    }
    return facts
  }
}

extension LoadRequest {
  /// Asks for a case, and for what an alert about it changes.
  mutating func addFraudCase(_ suspect: FraudSuspect, of tenant: Tenant.ID) {
    shelf[FraudCaseRow.self].insert(Owned(tenant, suspect))
    shelf[FraudSettingsRow.self].insert(tenant)
    dueWork.insert(Owned(tenant, .alertMail(suspect)))
  }
}

extension TypedCode {
  /// The coupon that it opens, as far as that is known.
  fileprivate func coupon(of tenant: Tenant.ID, in set: WorkingSet) -> Coupon.ID? {
    code.flatMap { set.code($0, of: tenant)?.couponID }
  }
}
