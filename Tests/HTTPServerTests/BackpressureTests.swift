import HTTPServer
import Synchronization
import Testing

@Suite(.serialized) struct BackpressureTests {
  /// More than the operating system keeps of one connection on both sides together, and far less than what is sent. The
  /// server itself adds an unfinished head and what one call to the system brings.
  static let outsideBytesMax = 16 << 20

  /// So many answers, each of which once let the server take in as much again.
  private static let answeredAhead = 2_000

  @Test func `what a client sends ahead waits outside, and is answered in its order`() async throws {
    @Sendable func request(_ number: Int) -> [UInt8] {
      Array(
        "GET /\(number) HTTP/1.1\r\nHost: x\r\nX-Padding: \(String(repeating: "x", count: 4_000))\r\n\r\n"
          .utf8)
    }
    let turnstile = Turnstile(free: Self.answeredAhead)
    try await withServer(answer: { request in
      await turnstile.pass()
      return await echo(request)
    }) { server in
      let client = try await blocking { UncheckedBox(try TestClient(port: server.port)) }
      let ahead = try await blocking {
        try client.value.sendAhead(bytesMax: 64 << 20, until: { turnstile.isSomebodyWaiting }, request)
      }
      try await eventually { turnstile.isSomebodyWaiting }
      let answered = (0..<Self.answeredAhead).reduce(0) { $0 + request($1).count }
      #expect(ahead.bytes - answered <= Self.outsideBytesMax, "\(ahead.bytes) bytes were taken")
      turnstile.open()
      let paths = try await blocking {
        try client.value.send(ahead.rest)
        return try (0..<ahead.requests).map { _ in try client.value.response().headers["x-path"] }
      }
      #expect(paths == (0..<ahead.requests).map { "/\($0)" })
    }
  }

  @Test func `a client that reads no answers gets no more work done`() async throws {
    let handled = Atomic<Int>(0)
    let body = [UInt8](repeating: UInt8(ascii: "b"), count: 20_000)
    try await withServer(answer: { request in
      await OtherThread.visit()
      handled.wrappingAdd(1, ordering: .relaxed)
      return HTTPResponse(status: 200, headers: [("X-Path", request.path)], bytes: body)
    }) { server in
      let client = try await blocking {
        UncheckedBox(try TestClient(port: server.port, receiveBuffer: 65_536))
      }
      let count = 5_000
      let requests = (0..<count).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\n\r\n" }.joined()
      try await blocking { try client.value.send(requests) }
      // The system's buffers fill with answers, and then no further request is begun.
      var last = -1
      while last != handled.load(ordering: .relaxed) {
        last = handled.load(ordering: .relaxed)
        try await Task.sleep(for: .milliseconds(300))
      }
      #expect(last > 0 && last < count / 2)
      let paths = try await blocking {
        try (0..<count).map { _ in try client.value.response().headers["x-path"] }
      }
      #expect(paths == (0..<count).map { "/\($0)" })
    }
  }

  @Test func `bodies of every framing are told apart in a pipeline, with a handler that suspends`()
    async throws
  {
    try await withServer(answer: { request in
      await OtherThread.visit()
      return await echo(request)
    }) { server in
      let count = 300
      @Sendable func body(_ number: Int) -> String {
        String(repeating: "\(number),", count: number % 40 * 50)
      }
      @Sendable func request(_ number: Int) -> String {
        let text = body(number)
        if number.isMultiple(of: 3) {
          return "POST /\(number) HTTP/1.1\r\nHost: x\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"
        }
        let head = "POST /\(number) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        if text.isEmpty { return head + "0\r\n\r\n" }
        return head + "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n0\r\nTrailer: t\r\n\r\n"
      }
      let answers = try await blocking {
        let client = try TestClient(port: server.port)
        let bytes = Array((0..<count).map(request).joined().utf8)
        // In pieces that end anywhere in heads, sizes and bodies.
        var start = 0
        var piece = 1
        while start < bytes.count {
          try client.send(Array(bytes[start..<min(start + piece, bytes.count)]))
          start += piece
          piece = (piece * 7 + 3) % 9_001
        }
        return try (0..<count).map { _ in try client.response() }
      }
      #expect(answers.map { $0.headers["x-path"] } == (0..<count).map { "/\($0)" })
      #expect(answers.map(\.text) == (0..<count).map(body))
    }
  }
}

/// Lets so many tasks through, and holds the others back until it is opened.
private final class Turnstile: Sendable {
  private struct State {
    var free: Int
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state: Mutex<State>

  init(free: Int) { state = Mutex(State(free: free)) }

  var isSomebodyWaiting: Bool { state.withLock { !$0.waiting.isEmpty } }

  func pass() async {
    // Always on another thread first: a handler that goes on at once hides what happens meanwhile.
    await OtherThread.visit()
    await withCheckedContinuation { continuation in
      let isFree = state.withLock { state in
        state.free -= 1
        if state.free < 0 { state.waiting.append(continuation) }
        return state.free >= 0
      }
      if isFree { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state in
      state.free = .max
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
