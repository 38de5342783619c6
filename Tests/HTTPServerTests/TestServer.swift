import Dispatch
import Glibc
import HTTPServer
import Synchronization

/// A handler made of a closure.
struct ClosureHandler: HTTPHandler {
  let answer: @Sendable (HTTPRequest, HTTPBodyReader) async -> HTTPResponse

  func handle(_ request: HTTPRequest, body: HTTPBodyReader) async -> HTTPResponse {
    await answer(request, body)
  }
}

/// Repeats what it was asked.
let echo: @Sendable (HTTPRequest) async -> HTTPResponse = { request in
  HTTPResponse(
    status: 200, headers: [("X-Method", request.method.rawValue), ("X-Path", request.path)],
    bytes: request.body)
}

/// The answer to a body that breaks HTTP: what the server itself says to a head that does.
@Sendable func refusal(_ error: ProtocolError) -> HTTPResponse {
  HTTPResponse(status: error.status, headers: [("X-Hook", "\(error)")], bytes: Array("hook: \(error)".utf8))
}

/// Runs `body` against a server that hands whole requests to `answer`, and shuts it down, whatever happens.
@discardableResult func withServer<Value>(
  configure: (inout HTTPServerConfiguration) -> Void = { _ in },
  answer: @escaping @Sendable (HTTPRequest) async -> HTTPResponse = echo,
  _ body: (HTTPServer) async throws -> Value
) async throws -> Value {
  let takesBody: @Sendable (HTTPRequest, HTTPBodyReader) async -> HTTPResponse = { head, body in
    var request = head
    do throws(HTTPBodyFailure) {
      request.body = try await body.collect()
    } catch .refused(let error) {
      return refusal(error)
    } catch {
      return HTTPResponse(status: 400)
    }
    return await answer(request)
  }
  return try await withServer(configure: configure, deciding: takesBody, body)
}

/// Runs `body` against a server that hands heads to `answer`, and shuts it down, whatever happens.
@discardableResult func withServer<Value>(
  configure: (inout HTTPServerConfiguration) -> Void = { _ in },
  deciding answer: @escaping @Sendable (HTTPRequest, HTTPBodyReader) async -> HTTPResponse,
  _ body: (HTTPServer) async throws -> Value
) async throws -> Value {
  var configuration = HTTPServerConfiguration()
  configuration.loops = 2
  configuration.shutdownGrace = .seconds(5)
  configuration.protocolError = refusal
  configure(&configuration)
  let server = try HTTPServer.start(configuration, handler: ClosureHandler(answer: answer))
  do {
    let value = try await body(server)
    await server.shutdown()
    return value
  } catch {
    await server.shutdown()
    throw error
  }
}

/// Holds tasks back until it is opened from another thread.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var arrivals = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  var arrivals: Int { state.withLock { $0.arrivals } }

  func pass() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        state.arrivals += 1
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// Runs tasks on a thread that belongs to no server, and that nobody else can keep busy.
final class OtherThread: TaskExecutor {
  static let shared = OtherThread()

  private let queue = DispatchQueue(label: "other thread")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }

  /// Suspends the caller until another thread wakes it.
  static func visit() async {
    await withCheckedContinuation { continuation in shared.queue.async { continuation.resume() } }
  }
}

/// Waits for something that other threads bring about.
func eventually(_ condition: () -> Bool) async throws {
  for _ in 0..<4_000 where !condition() { try await Task.sleep(for: .milliseconds(5)) }
  guard condition() else { throw NeverHappened() }
}

struct NeverHappened: Error {}

var currentThread: UInt { pthread_self() }

/// Something that happens once, on whatever thread.
final class Flag: Sendable {
  private let value = Atomic<Bool>(false)

  var isRaised: Bool { value.load(ordering: .acquiring) }

  func raise() { value.store(true, ordering: .releasing) }
}
