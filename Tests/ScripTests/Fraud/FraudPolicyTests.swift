import Testing

@testable import Scrip

@Suite struct FraudPolicyTests {
  private let attempt = FraudRuleTests.attempt

  /// A book in which somebody has done something so often.
  private func book(_ signal: FraudSignal, _ count: Int64, _ kind: FraudTrait.Kind) -> FraudBook {
    var book = FraudBook()
    book.note(signal, count, of: [trait(kind, "ann")], at: opening)
    return book
  }

  @Test func `nobody looks unless a tenant wants it`() {
    #expect(FraudPolicy().screen(attempt, by: book(.miss, 1000, .user)) == nil)
  }

  @Test func `who did nothing has no score`() throws {
    let assessment = try #require(FraudPolicy(mode: .on).assessed(attempt, by: FraudBook()))
    #expect(assessment.score == 0 && assessment.decision == .pass && assessment.findings.isEmpty)
    #expect(assessment.version == FraudRules.version)
  }

  @Test func `points add up to a hundred at most, and each rule explains its own`() throws {
    var book = book(.miss, 1000, .user)
    book.note(.nearMiss, 1000, of: [trait(.device, "ann")], at: opening)
    book.note(.foreignCoupon, 4, of: [trait(.email, "ann"), trait(.user, "bob")], at: opening)
    let assessment = try #require(FraudPolicy(mode: .on).assessed(attempt, by: book))
    #expect(assessment.score == 100 && assessment.consequence == .block)
    #expect(assessment.findings.map(\.rule) == ["guessed_codes", "near_guesses", "foreign_coupons"])
    #expect(assessment.findings.map(\.points) == [80, 60, 30])
    #expect(assessment.findings[0].facts == [FraudFact("misses_in_an_hour", 1000, of: trait(.user, "ann"))])
  }

  @Test(arguments: [
    (39, FraudDecision.pass), (40, .flag), (59, .flag), (60, .challenge), (79, .challenge), (80, .block),
    (100, .block),
  ])
  func `what follows begins just at its threshold`(points: Int, decision: FraudDecision) throws {
    let policy = FraudPolicy(mode: .on, points: ["guessed_codes": points])
    let assessment = try #require(policy.assessed(attempt, by: book(.miss, 1000, .user)))
    #expect(assessment.score == points && assessment.decision == decision)
  }

  @Test func `thresholds may be left out, and a rule may be switched off`() throws {
    let mild = FraudPolicy(mode: .on, thresholds: .init(flag: 10, challenge: nil, block: nil))
    #expect(mild.assessed(attempt, by: book(.miss, 1000, .user))?.decision == .flag)
    let silent = FraudPolicy(mode: .on, points: ["guessed_codes": 0])
    #expect(silent.assessed(attempt, by: book(.miss, 1000, .user))?.findings == [])
  }

  @Test func `in shadow mode everything is told and nothing follows`() throws {
    let assessment = try #require(
      FraudPolicy(mode: .shadow).assessed(attempt, by: book(.miss, 1000, .user)))
    #expect(assessment.decision == .block && assessment.consequence == .pass && assessment.score == 80)
  }

  @Test func `a list decides before any rule, and who is on both is denied`() throws {
    let ann = trait(.device, "ann")
    let denying = FraudPolicy(mode: .on, denied: [ann])
    #expect(denying.assessed(attempt, by: FraudBook())?.consequence == .block)
    let allowing = FraudPolicy(mode: .on, allowed: [ann])
    #expect(allowing.assessed(attempt, by: book(.miss, 1000, .user))?.score == 0)
    let both = FraudPolicy(mode: .on, allowed: [ann], denied: [trait(.network, "ann")])
    let assessment = try #require(both.assessed(attempt, by: FraudBook()))
    #expect(
      assessment.findings == [
        .init(rule: "denied", points: 100, facts: [FraudFact("listed", 1, of: trait(.network, "ann"))])
      ])
    // A list is about a kind of trait: another kind with the same value is somebody else.
    let stranger = FraudPolicy(mode: .on, denied: [trait(.device, "bob")])
    #expect(stranger.assessed(attempt, by: FraudBook())?.score == 0)
  }

  @Test func `two who were told the same think the same`() throws {
    var random = SystemRandomNumberGenerator()
    var (one, two) = (FraudBook(), FraudBook())
    for step in 0..<3000 {
      let signal = FraudSignal.allCases.randomElement(using: &random) ?? .use
      let traits = FraudTrait.Kind.allCases.map { trait($0, "t\(Int.random(in: 0..<20, using: &random))") }
      let uses = [coupon(Int.random(in: 0..<5, using: &random))]
      let at = opening.adding(seconds: Int64(step))
      one.note(signal, of: traits, uses: uses, at: at)
      two.note(signal, of: traits, uses: uses, at: at)
    }
    let policy = FraudPolicy(mode: .on)
    for number in 0..<20 {
      let attempt = FraudAttempt(
        traits: FraudTrait.Kind.allCases.map { trait($0, "t\(number)") },
        at: opening.adding(seconds: 3000))
      #expect(policy.assessed(attempt, by: one) == policy.assessed(attempt, by: two))
    }
  }

  @Test func `a flood of strangers makes the book forget none who did more, and grows to its bounds alone`()
    throws
  {
    var book = FraudBook(FraudBook.Bounds(tallies: 100, companies: 50, coupons: 20))
    book.note(.miss, 15, of: [trait(.device, "ann")], at: opening)
    for number in 0..<14 {
      book.note(.use, of: [trait(.device, "ann"), trait(.user, "m\(number)")], at: opening)
    }
    for number in 0..<5000 {
      let traits = FraudTrait.Kind.allCases.map { trait($0, "s\(number)") }
      let at = opening.adding(seconds: 1)
      book.noteMisses(["S\(number)"], of: traits, at: at)
      book.note(.use, of: traits, uses: [coupon(number)], at: at)
    }
    let sizes = book.sizes
    #expect(sizes.tallies <= 200 && sizes.companies <= 50 && sizes.coupons <= 20)
    #expect(sizes.guesses <= 50)
    #expect(GuessedCodes.look(at: attempt, in: book)?.strength == 100)
    #expect(PersonsOnDevice.look(at: attempt, in: book)?.strength == 100)
  }
}

extension FraudPolicy {
  /// What is thought of an attempt to use the first coupon.
  func assessed(_ attempt: FraudAttempt, by book: FraudBook) -> FraudAssessment? {
    screen(attempt, by: book)?.assessment(of: [coupon(1)])
  }
}
