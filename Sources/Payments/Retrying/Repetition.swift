/// One request that may take several tries.
struct Repetition: Sendable {
  /// What a try brought besides an answer.
  struct Setback: Sendable {
    /// Why there is no answer.
    var failure: PaymentFailure
    /// Whether another try may help.
    var mayBeRepeated: Bool
    /// How long the other side asks to wait.
    var asked: Duration?
  }

  /// What to do after a setback.
  enum Step: Sendable {
    case wait(Duration)
    case giveUp(PaymentFailure)
  }

  private let policy: RetryPolicy
  private var tries = 0
  private var isOutcomeUnknown = false

  init(_ policy: RetryPolicy) { self.policy = policy }

  /// Decides what comes after a setback. The budget is asked only for a try that there would be.
  mutating func step(
    after setback: Setback, random: UInt64, mayRepeat: () -> Bool
  ) -> Step {
    tries += 1
    isOutcomeUnknown = isOutcomeUnknown || setback.failure.kind == .unknownOutcome
    if setback.mayBeRepeated,
      let pause = policy.pause(afterTries: tries, asked: setback.asked, random: random), mayRepeat()
    {
      return .wait(pause)
    }
    return .giveUp(verdict(on: setback.failure))
  }

  /// That the last try was turned away says nothing about an earlier one that may have been heard.
  private func verdict(on failure: PaymentFailure) -> PaymentFailure {
    guard isOutcomeUnknown, !failure.isVerdict else { return failure }
    return PaymentFailure(
      .unknownOutcome, failure.reason, intent: failure.intent, requestID: failure.requestID)
  }
}
