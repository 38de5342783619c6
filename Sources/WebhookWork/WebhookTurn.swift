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
    var busy: [WebhookDelivery.ID: (place: WebhookPlaces.Place, origin: WebhookDelivery.Origin)] = [:]
    var lastOrigin = WebhookDelivery.Origin.replay
    var hasRoom = false
    var hasBegun = false
    var waiting: CheckedContinuation<Void, Never>?
    var end: End?
    var failure: StoreFailure?
  }

  /// After how long it is looked for new messages although there is no more room than before.
  private static let pause = Duration.milliseconds(250)

  private let state = Mutex(State())

  /// What is under way.
  var busy: Set<WebhookDelivery.ID> { state.withLock { Set($0.busy.keys) } }

  /// Whether the endpoint's own place is free.
  var hasOwnPlace: Bool { state.withLock { state in !state.busy.values.contains { $0.place == .own } } }

  /// How many that are sent once more are under way.
  var busyReplays: Int { state.withLock { state in state.busy.values.count { $0.origin == .replay } } }

  /// What the message was sent for that was begun last.
  var lastOrigin: WebhookDelivery.Origin { state.withLock { $0.lastOrigin } }

  /// Whether a message was under way.
  var hasBegun: Bool { state.withLock { $0.hasBegun } }

  /// Whether there is any use in more.
  var goesOn: Bool { state.withLock { $0.end == nil && $0.failure == nil } }

  /// Notes that a message is under way.
  func begin(_ delivery: WebhookDelivery, on place: WebhookPlaces.Place) {
    state.withLock { state in
      state.busy[delivery.id] = (place, delivery.origin)
      state.lastOrigin = delivery.origin
      state.hasBegun = true
    }
  }

  /// Notes that it is no more.
  func end(_ id: WebhookDelivery.ID) {
    state.withLock { state in
      state.busy[id] = nil
      state.hasRoom = true
    }
    wake()
  }

  /// Has it looked again at once: there is more than was looked at.
  func lookAgain() { state.withLock { $0.hasRoom = true } }

  private func wake() { state.withLock { $0.waiting.take() }?.resume() }

  /// Notes that the endpoint is to get nothing any more.
  func stop(_ end: End) { state.withLock { $0.end = $0.end ?? end } }

  /// Notes that the store can't be asked, or that somebody else has the say.
  func fail(_ failure: StoreFailure) { state.withLock { $0.failure = $0.failure ?? failure } }

  /// Waits until there is room for more, or for a quarter of a second; false once nothing is under way any more.
  ///
  /// Being told to stop ends no wait: what is under way ends by itself, and is waited for. So the clock that ends it runs in
  /// a task of its own, which nobody tells to stop.
  func rest() async -> Bool {
    if state.withLock({ $0.busy.isEmpty && !$0.hasRoom }) { return false }
    let clock = Task {
      do { try await Task.sleep(for: Self.pause) } catch { return }
      wake()
    }
    await withCheckedContinuation { continuation in
      let isReady = state.withLock { state in
        if !state.hasRoom { state.waiting = continuation }
        return state.hasRoom
      }
      if isReady { continuation.resume() }
    }
    clock.cancel()
    state.withLock { $0.hasRoom = false }
    return true
  }

  /// What it came to.
  func outcome() throws(StoreFailure) -> End? {
    let (failure, end) = state.withLock { ($0.failure, $0.end) }
    if let failure { throw failure }
    return end
  }
}
