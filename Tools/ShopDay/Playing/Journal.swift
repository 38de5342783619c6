import Synchronization

/// What a run saw: how long everything took, what was refused, what the service has acknowledged.
final class Journal: Sendable {
  /// Something that the service has promised about an order.
  struct Acknowledged: Sendable {
    let orderID: String
    /// Who bought; nil for a guest.
    let userID: String?
    let applicationID: String
    let expiresAt: String
    /// The state that the last acknowledged step left it in.
    var state: String
  }

  /// Everything that was written down.
  struct Entries: Sendable {
    var milliseconds: [String: [Double]] = [:]
    var refusals: [String: Int] = [:]
    var outcomes: [String: Int] = [:]
    var acknowledged: [Acknowledged] = []
    var late: [Acknowledged] = []
    var faults: [String] = []
    /// Requests without an answer: what became of them is not known.
    var unanswered = 0
  }

  private let entries = Mutex(Entries())

  /// Everything so far.
  var all: Entries { entries.withLock { $0 } }

  func took(_ operation: String, milliseconds: Double) {
    entries.withLock { $0.milliseconds[operation, default: []].append(milliseconds) }
  }

  func refused(_ code: String) { entries.withLock { $0.refusals[code, default: 0] += 1 } }

  func ended(_ outcome: String) { entries.withLock { $0.outcomes[outcome, default: 0] += 1 } }

  func acknowledged(_ promise: Acknowledged) { entries.withLock { $0.acknowledged.append(promise) } }

  func owesPayment(_ promise: Acknowledged) { entries.withLock { $0.late.append(promise) } }

  func fault(_ sentence: String) { entries.withLock { $0.faults.append(sentence) } }

  func gotNoAnswer() { entries.withLock { $0.unanswered += 1 } }
}

/// The value below which so many percent of the sorted values lie (nearest rank); zero for none.
func percentile(_ percent: Int, ofSorted values: [Double]) -> Double {
  guard !values.isEmpty else { return 0 }
  let rank = (values.count * percent + 99) / 100
  return values[max(0, min(values.count, rank) - 1)]
}
