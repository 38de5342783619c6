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
  static func chunked(_ body: String) -> String {
    "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n\(body)"
  }

  static let cases = [
    Case("no version", .malformedRequest, "GET /\r\n\r\n"),
    Case("no target", .malformedRequest, "GET HTTP/1.1\r\n\r\n"),
    Case("method that is no token", .malformedRequest, "G(T / HTTP/1.1\r\n\(host)\r\n"),
    Case("target that is no path", .malformedRequest, "GET x HTTP/1.1\r\n\(host)\r\n"),
    Case("no host", .malformedRequest, "GET / HTTP/1.1\r\n\r\n"),
    Case("two hosts", .malformedRequest, "GET / HTTP/1.1\r\n\(host)\(host)\r\n"),
    Case(
      "two authorizations", .malformedRequest,
      "GET / HTTP/1.1\r\n\(host)Authorization: Bearer a\r\nauthorization: Bearer a\r\n\r\n"),
    Case(
      "nine empty lines first", .malformedRequest,
      "\(String(repeating: "\r\n", count: 9))GET / HTTP/1.1\r\n\(host)\r\n"),
    Case("two hosts in HTTP/1.0", .malformedRequest, "GET / HTTP/1.0\r\n\(host)\(host)\r\n"),
    Case("bare line feeds", .malformedRequest, "GET / HTTP/1.1\nHost: x\n\n"),
    Case("bare line feed behind the first line", .malformedRequest, "GET / HTTP/1.1\r\nHost: x\n\n"),
    Case("bare line feed at a field's end", .malformedRequest, "GET / HTTP/1.1\r\nA: b\n\(host)\r\n"),
    Case("bare line feed in the last line", .malformedRequest, "GET / HTTP/1.1\r\n\(host)\n"),
    Case(
      "bare carriage return behind the version", .malformedRequest, "GET / HTTP/1.1\rXHost: h\r\n\(host)\r\n"),
    Case(
      "bare carriage return instead of an end", .malformedRequest, "GET /livez HTTP/1.1\rXHost: h\r\n\r\n"),
    Case("bare carriage return in a field", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A: b\rC: d\r\n\r\n"),
    Case("bare carriage return before the end", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A: b\r\r\n\r\n"),
    Case("bare carriage return in the target", .malformedRequest, "GET /a\rb HTTP/1.1\r\n\(host)\r\n"),
    Case("bare carriage return in an unfinished head", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A: b\rC"),
    Case("bare carriage return first", .malformedRequest, "\rGET / HTTP/1.1\r\n\(host)\r\n"),
    Case("bare line feed first", .malformedRequest, "\nGET / HTTP/1.1\r\n\(host)\r\n"),
    Case("NUL in a field", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A: b\0c\r\n\r\n"),
    Case("NUL in a name", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A\0: b\r\n\r\n"),
    Case("NUL in the target", .malformedRequest, "GET /\0 HTTP/1.1\r\n\(host)\r\n"),
    Case("NUL in an unfinished head", .malformedRequest, "GET / HTTP/1.1\r\nA: \0"),
    Case("delete in a field", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A: \u{7F}\r\n\r\n"),
    Case("tab between method and target", .malformedRequest, "GET\t/ HTTP/1.1\r\n\(host)\r\n"),
    Case("two spaces before the target", .malformedRequest, "GET  / HTTP/1.1\r\n\(host)\r\n"),
    Case("space behind the version", .malformedRequest, "GET / HTTP/1.1 \r\n\(host)\r\n"),
    Case("space before the method", .malformedRequest, " GET / HTTP/1.1\r\n\(host)\r\n"),
    Case("version in small letters", .malformedRequest, "GET / http/1.1\r\n\(host)\r\n"),
    Case("field without name", .malformedRequest, "GET / HTTP/1.1\r\n\(host): b\r\n\r\n"),
    Case("blank before the first field", .malformedRequest, "GET / HTTP/1.1\r\n \(host)\r\n"),
    Case("folded with a tab", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A: b\r\n\tc\r\n\r\n"),
    Case("tab before the colon", .malformedRequest, "GET / HTTP/1.1\r\n\(host)A\t: b\r\n\r\n"),
    Case(
      "blank before a length's colon", .malformedRequest,
      "POST / HTTP/1.1\r\n\(host)Content-Length : 1\r\n\r\na"),
    Case(
      "list of lengths", .malformedRequest, "POST / HTTP/1.1\r\n\(host)Content-Length: 1, 1\r\n\r\na"),
    Case("empty length", .malformedRequest, "POST / HTTP/1.1\r\n\(host)Content-Length:\r\n\r\n"),
    Case("negative length", .malformedRequest, "POST / HTTP/1.1\r\n\(host)Content-Length: -1\r\n\r\n"),
    Case("hexadecimal length", .malformedRequest, "POST / HTTP/1.1\r\n\(host)Content-Length: 0x1\r\n\r\n"),
    Case(
      "two different lengths", .malformedRequest,
      "POST / HTTP/1.1\r\n\(host)Content-Length: 0\r\nContent-Length: 1\r\n\r\na"),
    Case(
      "length of 100 digits", .malformedRequest,
      "POST / HTTP/1.1\r\n\(host)Content-Length: \(String(repeating: "9", count: 100))\r\n\r\n"),
    Case(
      "chunks beside a length", .malformedRequest,
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    Case(
      "chunks twice", .malformedRequest,
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Case(
      "chunks in HTTP/1.0", .malformedRequest,
      "POST / HTTP/1.0\r\n\(host)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    Case(
      "chunks that are not the last coding", .unsupportedTransferEncoding,
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    Case(
      "coding that only looks like chunks", .unsupportedTransferEncoding,
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    Case(
      "coding with a vertical tab", .malformedRequest,
      "POST / HTTP/1.1\r\n\(host)Transfer-Encoding: \u{B}chunked\r\n\r\n0\r\n\r\n"),
    Case("chunk size that is empty", .malformedRequest, chunked("\r\n")),
    Case("chunk size with a prefix", .malformedRequest, chunked("0x1\r\na\r\n0\r\n\r\n")),
    Case("chunk size with a sign", .malformedRequest, chunked("+1\r\na\r\n0\r\n\r\n")),
    Case("blank before a chunk size", .malformedRequest, chunked(" 1\r\na\r\n0\r\n\r\n")),
    Case("blank behind a chunk size", .malformedRequest, chunked("1 \r\na\r\n0\r\n\r\n")),
    Case("words behind a chunk size", .malformedRequest, chunked("1 a\r\na\r\n0\r\n\r\n")),
    Case("chunk size of 17 digits", .malformedRequest, chunked("00000000000000001\r\na\r\n0\r\n\r\n")),
    Case("bare line feed behind a chunk size", .malformedRequest, chunked("1\na\r\n0\r\n\r\n")),
    Case("bare carriage return behind a chunk size", .malformedRequest, chunked("1\ra\r\n0\r\n\r\n")),
    Case("bare line feed in an extension", .malformedRequest, chunked("1;a\nb\r\na\r\n0\r\n\r\n")),
    Case("bare carriage return in an extension", .malformedRequest, chunked("1;a\rb\r\na\r\n0\r\n\r\n")),
    Case("NUL in an extension", .malformedRequest, chunked("1;a\0\r\na\r\n0\r\n\r\n")),
    Case("bare line feed behind a chunk", .malformedRequest, chunked("1\r\na\n0\r\n\r\n")),
    Case("chunk shorter than its size", .malformedRequest, chunked("3\r\na\r\n0\r\n\r\n")),
    Case("bare line feed at the last chunk", .malformedRequest, chunked("0\n\n")),
    Case("trailer without colon", .malformedRequest, chunked("0\r\nTrailer\r\n\r\n")),
    Case("blank before a trailer's colon", .malformedRequest, chunked("0\r\nTrailer : t\r\n\r\n")),
    Case("folded trailer", .malformedRequest, chunked("0\r\nA: b\r\n c\r\n\r\n")),
    Case("bare line feed in a trailer", .malformedRequest, chunked("0\r\nA: b\n\r\n")),
    Case("NUL in a trailer", .malformedRequest, chunked("0\r\nA: \0\r\n\r\n")),
    Case(
      "extensions without end", .headerTooLarge,
      chunked("1;\(String(repeating: "e", count: 1_000))\r\na\r\n0\r\n\r\n")),
    Case(
      "blanks without end", .headerTooLarge,
      chunked("1\(String(repeating: " ", count: 1_000));\r\na\r\n0\r\n\r\n")),
    Case(
      "trailers without end", .headerTooLarge,
      chunked("0\r\n\(String(repeating: "A: b\r\n", count: 300))\r\n")),
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

  /// What may look odd and is HTTP all the same.
  static let oddities: [(request: String, path: String, body: String)] = [
    ("\r\n\r\nGET /empty-lines HTTP/1.1\r\n\(host)\r\n", "/empty-lines", ""),
    (String(repeating: "\r\n", count: 8) + "GET /eight HTTP/1.1\r\n\(host)\r\n", "/eight", ""),
    ("GET /a HTTP/1.1\r\nhost:x\r\n\r\n", "/a", ""),
    ("GET /blanks HTTP/1.1\r\nHost:\t x \t\r\nA:\r\nB: \t \r\n\r\n", "/blanks", ""),
    ("GET /beyond-ascii HTTP/1.1\r\n\(host)A: \u{E9}\r\n\r\n", "/beyond-ascii", ""),
    ("GET http://h/absolute HTTP/1.1\r\n\(host)\r\n", "/absolute", ""),
    ("POST /zeros HTTP/1.1\r\n\(host)Content-Length: 003\r\n\r\nabc", "/zeros", "abc"),
    ("POST /case HTTP/1.1\r\n\(host)TRANSFER-ENCODING: CHUNKED\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "/case", "abc"),
    (chunked("0003\r\nabc\r\n000\r\n\r\n"), "/", "abc"),
    (
      chunked("a;x;y=\"1\"\r\n0123456789\r\nB ; z\r\n0123456789a\r\n0;end\r\n\r\n"), "/",
      "01234567890123456789a"
    ),
    (chunked("1\r\na\r\n0\r\nA:\r\nB-c: d \r\n\r\n"), "/", "a"),
  ]

  @Test(arguments: oddities.indices) func `what is odd and allowed is read, and what follows it too`(
    _ index: Int
  )
    async throws
  {
    let odd = Self.oddities[index]
    try await withServer { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        try client.send(odd.request + "GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
        let response = try client.response()
        #expect(response.status == 200)
        #expect(response.headers["x-path"] == odd.path)
        #expect(response.text == odd.body)
        #expect(try client.response().headers["x-path"] == "/next")
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

  @Test func `empty lines without end are refused after a few of them`() async throws {
    try await withServer { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        for _ in 0..<8 { try client.send("\r\n") }
        #expect(!client.hasInput(withinMilliseconds: 100))
        let response = try client.exchange("\r\n")
        #expect(response.status == 400)
        #expect(response.text == "hook: malformedRequest")
        #expect(client.isEnded())
      }
      try await blocking {
        let client = try TestClient(port: server.port)
        let lines = [UInt8](String(repeating: "\r\n", count: 1_000).utf8)
        // Without a bound the client would be rid of all of them.
        var sent = 0
        while sent < 2_000, !client.hasInput(withinMilliseconds: 1), (try? client.send(lines)) != nil {
          sent += 1
        }
        #expect(sent < 2_000)
        #expect(try client.response().status == 400)
      }
    }
  }

  @Test func `each of several pipelined requests may have empty lines before it`() async throws {
    try await withServer { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        let request = "\r\nPOST /again HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        try client.send(String(repeating: request, count: 20))
        for _ in 0..<20 { #expect(try client.response().text == "abc") }
        // Some old clients send one behind a body.
        try client.send("\r\n")
        #expect(!client.hasInput(withinMilliseconds: 50))
        #expect(try client.exchange("GET /last HTTP/1.1\r\nHost: x\r\n\r\n").headers["x-path"] == "/last")
      }
    }
  }

  @Test func `a head's time runs from the first empty line before it`() async throws {
    try await withServer(configure: { $0.headerTimeout = .seconds(1) }) { server in
      try await blocking {
        let silent = try TestClient(port: server.port)
        try silent.send("\r\n")
        #expect(silent.hasInput(withinMilliseconds: 3_000))
        #expect(silent.isEnded())
      }
      let waited = try await blocking {
        let trickling = try TestClient(port: server.port)
        let start = ContinuousClock.now
        try trickling.send("\r\n")
        #expect(!trickling.hasInput(withinMilliseconds: 800))
        try trickling.send("\r\nGET / HTTP/1.1\r\n")
        #expect(try trickling.response().status == 408)
        return ContinuousClock.now - start
      }
      // It would be more had the request's own first byte begun the time anew.
      #expect(waited < .milliseconds(1_700))
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
