import Dispatch
import Foundation
import Synchronization

/// Waits for SIGTERM and SIGINT: the first asks for an orderly end, the second forces one.
final class Signals: Sendable {
  /// Kept, because a source that nobody holds stops.
  private let sources = Mutex<[any DispatchSourceSignal]>([])
  private let stream: AsyncStream<Void>

  /// From now on the signals do not end the process by themselves.
  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    self.stream = stream
    let queue = DispatchQueue(label: "signals")
    for number in [SIGTERM, SIGINT] {
      signal(number, SIG_IGN)
      sources.withLock { sources in
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { continuation.yield() }
        source.activate()
        sources.append(source)
      }
    }
  }

  /// Returns at the first signal; a second one ends the process at once with the code of an interrupted program.
  func wait() async {
    var iterator = stream.makeAsyncIterator()
    _ = await iterator.next()
    Task { [stream] in
      for await _ in stream { _exit(130) }
    }
  }
}
