import HTTPServer
import Testing

@Suite struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let request: String
    let error: ProtocolError

    init(_ description: String, _ error: ProtocolError, _ request: String) {
      testDescription = description
      self.request = request
      self.error = error
    }
  }

  static let host = "Host: x\r\n"
  static let cases = [
    Case("no version", .malformedRequest, "GET /\r\n\r\n"),
    Case("no target", .malformedRequest, "GET HTTP/1.1\r\n\r\n"),
    Case("method that is no token", .malformedRequest, "G(T / HTTP/1.1\r\n\(host)\r\n"),
    Case("target that is no path", .malformedRequest, "GET x HTTP/1.1\r\n\(host)\r\n"),
    Case("no host", .malformedRequest, "GET / HTTP/1.1\r\n\r\n"),
    Case("two hosts", .malformedRequest, "GET / HTTP/1.1\r\n\(host)\(host)\r\n"),
    Case("bare line feeds", .malformedRequest, "GET / HTTP/1.1\nHost: x\n\n"),
    Case("field without colon", .malformedRequest, "GET / HTTP/1.1\r\n\(host)oops\r\n\r\n"),
    Case("space before the colon", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A : b\r\n\r\n"),
    Case("folded field", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A: b\r\n c\r\n\r\n"),
    Case("control byte", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A: \u{1}\r\n\r\n"),
    Case(
      "length that is no number", .malformedRequest, "POST / HTTP/1.1\r\n\(host)Content-Length: +1\r\n\r\n"),
    Case(
      "two lengths", .malformedRequest,
      "POST / HTTP/1.1\r\n\(host)Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
    Case(
      "length beside chunks", .malformedRequest,
      "POST / HTTP/1.1\r\n\(host)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Case(
      "chunk size that is no number", .malformedRequest,
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    Case(
      "chunk longer than its size", .malformedRequest,
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"),
    Case("unknown method", .unknownMethod, "BREW / HTTP/1.1\r\n\(host)\r\n"),
    Case("tunnel", .unknownMethod, "CONNECT x:1 HTTP/1.1\r\n\(host)\r\n"),
    Case("HTTP/2", .unsupportedVersion, "PRI * HTTP/2.0\r\n\r\n"),
    Case(
      "compressed transfer", .unsupportedTransferEncoding,
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: gzip, chunked\r\n\r\n"),
    Case("unknown expectation", .expectationFailed, "GET / HTTP/1.1\r\n\(host)Expect: tea\r\n\r\n"),
    Case("long body", .bodyTooLarge, "POST / HTTP/1.1\r\n\(host)Content-Length: 1001\r\n\r\n"),
    Case(
      "long body not sent yet", .bodyTooLarge,
      "POST / HTTP/1.1\r\n\(host)Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n"),
    Case(
      "chunks that add up", .bodyTooLarge,
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n3E8\r\n"),
    Case(
      "chunk size beyond all bounds", .bodyTooLarge,
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n"),
    Case(
      "long head", .headerTooLarge,
      "GET / HTTP/1.1\r\n\(host)A: \(String(repeating: "a", count: 1_000))\r\n\r\n"),
    Case("head without end", .headerTooLarge, "GET /\(String(repeating: "a", count: 1_000))"),
  ]

  @Test(arguments: cases) func `a bad request gets the hook's answer and is not handled`(_ bad: Case)
    async throws
  {
    try await withServer(
      configure: {
        $0.headerBytesMax = 1_000
        $0.bodyBytesMax = 1_000
      },
      answer: { request in
        Issue.record("\(request.path) was handled")
        return await echo(request)
      }
    ) { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        let response = try client.exchange(bad.request)
        #expect(response.status == bad.error.status)
        #expect(response.text == "hook: \(bad.error)")
        #expect(response.headers["connection"] == "close")
        #expect(client.isEnded())
      }
    }
  }

  @Test func `a client that goes on sending a refused body can read why`() async throws {
    try await withServer(configure: { $0.bodyBytesMax = 10 }) { server in
      let response = try await blocking {
        let client = try TestClient(port: server.port)
        try client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
        try client.send([UInt8](repeating: 0, count: 3_000_000))
        return try client.response()
      }
      #expect(response.status == 413)
    }
  }

  @Test func `heads are read byte by byte as well`() async throws {
    try await withServer { server in
      let response = try await blocking {
        let client = try TestClient(port: server.port)
        for byte in "\r\nGET /slow HTTP/1.1\r\nHost: x\r\n\r\n".utf8 { try client.send([byte]) }
        return try client.response()
      }
      #expect(response.headers["x-path"] == "/slow")
    }
  }

  @Test func `a head that trickles is cut off by its total time`() async throws {
    try await withServer(configure: { $0.headerTimeout = .milliseconds(300) }) { server in
      let response = try await blocking {
        let client = try TestClient(port: server.port)
        try client.send("GET / HTTP/1.1\r\n")
        // Never silent for long, and never finished.
        while (try? client.send("A: b\r\n")) != nil, !client.hasInput(withinMilliseconds: 50) {}
        return try client.response()
      }
      #expect(response.status == 408)
      #expect(response.text == "hook: requestTimeout")
    }
  }

  @Test func `a body that does not come is cut off`() async throws {
    try await withServer(configure: { $0.bodyTimeout = .milliseconds(200) }) { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        let response = try client.exchange("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        #expect(response.status == 408)
        #expect(client.isEnded())
      }
    }
  }

  @Test func `an idle connection is closed without a word`() async throws {
    try await withServer(configure: { $0.idleTimeout = .milliseconds(200) }) { server in
      try await blocking {
        let fresh = try TestClient(port: server.port)
        let used = try TestClient(port: server.port)
        #expect(try used.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 200)
        #expect(fresh.isEnded())
        #expect(used.isEnded())
      }
      #expect(server.connectionCount == 0)
    }
  }

  @Test func `a connection has its whole idle time, however long the server slept before`() async throws {
    try await withServer(configure: { $0.idleTimeout = .seconds(1) }) { server in
      try await Task.sleep(for: .milliseconds(1_200))
      let response = try await blocking {
        let client = try TestClient(port: server.port)
        #expect(!client.hasInput(withinMilliseconds: 400))
        return try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      }
      #expect(response.status == 200)
    }
  }

  @Test func `one connection too many is refused until another ends`() async throws {
    try await withServer(configure: { $0.connectionsMax = 3 }) { server in
      let clients = try await blocking {
        UncheckedBox(
          try (0..<3).map { _ in
            let client = try TestClient(port: server.port)
            #expect(try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 200)
            return client
          })
      }
      try await blocking {
        let refused = try TestClient(port: server.port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(refused.status == 503)
        #expect(refused.text == "hook: tooManyConnections")
        #expect(try clients.value[0].exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 200)
        clients.value.removeLast()
      }
      try await eventually { server.connectionCount == 2 }
      try await blocking {
        let welcome = try TestClient(port: server.port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(welcome.status == 200)
      }
    }
  }
}
