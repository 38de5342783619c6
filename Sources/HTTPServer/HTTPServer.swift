import Synchronization

/// An HTTP/1.1 server: one event loop per core, each accepting on the same port.
///
/// The loops run until `shutdown`, also when nobody holds the server any more.
///
/// libevent waits for sockets and timers; HTTP itself is read and written here. libevent's own `evhttp` (2.1.12)
/// has no way to put refusals into another format (`evhttp_set_errorcb` came later), to limit connections, or to
/// bound a slow request by its total time.
public final class HTTPServer: Sendable {
  /// The port that the server listens on.
  public let port: Int

  private let loops: [EventLoop]
  private let census: ConnectionCensus
  private let ending = Mutex<Task<Void, Never>?>(nil)

  private init(port: Int, loops: [EventLoop], census: ConnectionCensus) {
    self.port = port
    self.loops = loops
    self.census = census
  }

  /// Listens, and gives every request to `handler`.
  ///
  /// - Throws: when the address can't be resolved or is in use, or the system has no descriptors or threads left.
  public static func start(
    _ configuration: HTTPServerConfiguration, handler: any HTTPHandler
  ) throws(HTTPServerFailure) -> HTTPServer {
    let census = ConnectionCensus()
    let listeners = try Listener.open(configuration)
    var loops: [EventLoop] = []
    for _ in listeners {
      loops.append(try EventLoop(configuration: configuration, handler: handler, census: census))
    }
    for (index, loop) in loops.enumerated() {
      do throws(HTTPServerFailure) {
        try loop.start(accepting: listeners[index])
      } catch {
        for started in loops[..<index] { started.stop() }
        throw error
      }
    }
    return HTTPServer(port: listeners[0].port, loops: loops, census: census)
  }

  /// Open connections at this moment.
  public var connectionCount: Int { census.current }

  /// Stops accepting, closes idle connections, and returns when requests under way are answered.
  ///
  /// What is not done after `shutdownGrace` is cut off: its connection is reset and its task cancelled, but a
  /// handler that does not heed that runs on. Calling this again waits for the same end.
  public func shutdown() async {
    let task = ending.withLock { ending in
      if let ending { return ending }
      let task = Task { await end() }
      ending = task
      return task
    }
    await task.value
  }

  private func end() async {
    await withTaskGroup(of: Void.self) { group in
      for loop in loops { group.addTask(executorPreference: loop) { await loop.drain() } }
    }
    for loop in loops { loop.stop() }
  }
}
