import Synchronization

/// Tells workers of this process that work was scheduled, so that they need not look all the time.
public final class DueSignal: Sendable {
  private let listeners = Mutex<[@Sendable () -> Void]>([])

  /// Makes a signal that nobody listens to.
  public init() {}

  /// Calls somebody whenever it rings, on the thread that rings it.
  public func listen(_ listener: @escaping @Sendable () -> Void) {
    listeners.withLock { $0.append(listener) }
  }

  /// Tells everybody.
  public func ring() {
    for listener in listeners.withLock({ $0 }) { listener() }
  }
}
