import Glibc
import Ledger
import Promotions

/// Decides whether work that failed is done again, and waits before it is.
struct Retries {
  /// How often work is done again that was overtaken by somebody else's.
  static let overtakenMax = 8
  /// How often work is done again that the database refused: the rows that it was decided on may have been changed by
  /// somebody else at the same time. If it is refused again with those rows locked, it is wrong in itself.
  static let refusedMax = 2

  let deadline: Deadline
  private let observer: (any StoreObserver)?
  private(set) var count = 0
  private var overtaken = 0
  private var refused = 0
  /// How often work was done again because there was more to lock.
  private(set) var enlarged = 0
  /// How often work is done again because there was more to lock.
  private static let enlargedMax = 16

  init(deadline: Deadline, observer: (any StoreObserver)?) {
    self.deadline = deadline
    self.observer = observer
  }

  /// Returns after a pause if the work is worth another try; throws the failure again if it isn't.
  mutating func next(after failure: StoreFailure) throws(StoreFailure) {
    guard isWorthIt(failure), !deadline.hasPassed else { throw failure }
    count += 1
    observer?.retried(StoreRetry(failure))
    // Nobody else is in the way.
    if failure.code == StoreFailure.moreToLock.code { return }
    let most = min(200, 1 << min(count, 8))
    pause(milliseconds: Int.random(in: 0...most))
  }

  private mutating func isWorthIt(_ failure: StoreFailure) -> Bool {
    switch failure.code {
    case "40001", "40P01":
      overtaken += 1
      return overtaken <= Retries.overtakenMax
    case "23505", "SC001":
      refused += 1
      return refused <= Retries.refusedMax
    case StoreFailure.moreToLock.code:
      enlarged += 1
      return enlarged <= Retries.enlargedMax
    case "08007": return false
    case "57P01", "57P02", "57P03", "53300", "26000": return true
    // Either a kept statement has come to its end with its connection, or the server can't do this at all.
    case "0A000": return failure.kind == .unavailable
    // Anything else that another try may help has taken all the time there was, or is about the connection.
    default: return failure.kind == .unavailable && (failure.code?.hasPrefix("08") ?? false)
    }
  }
}

extension StoreRetry {
  fileprivate init(_ failure: StoreFailure) {
    switch failure.code {
    case "40001": self = .serialization
    case "40P01": self = .deadlock
    case "23505", "SC001": self = .conflict
    case StoreFailure.moreToLock.code: self = .moreToLock
    case "53300": self = .timeout
    default: self = .connectionLost
    }
  }
}

extension StoreFailure {
  /// A transaction has found more to lock than it began with: the work is done again with the larger set.
  static let moreToLock = StoreFailure.postgres("SC002", "there is more to lock", kind: .unavailable)
}

func pause(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }
