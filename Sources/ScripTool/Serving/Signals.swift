import Dispatch
import Foundation

/// Waits for SIGTERM and SIGINT: the first asks for an orderly end, the second forces one.
final class Signals: Sendable {
  private let sources: [any DispatchSourceSignal & Sendable]
  private let stream: AsyncStream<Void>

  /// From now on the signals do not end the process by themselves.
  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    let queue = DispatchQueue(label: "signals")
    var sources: [any DispatchSourceSignal & Sendable] = []
    for number in [SIGTERM, SIGINT] {
      unsafe signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { continuation.yield() }
      source.activate()
      sources.append(source)
    }
    self.sources = sources
    self.stream = stream
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
