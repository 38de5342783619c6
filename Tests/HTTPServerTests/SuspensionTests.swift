import HTTPServer
import Synchronization
import Testing

@Suite struct SuspensionTests {
  @Test func `a handler that waits for another thread goes on where it began`() async throws {
    let gate = Gate()
    try await withServer(answer: { _ in
      let before = currentThread
      await gate.pass()
      return HTTPResponse(status: 200, text: before == currentThread ? "same" : "other")
    }) { server in
      async let answers = withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<40 {
          group.addTask {
            try await blocking {
              try TestClient(port: server.port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n").text
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      try await eventually { gate.arrivals == 40 }
      gate.open()
      #expect(try await answers == Array(repeating: "same", count: 40))
    }
  }

  @Test func `a handler that never waits runs on a loop's thread`() async throws {
    let threads = Mutex<Set<UInt>>([])
    try await withServer(
      configure: { $0.loops = 1 },
      answer: { request in
        threads.withLock { _ = $0.insert(currentThread) }
        return await echo(request)
      }
    ) { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<10 {
          group.addTask {
            try await blocking {
              let client = try TestClient(port: server.port)
              for _ in 0..<10 { _ = try client.exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n") }
            }
          }
        }
        try await group.waitForAll()
      }
      #expect(threads.withLock { $0.count } == 1)
    }
  }

  @Test func `a client that leaves while its handler waits harms nobody`() async throws {
    let gate = Gate()
    try await withServer(answer: { request in
      if request.path == "/wait" { await gate.pass() }
      return await echo(request)
    }) { server in
      try await blocking {
        for ending in 0..<20 {
          let client = try TestClient(port: server.port)
          try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
          if ending.isMultiple(of: 2) { client.resetOnClose() }
        }
      }
      try await eventually { gate.arrivals == 20 }
      gate.open()
      try await eventually { server.connectionCount == 0 }
      let response = try await blocking {
        try TestClient(port: server.port).exchange("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
      }
      #expect(response.status == 200)
    }
  }

  @Test func `shutdown answers what was accepted and closes what is idle`() async throws {
    let gate = Gate()
    let isDown = Flag()
    try await withServer(answer: { request in
      if request.path == "/wait" { await gate.pass() }
      return await echo(request)
    }) { server in
      let idle = try await blocking { UncheckedBox([try TestClient(port: server.port)]) }
      async let waiting = blocking {
        let client = try TestClient(port: server.port)
        let response = try client.exchange("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        return (response, client.isEnded())
      }
      try await eventually { gate.arrivals == 1 && server.connectionCount == 2 }
      async let ending: Void = {
        await server.shutdown()
        isDown.raise()
      }()
      #expect(try await blocking { idle.value[0].isEnded() })
      try await eventually { (try? TestClient(port: server.port)) == nil }
      #expect(!isDown.isRaised)
      gate.open()
      let (response, isEnded) = try await waiting
      #expect(response.status == 200)
      #expect(response.headers["connection"] == "close")
      #expect(isEnded)
      await ending
      #expect(server.connectionCount == 0)
    }
  }

  @Test func `shutdown cuts off what outlasts the grace`() async throws {
    let gate = Gate()
    try await withServer(
      configure: { $0.shutdownGrace = .milliseconds(200) },
      answer: { request in
        await gate.pass()
        return await echo(request)
      }
    ) { server in
      async let isEnded = blocking {
        let client = try TestClient(port: server.port)
        try client.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        return client.isEnded()
      }
      try await eventually { gate.arrivals == 1 }
      await server.shutdown()
      #expect(try await isEnded)
      gate.open()
    }
  }
}
