import HTTPServer
import Synchronization
import Testing

@Suite struct StreamTests {
  static let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 64 * 1_024)

  @Test func `a stream is as slow as its reader`() async throws {
    let written = Atomic<Int>(0)
    let stream = HTTPBodyStream { writer in
      for _ in 0..<1_000 {
        try await writer.write(Self.chunk)
        written.wrappingAdd(1, ordering: .relaxed)
      }
    }
    try await withServer(
      configure: { $0.writeTimeout = .seconds(600) },
      answer: { _ in HTTPResponse(status: 200, body: .stream(stream)) }
    ) { server in
      let client = try await blocking {
        let client = try TestClient(port: server.port, receiveBuffer: 65_536)
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return UncheckedBox([client])
      }
      // The system's buffers fill, and then nothing more is asked of the producer.
      var last = -1
      try await eventually { written.load(ordering: .relaxed) > 0 }
      while last != written.load(ordering: .relaxed) {
        last = written.load(ordering: .relaxed)
        try await Task.sleep(for: .milliseconds(200))
      }
      #expect(last < 500)
      let response = try await blocking { try client.value[0].response() }
      #expect(response.headers["transfer-encoding"] == "chunked")
      #expect(response.headers["content-length"] == nil)
      #expect(response.body.count == 1_000 * Self.chunk.count)
      #expect(written.load(ordering: .relaxed) == 1_000)
    }
  }

  @Test func `a busy stream leaves room for other connections`() async throws {
    let isOver = Atomic<Bool>(false)
    let stream = HTTPBodyStream { writer in
      while !isOver.load(ordering: .relaxed) { try await writer.write(Array("tick".utf8)) }
    }
    try await withServer(
      configure: { $0.loops = 1 },
      answer: { request in
        request.path == "/stream" ? HTTPResponse(status: 200, body: .stream(stream)) : await echo(request)
      }
    ) { server in
      async let streamed = blocking {
        try TestClient(port: server.port).exchange("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
      }
      let other = try await blocking {
        let client = try TestClient(port: server.port)
        return try (0..<20).map { _ in try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status }
      }
      #expect(other == Array(repeating: 200, count: 20))
      isOver.store(true, ordering: .relaxed)
      #expect(try await streamed.body.count.isMultiple(of: 4))
    }
  }

  @Test func `a connection goes on after a stream`() async throws {
    let stream = HTTPBodyStream { writer in
      for word in ["one ", "", "two"] { try await writer.write(Array(word.utf8)) }
    }
    try await withServer(answer: { _ in HTTPResponse(status: 200, body: .stream(stream)) }) { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        #expect(try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text == "one two")
        try client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.response(hasBody: false).headers["transfer-encoding"] == "chunked")
        #expect(try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text == "one two")
      }
    }
  }

  @Test func `HTTP/1.0 reads a stream until the connection ends`() async throws {
    let stream = HTTPBodyStream { writer in try await writer.write(Array("all".utf8)) }
    try await withServer(answer: { _ in HTTPResponse(status: 200, body: .stream(stream)) }) { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        let head = try client.exchange("GET / HTTP/1.0\r\n\r\n")
        #expect(head.headers["transfer-encoding"] == nil)
        #expect(try client.take(3) == Array("all".utf8))
        #expect(client.isEnded())
      }
    }
  }

  @Test func `a stream that fails is not mistaken for a whole one`() async throws {
    struct SourceBroke: Error {}
    let stream = HTTPBodyStream { writer in
      try await writer.write(Array("half".utf8))
      throw SourceBroke()
    }
    try await withServer(answer: { _ in HTTPResponse(status: 200, body: .stream(stream)) }) { server in
      await #expect(throws: ConnectionEnded.self) {
        try await blocking {
          _ = try TestClient(port: server.port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        }
      }
    }
  }

  @Test func `a stream that waits is cancelled when its client leaves`() async throws {
    let wasCancelled = Atomic<Bool>(false)
    let stream = HTTPBodyStream { writer in
      try await writer.write(Array("hello".utf8))
      do {
        try await Task.sleep(for: .seconds(3_600))
      } catch {
        wasCancelled.store(true, ordering: .relaxed)
        throw error
      }
    }
    try await withServer(answer: { _ in HTTPResponse(status: 200, body: .stream(stream)) }) { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        _ = try client.take(20)
      }
      try await eventually { wasCancelled.load(ordering: .relaxed) && server.connectionCount == 0 }
    }
  }

  @Test func `a reader that stalls is given up`() async throws {
    let outcome = Mutex<Bool?>(nil)
    let stream = HTTPBodyStream { writer in
      do {
        while true { try await writer.write(Self.chunk) }
      } catch {
        outcome.withLock { $0 = error is HTTPConnectionClosed }
        throw error
      }
    }
    try await withServer(
      configure: { $0.writeTimeout = .milliseconds(300) },
      answer: { _ in HTTPResponse(status: 200, body: .stream(stream)) }
    ) { server in
      let client = try await blocking {
        let client = try TestClient(port: server.port, receiveBuffer: 65_536)
        try client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        return UncheckedBox([client])
      }
      try await eventually { outcome.withLock { $0 } != nil }
      #expect(outcome.withLock { $0 } == true)
      try await eventually { server.connectionCount == 0 }
      client.value.removeAll()
    }
  }
}
