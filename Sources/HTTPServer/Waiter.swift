/// The one task, if any, that waits for something to happen on a loop's thread.
@safe struct Waiter {
  private var continuation: UnsafeContinuation<Void, Never>?

  var isWaiting: Bool { unsafe continuation != nil }

  /// Keeps `continuation`, which `resume` must resume before another is kept.
  mutating func keep(_ continuation: UnsafeContinuation<Void, Never>) {
    precondition(!isWaiting, "one task waits at a time")
    unsafe self.continuation = continuation
  }

  mutating func resume() {
    guard let waiting = unsafe continuation else { return }
    unsafe continuation = nil
    unsafe waiting.resume()
  }
}
