import Testing

@testable import Payments

@Suite struct RetryTests {
  private let policy = RetryPolicy(
    triesMax: 4, firstPause: .seconds(1), longestPause: .seconds(3), longestAskedPause: .seconds(10))

  @Test func `pauses double up to the longest, and spread over their upper half`() {
    let pauses: [(tries: Int, random: UInt64, pause: Duration)] = [
      (1, 0, .milliseconds(500)), (1, 1 << 63, .milliseconds(750)), (2, 0, .seconds(1)),
      (2, 1 << 63, .milliseconds(1500)),
      (3, 0, .milliseconds(1500)), (3, 1 << 63, .milliseconds(2250)),
    ]
    for (tries, random, pause) in pauses {
      #expect(policy.pause(afterTries: tries, asked: nil, random: random) == pause)
    }
    let longest = policy.pause(afterTries: 3, asked: nil, random: .max)
    #expect(longest.map { $0 > .milliseconds(2999) && $0 <= .seconds(3) } == true)
    #expect(policy.pause(afterTries: 4, asked: nil, random: 0) == nil)
  }

  @Test func `no pause is shorter than what was asked for, and what asks for too much is left for later`() {
    #expect(policy.pause(afterTries: 1, asked: .seconds(7), random: 0) == .seconds(7))
    #expect(policy.pause(afterTries: 1, asked: .zero, random: 0) == .milliseconds(500))
    #expect(policy.pause(afterTries: 1, asked: .seconds(11), random: 0) == nil)
  }

  @Test func `repetitions are at most a tenth of all calls, but for the first ten`() {
    var budget = RetryBudget()
    var granted = 0
    for _ in 0..<1000 {
      budget.deposit()
      if budget.withdraw() { granted += 1 }
    }
    #expect(granted == 109 || granted == 110)
    var quiet = RetryBudget()
    for _ in 0..<1000 { quiet.deposit() }
    #expect((0..<20).filter { _ in quiet.withdraw() }.count == 10)
  }

  private func setback(_ kind: PaymentFailure.Kind, mayBeRepeated: Bool = true) -> Repetition.Setback {
    Repetition.Setback(failure: PaymentFailure(kind, "as it is"), mayBeRepeated: mayBeRepeated)
  }

  /// What a caller is told after these setbacks, the last of which is the end.
  private func verdict(_ kinds: [PaymentFailure.Kind]) throws -> PaymentFailure.Kind {
    var repetition = Repetition(RetryPolicy(triesMax: kinds.count))
    for kind in kinds {
      if case .giveUp(let failure) = repetition.step(after: setback(kind), random: 0, mayRepeat: { true }) {
        return failure.kind
      }
    }
    throw Unended()
  }

  private struct Unended: Error {}

  @Test func `being turned away says nothing about an earlier try that may have been heard`() throws {
    let decline = PaymentFailure.Kind.declined(PaymentDecline(code: "card_declined", message: ""))
    let rows: [(tries: [PaymentFailure.Kind], verdict: PaymentFailure.Kind)] = [
      ([.retriable(after: nil)], .retriable(after: nil)),
      ([.ours], .ours),
      ([.retriable(after: nil), .ours], .ours),
      ([.unknownOutcome, .retriable(after: nil)], .unknownOutcome),
      ([.unknownOutcome, .ours], .unknownOutcome),
      ([.unknownOutcome, .retriable(after: nil), .retriable(after: .seconds(1))], .unknownOutcome),
      ([.unknownOutcome, decline], decline),
      ([.unknownOutcome, .needsAction], .needsAction),
      ([.unknownOutcome, .movedOn], .movedOn),
    ]
    for row in rows { #expect(try verdict(row.tries) == row.verdict, "\(row.tries)") }
  }

  @Test func `the budget is asked only for a try that there would be`() {
    var asked = 0
    var repetition = Repetition(RetryPolicy(triesMax: 2))
    func step(_ setback: Repetition.Setback) -> Bool {
      if case .wait = repetition.step(
        after: setback, random: 0,
        mayRepeat: {
          asked += 1; return true
        })
      {
        return true
      }
      return false
    }
    #expect(!step(setback(.ours, mayBeRepeated: false)))
    #expect(asked == 0)
    repetition = Repetition(RetryPolicy(triesMax: 2))
    #expect(step(setback(.unknownOutcome)))
    #expect(asked == 1)
    #expect(!step(setback(.unknownOutcome)))
    #expect(asked == 1)
  }
}
