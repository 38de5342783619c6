import SampleShop
import Scrip

/// A scenario that is played against the rules, as the service would ask them: each attempt is judged by the book as it is,
/// and the book is told what became of it.
///
/// Nothing else of a service takes part: no limits of coupons, no throttle. What a shop has of them comes on top.
package struct FraudReplay: Sendable {
  /// What it was made of.
  package let seed: UInt64
  /// With how much care each attack was made.
  package let manners: [ShopAttack: ShopAttackManner]
  /// What became of the attacks.
  package private(set) var attacks: [ShopAttack: AttackFigures] = [:]
  /// What became of honest buyers in the week that is watched.
  package private(set) var crowds: [ShopCrowd: CrowdFigures] = [:]
  /// How many honest checkouts were blocked, by the rule that brought most of the points.
  package private(set) var blaming: [FraudRuleName: Int] = [:]
  /// The coupons that were disabled because they leaked, and when.
  package private(set) var disabled: [Coupon.ID: Instant] = [:]

  private let policy: FraudPolicy
  private let watchedFrom: Instant
  private var book = FraudBook()
  private var endings = PendingEndings()
  private var firsts: [ShopAttack: Instant] = [:]

  /// Plays a scenario.
  package init(_ scenario: FraudScenario, policy: FraudPolicy = FraudPolicy(mode: .on)) {
    seed = scenario.seed
    manners = scenario.manners
    watchedFrom = scenario.watchedFrom
    self.policy = policy
    for attack in manners.keys { attacks[attack] = AttackFigures() }
    for crowd in ShopCrowd.allCases { crowds[crowd] = CrowdFigures() }
    for attempt in scenario.attempts { play(attempt) }
  }

  private mutating func play(_ attempt: ShopAttempt) {
    while let ending = endings.next(until: attempt.at) {
      book.note(ending.signal, of: ending.traits, at: ending.at)
    }
    let asked = FraudAttempt(
      traits: attempt.traits, accountAgeDays: attempt.accountAgeDays, codes: attempt.codes, at: attempt.at)
    let screening = policy.screen(asked, by: book)
    let assessment = screening?.assessment(of: attempt.opening.map { [$0.coupon] } ?? [])
    let isBlocked = assessment?.consequence == .block
    let isGone = attempt.opening.map { disabled[$0.coupon] != nil } ?? false
    if isBlocked { book.noteBlock(of: asked) }
    switch attempt.typed {
    case .misses(let codes): book.noteMisses(codes.map(\.text), of: attempt.traits, at: attempt.at)
    case .foreign: book.note(.foreignCoupon, of: attempt.traits, at: attempt.at)
    case .opening(let opening, let outcome):
      if !isBlocked && !isGone { give(opening, outcome, asked) }
    }
    let leak = attempt.opening.map { screening?.leaks(among: [$0.coupon]) ?? [] }?.first?.strength
    count(attempt, assessment, isStopped: isBlocked || isGone, leak: leak)
    if case .crowd = attempt.actor, isBlocked, attempt.opening != nil, attempt.at >= watchedFrom {
      if let rule = assessment?.findings.first?.rule { blaming[rule, default: 0] += 1 }
    }
  }

  /// A lock, and what will become of it.
  private mutating func give(_ opening: ShopOpening, _ outcome: ShopOutcome, _ asked: FraudAttempt) {
    book.noteUse(by: asked, of: [opening.coupon])
    func end(_ signal: FraudSignal, after seconds: Int64) -> PendingEndings.Ending {
      .init(at: asked.at.adding(seconds: seconds), signal: signal, traits: asked.traits)
    }
    switch outcome {
    case .paid(let after): endings.add(end(.purchase, after: after))
    case .abandoned(let after): endings.add(end(.abandonment, after: after))
    case .refunded(let paidAfter, let after):
      endings.add(end(.purchase, after: paidAfter))
      endings.add(end(.refund, after: after))
    }
    // What a use does to its coupon shows in the next one: the service looks when it decides.
  }

  private mutating func count(
    _ attempt: ShopAttempt, _ assessment: FraudAssessment?, isStopped: Bool, leak: Int?
  ) {
    func isLeaked(_ threshold: Int?) -> Bool { leak.map { $0 >= threshold ?? .max } ?? false }
    // In shadow mode nothing follows.
    let disables = policy.mode == .on && isLeaked(policy.leak.disable)
    let alerts = isLeaked(policy.leak.alert)
    switch attempt.actor {
    case .attack(let attack):
      let first = firsts[attack] ?? attempt.at
      firsts[attack] = first
      let seconds = (attempt.at.microseconds - first.microseconds) / 1_000_000
      attacks[attack, default: AttackFigures()].add(
        attempt.opening?.discount ?? 0, assessment, isStopped: isStopped, after: seconds,
        isAlerted: alerts || reaches(policy.thresholds.alert, assessment), isDisabled: disables)
    case .crowd(let crowd):
      if attempt.at >= watchedFrom, let opening = attempt.opening {
        crowds[crowd, default: CrowdFigures()].add(assessment, isGone: disabled[opening.coupon] != nil)
      }
    }
    if disables, let coupon = attempt.opening?.coupon, disabled[coupon] == nil {
      disabled[coupon] = attempt.at
    }
  }

  private func reaches(_ threshold: Int?, _ assessment: FraudAssessment?) -> Bool {
    guard let threshold, let assessment else { return false }
    return assessment.score >= threshold
  }
}

extension ShopAttempt {
  /// What its code opens.
  var opening: ShopOpening? {
    if case .opening(let opening, _) = typed { return opening }
    return nil
  }

  /// The codes as rules are told them.
  var codes: [FraudCode] {
    switch typed {
    case .opening(let opening, _): [FraudCode(opening.code)]
    case .misses(let codes): codes
    case .foreign: []
    }
  }
}

extension AttackFigures {
  mutating func add(
    _ money: Int64, _ assessment: FraudAssessment?, isStopped: Bool, after seconds: Int64, isAlerted: Bool,
    isDisabled: Bool
  ) {
    let (got, isLater) = (isStopped ? 0 : money, seconds >= 60)
    attempts += 1
    wanted += money
    self.got += got
    if isLater { (wantedLater, gotLater) = (wantedLater + money, gotLater + got) }
    let decision = assessment?.consequence ?? .pass
    if decision >= .flag, flaggedAfter == nil { flaggedAfter = seconds }
    if decision >= .challenge, challengedAfter == nil { challengedAfter = seconds }
    if decision == .block {
      blocked += 1
      if blockedAfter == nil { blockedAfter = seconds }
    }
    if isAlerted, alertedAfter == nil { alertedAfter = seconds }
    if isDisabled, disabledAfter == nil { disabledAfter = seconds }
  }
}

extension CrowdFigures {
  mutating func add(_ assessment: FraudAssessment?, isGone: Bool) {
    checkouts += 1
    if isGone { withoutCoupon += 1 }
    switch assessment?.consequence ?? .pass {
    case .pass: break
    case .flag: flagged += 1
    case .challenge: challenged += 1
    case .block: blocked += 1
    }
  }
}
