import HTTPServer
import Synchronization
import Testing

/// A handler sees the head first, and decides whether it wants the body.
@Suite struct AdmissionTests {
  private static func head(_ fields: String...) -> String {
    "POST / HTTP/1.1\r\nHost: x\r\n\(fields.map { $0 + "\r\n" }.joined())\r\n"
  }

  @Sendable private static func refuse(_ head: HTTPRequest, _ body: HTTPBodyReader) async -> HTTPResponse {
    await OtherThread.visit()
    return HTTPResponse(status: 401, text: "no")
  }

  @Test(arguments: ["Content-Length: 900000", "Transfer-Encoding: chunked"])
  func `who is refused is told so before the body is sent, and the connection ends`(_ framing: String)
    async throws
  {
    try await withServer(deciding: Self.refuse) { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        let response = try client.exchange(Self.head(framing))
        #expect(response.status == 401)
        #expect(response.headers["connection"] == "close")
        #expect(client.isEnded())
      }
    }
  }

  @Test func `while it is decided who asks, a body stays outside`() async throws {
    let gate = Gate()
    try await withServer(
      configure: { $0.bodyBytesMax = 64_000_000 },
      deciding: { _, _ in
        await gate.pass()
        return HTTPResponse(status: 401, text: "no")
      }
    ) { server in
      let client = try await blocking { UncheckedBox(try TestClient(port: server.port)) }
      let ahead = try await blocking {
        try client.value.send(Self.head("Content-Length: 64000000"))
        return try client.value.sendAhead(bytesMax: 64_000_000, until: { gate.arrivals == 1 }) { _ in
          [UInt8](repeating: 0, count: 10_000)
        }
      }
      try await eventually { gate.arrivals == 1 }
      #expect(ahead.bytes <= BackpressureTests.outsideBytesMax, "\(ahead.bytes) bytes were taken")
      gate.open()
      let response = try await blocking { try client.value.response() }
      #expect(response.status == 401)
      #expect(try await blocking { client.value.isEnded() })
    }
  }

  @Test func `a refused request that is here as a whole does not end the connection`() async throws {
    try await withServer(deciding: Self.refuse) { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        try client.send(Self.head("Content-Length: 3") + "abc" + Self.head())
        for _ in 0..<2 {
          let response = try client.response()
          #expect(response.status == 401)
          #expect(response.headers["connection"] == nil)
        }
      }
    }
  }

  @Test func `a client that expects 100-continue is told to go on only when it was let in`() async throws {
    try await withServer(deciding: { head, body in
      await OtherThread.visit()
      guard head.header("X-Key") != nil, let bytes = try? await body.collect() else {
        return HTTPResponse(status: 401, text: "no")
      }
      return HTTPResponse(status: 200, bytes: bytes)
    }) { server in
      try await blocking {
        let expects = ["Expect: 100-continue", "Content-Length: 4"]
        let stranger = try TestClient(port: server.port)
        #expect(try stranger.exchange(Self.head(expects[0], expects[1])).status == 401)
        #expect(stranger.isEnded())
        let known = try TestClient(port: server.port)
        #expect(try known.exchange(Self.head(expects[0], expects[1], "X-Key: k")).status == 100)
        #expect(try known.exchange("body").text == "body")
        let eager = try TestClient(port: server.port)
        #expect(try eager.exchange(Self.head(expects[0], expects[1], "X-Key: k") + "body").text == "body")
      }
    }
  }

  @Test func `a client that leaves in the middle of its body wakes its handler`() async throws {
    let failures = Mutex<[HTTPBodyFailure?]>([])
    try await withServer(deciding: { _, body in
      var failure: HTTPBodyFailure?
      do throws(HTTPBodyFailure) { _ = try await body.collect() } catch { failure = error }
      failures.withLock { $0.append(failure) }
      return HTTPResponse(status: 200)
    }) { server in
      try await blocking {
        let reset = try TestClient(port: server.port)
        try reset.send(Self.head("Content-Length: 10") + "abc")
        reset.resetOnClose()
        let ended = try TestClient(port: server.port)
        try ended.send(Self.head("Transfer-Encoding: chunked") + "5\r\nab")
        ended.finishSending()
        #expect(ended.isEnded())
      }
      try await eventually { failures.withLock { $0.count } == 2 && server.connectionCount == 0 }
      #expect(failures.withLock { $0 } == [.connectionClosed, .connectionClosed])
    }
  }

  @Test func `a body may be asked for from another thread`() async throws {
    try await withServer(deciding: { _, body in
      let bytes = await withTaskExecutorPreference(OtherThread.shared) { try? await body.collect() }
      return HTTPResponse(status: 200, bytes: bytes ?? [])
    }) { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        try client.send(Self.head("Content-Length: 200000"))
        try client.send([UInt8](repeating: 65, count: 200_000))
        #expect(try client.response().body.count == 200_000)
      }
    }
  }

  @Test func `bodies that are waited for have a bound together, and give their room back`() async throws {
    try await withServer(
      configure: {
        $0.bodiesBytesMax = 250_000
        $0.bodyBytesMax = 150_000
      }
    ) { server in
      try await blocking {
        let body = [UInt8](repeating: 65, count: 100_000)
        let clients = try (0..<2).map { _ in try TestClient(port: server.port) }
        for client in clients { try client.send(Self.head("Expect: 100-continue", "Content-Length: 100000")) }
        for client in clients { #expect(try client.response().status == 100) }
        for framing in ["Content-Length: 100000", "Transfer-Encoding: chunked"] {
          let late = try TestClient(port: server.port)
          #expect(try late.exchange(Self.head(framing)).text == "hook: tooManyBodies")
          #expect(late.isEnded())
        }
        // What came along with its head needs no room.
        #expect(
          try TestClient(port: server.port).exchange(Self.head("Content-Length: 2") + "ab").text == "ab")
        try clients[0].send(body)
        #expect(try clients[0].response().body == body)
        let next = try TestClient(port: server.port)
        #expect(try next.exchange(Self.head("Expect: 100-continue", "Content-Length: 100000")).status == 100)
        next.resetOnClose()
        try clients[1].send(body)
        #expect(try clients[1].response().body == body)
      }
      try await eventually { server.connectionCount == 0 }
      try await blocking {
        let alone = try TestClient(port: server.port)
        let head = Self.head("Expect: 100-continue", "Transfer-Encoding: chunked")
        #expect(try alone.exchange(head).status == 100)
        #expect(try alone.exchange("1\r\na\r\n0\r\n\r\n").text == "a")
      }
    }
  }

  @Test func `shutdown waits for a body that was asked for`() async throws {
    let isAsked = Flag()
    try await withServer(deciding: { _, body in
      isAsked.raise()
      return HTTPResponse(status: 200, bytes: (try? await body.collect()) ?? [])
    }) { server in
      let client = try await blocking { UncheckedBox(try TestClient(port: server.port)) }
      try await blocking { try client.value.send(Self.head("Content-Length: 4") + "bo") }
      try await eventually { isAsked.isRaised }
      async let ending: Void = server.shutdown()
      let response = try await blocking { try client.value.exchange("dy") }
      #expect(response.text == "body")
      await ending
    }
  }
}
