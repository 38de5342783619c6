import Synchronization

/// Keeps repetitions a small part of all calls: while a provider is down, each call would otherwise be made three times.
///
/// Each first try puts a tenth of a repetition aside, each repetition takes a whole one, and there is room for ten.
struct RetryBudget: Sendable {
  private static let priceInTenths = 10
  private static let tenthsMax = 100

  private var tenths = RetryBudget.tenthsMax

  /// Counts a first try.
  mutating func deposit() { tenths = min(tenths + 1, RetryBudget.tenthsMax) }

  /// Takes a repetition; false if there is none left.
  mutating func withdraw() -> Bool {
    guard tenths >= RetryBudget.priceInTenths else { return false }
    tenths -= RetryBudget.priceInTenths
    return true
  }
}

/// A budget that all calls of a provider share.
final class SharedRetryBudget: Sendable {
  private let budget = Mutex(RetryBudget())

  func deposit() { budget.withLock { $0.deposit() } }
  func withdraw() -> Bool { budget.withLock { $0.withdraw() } }
}
