import Engine

/// Hears what other processes announce on the channel `scrip`, on a thread and a connection of its own.
final class Listener: Sendable {
  /// - Parameters:
  ///   - onReconnect: called each time it listens, the first time included, before `onNotification` for what comes
  ///     then. Announcements may have been missed before it.
  ///   - onNotification: called with each payload.
  init(
    _ address: PostgresAddress, onReconnect: @escaping @Sendable () -> Void,
    onNotification: @escaping @Sendable (String) -> Void
  ) {}

  /// Whether announcements are heard now.
  var isListening: Bool { false }

  /// Stops the thread and waits until it has ended.
  func stop() {}
}
