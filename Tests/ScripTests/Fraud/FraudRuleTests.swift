import Testing

@testable import Scrip

/// Somebody in these tests: by a letter and a number.
func trait(_ kind: FraudTrait.Kind, _ name: String) -> FraudTrait { FraudTrait(kind, hash: name) }

/// A quiet Tuesday.
let opening = Instant(clamping: 1_790_000_000_000_000)

func coupon(_ number: Int) -> Coupon.ID { Coupon.ID(UInt128(number)) }

@Suite struct FraudRuleTests {
  /// An attempt of somebody who is known by all kinds of traits.
  static let attempt = FraudAttempt(
    traits: FraudTrait.Kind.allCases.map { trait($0, "ann") }, at: opening)

  /// Somebody who has a trait in common with Ann, named by somebody with an account of their own.
  private static func someone(_ kind: FraudTrait.Kind) -> [FraudTrait] {
    [trait(kind, "ann")] + (kind == .user ? [] : [trait(.user, "somebody")])
  }

  private static func sign(
    _ rule: any FraudBuyerRule.Type, after count: Int64, _ signal: FraudSignal, of kind: FraudTrait.Kind
  ) -> Int {
    var book = FraudBook()
    if count > 0 {
      book.note(signal, count, of: someone(kind), at: opening.adding(seconds: -60))
    }
    return rule.look(at: attempt, in: book)?.strength ?? 0
  }

  /// Rules that count a signal, with the last harmless number before the attempt, and the first that is certain.
  static let counting:
    [(rule: any FraudBuyerRule.Type, signal: FraudSignal, kind: FraudTrait.Kind, Int64, Int64)] = [
      (UsesByPerson.self, .use, .user, 3, 11), (UsesByPerson.self, .use, .mailbox, 3, 11),
      (UsesByDevice.self, .use, .device, 4, 14), (UsesByPayment.self, .use, .payment, 3, 11),
      (UsesByNetwork.self, .use, .network, 59, 299), (GuessedCodes.self, .miss, .device, 5, 15),
      (NearGuesses.self, .nearMiss, .user, 3, 8), (HoardedLocks.self, .use, .phone, 4, 8),
      (ForeignCoupons.self, .foreignCoupon, .email, 2, 6), (CycledRefunds.self, .refund, .payment, 2, 4),
      (BlockedBefore.self, .block, .device, 2, 6),
    ]

  @Test func `a network never decides, whatever comes from it`() {
    #expect(Self.sign(GuessedCodes.self, after: 30, .miss, of: .network) == 0)
    #expect(Self.sign(GuessedCodes.self, after: .max, .miss, of: .network) == 40)
    #expect(Self.sign(NearGuesses.self, after: 15, .nearMiss, of: .network) == 0)
    #expect(Self.sign(NearGuesses.self, after: .max, .nearMiss, of: .network) == 40)
  }

  @Test func `refunds count within thirty days, and sooner if they come within an hour`() {
    var book = FraudBook()
    for count in 1...5 {
      let at = opening.adding(seconds: Int64(count - 6) * 86_400)
      book.note(.refund, of: [trait(.user, "ann")], at: at)
      #expect(
        (CycledRefunds.look(at: Self.attempt, in: book)?.strength ?? 0) == [0, 0, 33, 66, 100][count - 1])
    }
  }

  @Test func `who was refused again and again for weeks is refused, though not within this hour`() {
    var book = FraudBook()
    book.note(.block, 6, of: [trait(.user, "ann")], at: opening.adding(seconds: -7200))
    #expect(BlockedBefore.look(at: Self.attempt, in: book) == nil)
    book.note(.block, 14, of: [trait(.user, "ann")], at: opening.adding(seconds: -7200))
    #expect(BlockedBefore.look(at: Self.attempt, in: book)?.strength == 100)
  }

  @Test(arguments: counting.indices)
  func `a rule sees nothing in what is usual, and rises evenly up to what is certain`(index: Int) {
    let (rule, signal, kind, harmless, certain) = Self.counting[index]
    #expect(Self.sign(rule, after: 0, signal, of: kind) == 0)
    #expect(Self.sign(rule, after: harmless, signal, of: kind) == 0)
    #expect(Self.sign(rule, after: harmless + 1, signal, of: kind) > 0)
    #expect(Self.sign(rule, after: certain - 1, signal, of: kind) < 100)
    #expect(Self.sign(rule, after: certain, signal, of: kind) == 100)
    #expect(Self.sign(rule, after: .max, signal, of: kind) == 100)
    let strengths = (0...certain).map { Self.sign(rule, after: $0, signal, of: kind) }
    #expect(strengths == strengths.sorted())
  }

  @Test(arguments: counting.indices)
  func `what has happened to somebody else says nothing`(index: Int) {
    let (rule, signal, kind, _, _) = Self.counting[index]
    var book = FraudBook()
    book.note(signal, 1000, of: [trait(kind, "bob")], at: opening)
    for other in FraudTrait.Kind.allCases where other != kind {
      book.note(signal, 1000, of: [trait(other, "not \(other)")], at: opening)
    }
    #expect(rule.look(at: Self.attempt, in: book) == nil)
  }

  @Test(arguments: counting.indices)
  func `what is long ago says nothing`(index: Int) {
    let (rule, signal, kind, _, certain) = Self.counting[index]
    var book = FraudBook()
    book.note(signal, certain * 2, of: [trait(kind, "ann")], at: opening.adding(seconds: -31 * 86_400))
    #expect(rule.look(at: Self.attempt, in: book) == nil)
  }

  @Test func `who buys most of what was locked hoards nothing`() {
    var book = FraudBook()
    book.note(.use, 28, of: [trait(.user, "ann")], at: opening)
    book.note(.purchase, 9, of: [trait(.user, "ann")], at: opening)
    #expect(HoardedLocks.look(at: Self.attempt, in: book) == nil)
    book.note(.use, 2, of: [trait(.user, "ann")], at: opening)
    #expect(HoardedLocks.look(at: Self.attempt, in: book)?.strength == 100)
  }

  @Test func `who keeps most purchases cycles no refunds`() {
    var book = FraudBook()
    book.note(.refund, 8, of: [trait(.user, "ann")], at: opening)
    book.note(.purchase, 14, of: [trait(.user, "ann")], at: opening)
    #expect(CycledRefunds.look(at: Self.attempt, in: book) == nil)
    book.note(.refund, 1, of: [trait(.user, "ann")], at: opening)
    #expect(CycledRefunds.look(at: Self.attempt, in: book)?.strength == 100)
  }

  /// A device, a card or a mailbox, and so many customers who were seen with it.
  private func crowd(_ kind: FraudTrait.Kind, _ count: Int, _ member: FraudTrait.Kind) -> FraudBook {
    var book = FraudBook()
    for number in 0..<count {
      let sharer = kind.isPersonal ? Self.someone(kind) : [trait(kind, "ann")]
      book.note(.use, of: sharer + [trait(member, "m\(number)")], at: opening)
    }
    return book
  }

  @Test(arguments: [
    (PersonsOnDevice.self as any FraudBuyerRule.Type, FraudTrait.Kind.device, FraudTrait.Kind.user, 4, 8),
    (PersonsOnDevice.self, .device, .email, 4, 8), (PersonsOnPayment.self, .payment, .user, 3, 7),
    (SpellingsOfMailbox.self, .mailbox, .email, 1, 3), (CardsOfPerson.self, .user, .payment, 2, 4),
    (CardsOfPerson.self, .mailbox, .payment, 2, 4),
  ])
  func `many customers who share something stand out, and a family does not`(
    rule: any FraudBuyerRule.Type, kind: FraudTrait.Kind, member: FraudTrait.Kind, harmless: Int, certain: Int
  ) {
    // Nobody who is known to the shop, and one more than those who were.
    var attempt = Self.attempt
    attempt.accountAgeDays = 0
    #expect(rule.look(at: attempt, in: crowd(kind, harmless, member)) == nil)
    let sign = rule.look(at: attempt, in: crowd(kind, harmless + 1, member))
    #expect(sign.map { $0.strength > 0 && $0.strength < 100 } == true)
    #expect(rule.look(at: attempt, in: crowd(kind, certain, member))?.strength == 100)
    #expect(rule.look(at: attempt, in: crowd(kind, 1000, member))?.strength == 100)
  }

  @Test func `the same customers again are no more of them, and those who are long gone are none`() {
    var book = FraudBook()
    for turn in 0..<50 {
      book.note(
        .use, of: [trait(.device, "ann"), trait(.user, "m\(turn % 3)")],
        at: opening.adding(seconds: Int64(turn)))
    }
    #expect(PersonsOnDevice.look(at: Self.attempt, in: book) == nil)
    var later = Self.attempt
    later.at = opening.adding(seconds: 31 * 86_400)
    #expect(PersonsOnDevice.look(at: later, in: crowd(.device, 16, .user)) == nil)
  }

  /// A coupon that was used evenly for some days, and then more, by strangers.
  private func leak(days: Int64, usesAnHour: Int64, then uses: Int64) -> FraudSign? {
    var book = FraudBook()
    let begin = opening.adding(seconds: -days * 86_400)
    for hour in 0..<(days * 24) {
      for use in 0..<usesAnHour {
        let at = begin.adding(seconds: hour * 3600 + use * 3600 / usesAnHour)
        book.note(.use, of: [], uses: [coupon(1)], at: at)
      }
    }
    for use in 0..<uses {
      book.note(.use, of: [], uses: [coupon(1)], at: opening.adding(seconds: use / 10))
    }
    return book.leaks(at: opening.adding(seconds: uses / 10))[coupon(1)]
  }

  @Test func `a coupon that is suddenly used far beyond its own history has leaked`() {
    #expect(leak(days: 8, usesAnHour: 6, then: 100)?.strength == 100)
    #expect(leak(days: 30, usesAnHour: 60, then: 300)?.strength == 100)
    // What is not known for a week is not certain.
    #expect(leak(days: 3, usesAnHour: 6, then: 100)?.strength == 90)
    #expect(leak(days: 3, usesAnHour: 60, then: 20) == nil)
    // A few more than usual, of a coupon that is hardly used, are no leak.
    #expect(leak(days: 30, usesAnHour: 1, then: 10) == nil)
    // A campaign's first day has nothing to compare it with.
    #expect(leak(days: 0, usesAnHour: 0, then: 5000) == nil)
  }

  @Test func `a coupon has a rule that follows its use within days`() throws {
    var rhythm = FraudRhythm(from: opening)
    rhythm.add(at: opening)
    for turn in 1...144 {
      for _ in 0..<10 { rhythm.add(at: opening.adding(seconds: Int64(turn) * 600)) }
    }
    let after = rhythm.standing(at: opening.adding(seconds: 145 * 600))
    #expect(after.now == 0 && after.turns == 145 && abs(after.rule - 9.94) < 0.1 && after.peak == 10)
    let quiet = rhythm.standing(at: opening.adding(seconds: (145 + 145) * 600))
    #expect(abs(quiet.rule - after.rule / 2) < 0.05)
    let year = rhythm.standing(at: opening.adding(seconds: 366 * 86_400))
    #expect(year.rule < 0.001 && year.rule >= 0)
  }

  @Test(arguments: [(Int64?.none, 0), (0, 100), (1, 50), (2, 0), (400, 0), (-1, 100)])
  func `a new account adds a little`(age: Int64?, strength: Int) {
    var attempt = Self.attempt
    attempt.accountAgeDays = age
    #expect(NewAccount.look(at: attempt, in: FraudBook())?.strength ?? 0 == strength)
  }

  @Test func `each rule has a name of its own and points that can be reached`() {
    let names = FraudRules.all.map { $0.name }
    #expect(Set(names).count == names.count)
    #expect(FraudRules.all.allSatisfy { (1...100).contains($0.usualPoints) })
  }

  @Test
  func `codes that differ in one place from what was tried are near, and a code that is being typed is one`()
  {
    var guesses = FraudGuesses()
    let tries: [(code: String, kind: FraudGuesses.Kind)] = [
      ("SUMMER10", .new), ("SUMMER11", .near), ("SUMMER11", .known), ("SUMMER21", .near), ("WINTER", .new),
      ("WINTER5", .known), ("WIN", .known), ("WINTER6", .near), ("", .known), ("AUTUMN", .new),
    ]
    for (code, kind) in tries { #expect(guesses.add(code, at: opening) == kind, "\(code)") }
    for number in 0..<FraudGuesses.most { _ = guesses.add("\(number)\(number)X", at: opening) }
    #expect(guesses.add("SUMMER10", at: opening) == .new)
  }

  @Test func `who tries one code again and again has missed once, and who counts upwards has missed nearly`()
  {
    var book = FraudBook()
    for _ in 0..<50 { book.noteMisses(["SUMMER"], of: [trait(.user, "ann")], at: opening) }
    #expect(GuessedCodes.look(at: Self.attempt, in: book) == nil)
    book.noteMisses((0..<20).map { "SAVE\($0 + 10)" }, of: [trait(.user, "ann")], at: opening)
    #expect(GuessedCodes.look(at: Self.attempt, in: book)?.strength == 100)
    #expect(NearGuesses.look(at: Self.attempt, in: book) != nil)
  }

  @Test func `a leak is over when its turn is`() {
    var book = FraudBook()
    for day in 0..<6 {
      book.note(.use, of: [], uses: [coupon(1)], at: opening.adding(seconds: Int64(day) * 86_400))
    }
    let at = opening.adding(seconds: 7 * 86_400)
    for _ in 0..<100 { book.note(.use, of: [], uses: [coupon(1)], at: at) }
    for _ in 0..<20 { book.note(.use, of: [], uses: [coupon(2)], at: at) }
    #expect(book.leaks(at: at).keys.sorted() == [coupon(1)])
    #expect(book.leaks(at: at.adding(seconds: 6 * 3600 + 1)).isEmpty)
  }

  @Test func `traits are told by kind and digest, and read back`() {
    let key = IdentityKey(kind: .device, value: "00f3a9c2b17e4d58aaaaaaaaaaaaaaaa")
    #expect(FraudTrait(key).description == "device:00f3a9c2b17e4d58")
    let person = IdentityKey(Person.ID(UInt128(17)).userID)
    #expect(FraudTrait(person) == FraudTrait(.user, digest: 17))
    for kind in FraudTrait.Kind.allCases {
      for digest in [0, 1, UInt64.max] {
        #expect(FraudTrait(FraudTrait(kind, digest: digest).description) == FraudTrait(kind, digest: digest))
      }
    }
    for text in [
      "", "device", "device:", "device:00F3A9C2B17E4D58", "phone:+0f3a9c2b17e4d58", "cat:00f3a9c2b17e4d58",
      "device:00f3a9c2b17e4d58:", "device:0f3a9c2b17e4d58",
    ] { #expect(FraudTrait(text) == nil, "\(text)") }
  }

  @Test func `what guests say of somebody's address is held against guests alone`() {
    var book = FraudBook()
    book.note(.miss, 100, of: [trait(.mailbox, "ann"), trait(.email, "ann")], at: opening)
    var policy = FraudPolicy(mode: .on)
    policy.points = ["guessed_codes": 100]
    let guest = FraudAttempt(traits: [trait(.mailbox, "ann")], at: opening)
    #expect(policy.assessed(guest, by: book)?.score == 100)
    let customer = FraudAttempt(traits: [trait(.mailbox, "ann"), trait(.user, "ann")], at: opening)
    #expect(policy.assessed(customer, by: book)?.score == 0)
    // Reviewers and lists see one address, whoever has named it.
    #expect(policy.assessed(guest, by: book)?.findings.first?.facts.first?.trait == trait(.mailbox, "ann"))
    policy.denied = [trait(.mailbox, "ann")]
    #expect(policy.assessed(customer, by: FraudBook())?.score == 100)
    #expect(policy.assessed(guest, by: FraudBook())?.score == 100)
  }
}
