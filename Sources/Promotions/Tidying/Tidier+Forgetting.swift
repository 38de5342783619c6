import Ledger
import Scrip

/// Forgetting old answers: work of the house, once for all tenants, because answers are found by their age and not by
/// whose they are.
extension Tidier {
  /// How many answers one transaction forgets.
  static let answersMax = 1000
  /// How long old answers may stay beyond their time, in seconds. Each round costs two small writes.
  private static let pauseSeconds: Int64 = 3600
  private static let answers: DueWork.Kind = "forget_answers"

  /// Forgets some answers and comes again: at once while there are more, later otherwise. Never given up.
  static let forgetting = DueHandler<WorkingSet>(
    answers, retries: DueRetries(firstSeconds: 60, mostSeconds: pauseSeconds, attemptsMax: nil),
    .transactional { (_, transaction) throws(StoreFailure) in
      let count = try transaction.forgetAnswers(
        before: transaction.now.adding(seconds: -StoredAnswer.keptSeconds), max: answersMax)
      return .again(count == answersMax ? transaction.now : transaction.now.adding(seconds: pauseSeconds))
    })

  /// Has answers forgotten as soon as the worker works.
  func scheduleForgetting() async throws(StoreFailure) {
    try await worker.scheduleForHouse([Owned(.house, DueKey(Tidier.answers))])
  }

  /// Forgets answers that have been kept for long enough.
  public func forgetAnswers() async throws(StoreFailure) {
    try await scheduleForgetting()
    try await worker.runDue()
  }
}
