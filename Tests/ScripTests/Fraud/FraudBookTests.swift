import Testing

@testable import Scrip

/// What rules see of several attempts together.
@Suite struct FraudBookTests {
  private func attempt(
    _ user: String?, device: String, card: String? = nil, network: String = "home", age: Int64? = nil,
    codes: [FraudCode] = [], at seconds: Int64 = 0
  ) -> FraudAttempt {
    var traits = [trait(.email, "\(user ?? device)@"), trait(.device, device), trait(.network, network)]
    if let user { traits.append(trait(.user, user)) }
    if let card { traits.append(trait(.payment, card)) }
    return FraudAttempt(
      traits: traits, accountAgeDays: age, codes: codes, at: opening.adding(seconds: seconds))
  }

  @Test func `new accounts are one person's if things lead from one to the other`() {
    var book = FraudBook()
    for (user, device, card) in [("a", "1", "x"), ("b", "2", "x"), ("c", "2", "y")] {
      book.noteUse(by: attempt(user, device: device, card: card, age: 0), of: [coupon(1)])
    }
    // With device 2 came b and c; b paid with x, as a did on another device.
    let next = attempt("d", device: "2", age: 0)
    #expect(StrangersTogether.look(at: next, in: book)?.facts.first?.count == 4)
    #expect(StrangersTogether.look(at: next, in: book)?.strength == 100)
    // Whoever shares nothing with them is nobody of theirs, and a customer of old is no stranger.
    #expect(StrangersTogether.look(at: attempt("e", device: "3", age: 0), in: book) == nil)
    #expect(StrangersTogether.look(at: attempt("d", device: "2", age: 100), in: book) == nil)
  }

  @Test func `customers of old on one device are no strangers together`() {
    var book = FraudBook()
    for user in ["a", "b", "c", "d"] {
      book.noteUse(by: attempt(user, device: "1", age: 90), of: [coupon(1)])
    }
    #expect(StrangersTogether.look(at: attempt("e", device: "1", age: 0), in: book) == nil)
  }

  @Test func `many devices are many persons only if they are in many places`() {
    var book = FraudBook()
    for number in 0..<8 {
      book.noteUse(by: attempt("home", device: "d\(number)"), of: [])
      book.noteUse(by: attempt("travels", device: "one", network: "n\(number)"), of: [])
      book.noteUse(by: attempt("ring", device: "r\(number)", network: "n\(number)"), of: [])
    }
    #expect(DevicesOfPerson.look(at: attempt("home", device: "d0"), in: book) == nil)
    #expect(DevicesOfPerson.look(at: attempt("travels", device: "one"), in: book) == nil)
    #expect(DevicesOfPerson.look(at: attempt("ring", device: "r0"), in: book)?.strength == 100)
  }

  @Test func `what was refused is no use, and shows who belongs together all the same`() {
    var book = FraudBook()
    for number in 0..<5 { book.noteBlock(of: attempt("ann", device: "d", card: "c\(number)")) }
    #expect(CardsOfPerson.look(at: attempt("ann", device: "d"), in: book)?.strength == 100)
    #expect(UsesByPerson.look(at: attempt("ann", device: "d"), in: book) == nil)
    #expect(BlockedBefore.look(at: attempt("ann", device: "other"), in: book) != nil)
  }

  @Test func `a right guess among many wrong ones is seen from whatever address it comes`() {
    var book = FraudBook()
    for number in 0..<16 {
      book.noteMisses(["FRIEND-\(1000 + number)"], of: [trait(.network, "n\(number)")], at: opening)
    }
    let lucky = attempt(nil, device: "new", codes: ["FRIEND-2000"], at: 1)
    #expect(GuessedStem.look(at: lucky, in: book)?.strength == 100)
    let paying = attempt(nil, device: "new", card: "c", codes: ["FRIEND-2000"], at: 1)
    #expect(GuessedStem.look(at: paying, in: book)?.strength == 50)
    let known = attempt("ann", device: "new", age: 30, codes: ["FRIEND-2000"], at: 1)
    #expect(GuessedStem.look(at: known, in: book) == nil)
    for code in ["FRIEND-20000", "SUMMER-2000", "FR"] as [FraudCode] {
      #expect(GuessedStem.look(at: attempt(nil, device: "new", codes: [code], at: 1), in: book) == nil)
    }
    #expect(
      GuessedStem.look(at: attempt(nil, device: "new", codes: ["FRIEND-2000"], at: 3700), in: book) == nil)
  }

  @Test func `a code that many use may be mistyped by many, and one wrong code by everybody`() {
    var book = FraudBook()
    for number in 0..<16 {
      book.noteMisses(["SUMMER\(number + 30)"], of: [], at: opening)
      book.noteMisses(["WINTER20"], of: [], at: opening)
    }
    for number in 0..<5 {
      book.noteUse(by: attempt("u\(number)", device: "d\(number)", codes: ["SUMMER20"]), of: [coupon(1)])
    }
    #expect(GuessedStem.look(at: attempt(nil, device: "x", codes: ["SUMMER20"]), in: book) == nil)
    #expect(GuessedStem.look(at: attempt(nil, device: "x", codes: ["WINTER21"]), in: book) == nil)
  }

  /// Two weeks of a coupon that is used every hour, beside others; then something happens within minutes.
  private func leak(
    after count: Int, by buyer: (Int) -> FraudAttempt, others: Int = 0
  ) -> Int {
    var book = FraudBook()
    for hour in 0..<(14 * 24) {
      for number in 1...3 {
        let use = attempt("u\(hour)-\(number)", device: "d\(hour)-\(number)", age: 99, at: Int64(hour) * 3600)
        book.noteUse(by: use, of: [coupon(number)])
      }
    }
    var later: FraudAttempt?
    for number in 0..<max(count, others) {
      if number < count {
        var use = buyer(number)
        use.at = opening.adding(seconds: 14 * 86_400 + Int64(number))
        book.noteUse(by: use, of: [coupon(1)])
        later = use
      }
      if number < others {
        let other = attempt("o\(number)", device: "o\(number)", age: 0, at: 14 * 86_400 + Int64(number))
        book.noteUse(by: other, of: [coupon(2)])
      }
    }
    return later.flatMap { book.leaks(at: $0.at)[coupon(1)]?.strength } ?? 0
  }

  @Test func `strangers make a leak certain, customers and one who comes again do not`() {
    #expect(leak(after: 60) { self.attempt(nil, device: "s\($0)") } == 100)
    #expect(leak(after: 60) { self.attempt("s\($0)", device: "s\($0)", age: 0) } == 100)
    #expect(leak(after: 60) { self.attempt("c\($0)", device: "c\($0)", age: 200) } == 90)
    #expect(leak(after: 60) { _ in self.attempt("ann", device: "one", age: 0) } == 0)
  }

  @Test func `on a day on which everything is used more, nothing has leaked`() {
    #expect(leak(after: 60, by: { self.attempt(nil, device: "s\($0)") }, others: 600) == 0)
  }
}
