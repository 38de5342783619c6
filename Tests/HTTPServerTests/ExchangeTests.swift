import HTTPServer
import Testing

@Suite struct ExchangeTests {
  @Test func `a request reaches the handler and its response the client`() async throws {
    try await withServer(answer: { request in
      #expect(request.header("content-type") == "application/json")
      #expect(request.header("X-MISSING") == nil)
      #expect(request.query == "a=1&b=x%20y+z&c")
      #expect(request.queryItems.first { $0.name == "b" }?.value == "x y z")
      #expect(request.queryItems.map(\.name) == ["a", "b", "c"])
      #expect(request.headers.map(\.name) == ["Host", "Content-Type", "Content-Length"])
      #expect(request.remoteAddress == "127.0.0.1")
      return await echo(request)
    }) { server in
      let response = try await blocking {
        try TestClient(port: server.port).exchange(
          "POST /v1/quotes?a=1&b=x%20y+z&c HTTP/1.1\r\nHost: x\r\nContent-Type: application/json \r\n"
            + "Content-Length: 5\r\n\r\nhello")
      }
      #expect(response.status == 200)
      #expect(response.text == "hello")
      #expect(response.headers["x-method"] == "POST")
      #expect(response.headers["x-path"] == "/v1/quotes")
      #expect(response.headers["content-length"] == "5")
      #expect(response.headers["date"]?.hasSuffix(" GMT") == true)
      #expect(response.headers["connection"] == nil)
    }
  }

  @Test(arguments: HTTPMethod.allCases) func `every method reaches the handler`(_ method: HTTPMethod)
    async throws
  {
    try await withServer { server in
      let response = try await blocking {
        let client = try TestClient(port: server.port)
        try client.send("\(method.rawValue) / HTTP/1.1\r\nHost: x\r\n\r\n")
        return try client.response(hasBody: method != .head)
      }
      #expect(response.headers["x-method"] == method.rawValue)
    }
  }

  @Test func `many keep-alive connections are served at once`() async throws {
    try await withServer { server in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for number in 0..<50 {
          group.addTask {
            try await blocking {
              let client = try TestClient(port: server.port)
              for round in 0..<40 {
                let body = "\(number)/\(round)"
                let response = try client.exchange(
                  "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                if response.text != body { return round }
              }
              return 40
            }
          }
        }
        for try await rounds in group { #expect(rounds == 40) }
      }
    }
  }

  @Test func `pipelined requests are answered in their order`() async throws {
    try await withServer { server in
      let paths = try await blocking {
        let client = try TestClient(port: server.port)
        try client.send(
          (0..<2_000).map { "GET /\($0) HTTP/1.1\r\nHost: x\r\nX-Padding: 0123456789\r\n\r\n" }.joined())
        return try (0..<2_000).map { _ in try client.response().headers["x-path"] }
      }
      #expect(paths == (0..<2_000).map { "/\($0)" })
    }
  }

  @Test func `HEAD announces a length and sends no body`() async throws {
    try await withServer(answer: { _ in HTTPResponse(status: 200, text: "twelve bytes") }) { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        try client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try client.response(hasBody: false).headers["content-length"] == "12")
        #expect(try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text == "twelve bytes")
      }
    }
  }

  @Test func `204 has neither length nor body`() async throws {
    try await withServer(answer: { _ in HTTPResponse(status: 204, text: "dropped") }) { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        let first = try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(first.status == 204)
        #expect(first.headers["content-length"] == nil)
        #expect(try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").status == 204)
      }
    }
  }

  @Test func `a client that expects 100-continue is told to go on`() async throws {
    try await withServer { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        let head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        #expect(try client.exchange(head).status == 100)
        #expect(try client.exchange("body").text == "body")
      }
    }
  }

  @Test(arguments: [1, 3, 1_000]) func `a chunked body is put together`(_ piece: Int) async throws {
    try await withServer { server in
      let response = try await blocking {
        let client = try TestClient(port: server.port)
        let bytes = Array(
          ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "4;ext=1\r\nabcd\r\n1A\r\n0123456789abcdefghijklmnop\r\n0\r\nTrailer: t\r\n\r\n").utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
          try client.send(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        return try client.response()
      }
      #expect(response.text == "abcd0123456789abcdefghijklmnop")
    }
  }

  @Test func `large bodies go both ways`() async throws {
    try await withServer { server in
      let body = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let response = try await blocking {
        let client = try TestClient(port: server.port)
        try client.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.count)\r\n\r\n")
        try client.send(body)
        return try client.response()
      }
      #expect(response.body == body)
    }
  }

  @Test(arguments: ["HTTP/1.1\r\nHost: x\r\nConnection: close", "HTTP/1.0"])
  func `a client that wants no further exchange sees the connection close`(_ rest: String) async throws {
    try await withServer { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        let response = try client.exchange("GET / \(rest)\r\n\r\n")
        #expect(response.headers["connection"] == "close")
        #expect(client.isEnded())
      }
    }
  }

  @Test func `HTTP/1.0 keeps a connection alive when asked`() async throws {
    try await withServer { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        for _ in 0..<2 {
          let response = try client.exchange("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
          #expect(response.headers["connection"] == "keep-alive")
        }
      }
    }
  }

  @Test func `a client that only ended its side is still answered`() async throws {
    try await withServer { server in
      try await blocking {
        let client = try TestClient(port: server.port)
        try client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n")
        client.finishSending()
        #expect(try client.response().headers["x-path"] == "/1")
        #expect(try client.response().headers["x-path"] == "/2")
        #expect(client.isEnded())
      }
    }
  }

  @Test func `a header value can't forge another field`() async throws {
    try await withServer(answer: { _ in
      HTTPResponse(status: 200, headers: [("X-Id", "a\r\nX-Forged: b")], bytes: [])
    }) { server in
      let response = try await blocking {
        try TestClient(port: server.port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      }
      #expect(response.headers["x-id"] == "a  X-Forged: b")
      #expect(response.headers["x-forged"] == nil)
    }
  }

  @Test func `a second server can't take a port that is in use`() async throws {
    try await withServer { server in
      #expect {
        var configuration = HTTPServerConfiguration()
        configuration.port = server.port
        _ = try HTTPServer.start(configuration, handler: ClosureHandler { head, _ in await echo(head) })
      } throws: { error in
        (error as? HTTPServerFailure)?.isRetriable == true
      }
    }
  }

  @Test func `a request can be made without a network`() {
    let request = HTTPRequest(
      method: .get, target: "/a?b=c", headers: [("X-One", "1"), ("x-two", "2")], body: [1])
    #expect(request.path == "/a")
    #expect(request.queryItems.first?.value == "c")
    #expect(request.header("X-Two") == "2")
    #expect(request.header("x-one") == "1")
  }
}
