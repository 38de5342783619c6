import Ledger
import Promotions
import Scrip
import Synchronization

/// What a node does for one endpoint until others have their turn: what is under way, and whether there is any use in more.
final class WebhookTurn: Sendable {
  /// Why an endpoint is to get nothing any more.
  struct End: Sendable {
    let cause: WebhookEnd
    let since: Instant?
    /// Which version of the endpoint it is about.
    let version: Int64
  }

  private struct State {
    var busy: Set<WebhookDelivery.ID> = []
    var hasRoom = false
    var end: End?
    var failure: StoreFailure?
  }

  /// How long it takes at most until it is seen that there is room for another message.
  private static let pause = Duration.milliseconds(10)
  /// After how many pauses it is looked for new messages although there is no more room than before.
  private static let pausesMax = 25

  private let state = Mutex(State())

  /// What is under way.
  var busy: Set<WebhookDelivery.ID> { state.withLock { $0.busy } }

  /// Whether there is any use in more.
  var goesOn: Bool { state.withLock { $0.end == nil && $0.failure == nil } }

  /// Notes that a message is under way.
  func begin(_ id: WebhookDelivery.ID) { state.withLock { _ = $0.busy.insert(id) } }

  /// Notes that it is no more.
  func end(_ id: WebhookDelivery.ID) {
    state.withLock { state in
      state.busy.remove(id)
      state.hasRoom = true
    }
  }

  /// Notes that the endpoint is to get nothing any more.
  func stop(_ end: End) { state.withLock { $0.end = $0.end ?? end } }

  /// Notes that the store can't be asked, or that somebody else has the say.
  func fail(_ failure: StoreFailure) { state.withLock { $0.failure = $0.failure ?? failure } }

  /// Waits until there is room for more, or for a quarter of a second; false once nothing is under way any more.
  func rest() async -> Bool {
    for _ in 0..<Self.pausesMax {
      let (isOver, hasRoom) = state.withLock { state in
        defer { state.hasRoom = false }
        return (state.busy.isEmpty && !state.hasRoom, state.hasRoom)
      }
      if isOver { return false }
      if hasRoom { return true }
      // Being told to stop changes nothing: what is under way ends, and is waited for.
      try? await Task.sleep(for: Self.pause)
    }
    return true
  }

  /// What it came to.
  func outcome() throws(StoreFailure) -> End? {
    let (failure, end) = state.withLock { ($0.failure, $0.end) }
    if let failure { throw failure }
    return end
  }
}
