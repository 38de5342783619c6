import JSON
import OutsideSupport
import Testing

@testable import Outgoing

@Suite(.needsOutside) struct ConcurrentHTTPCallerTests {
  let outside: Outside
  let caller = ConcurrentHTTPCaller(OutgoingSettings(idleConnectionsMax: 8))

  init() throws { outside = try #require(Outside.servers) }

  @Test func `calls side by side get their own answers`() async throws {
    let url = outside["http"] + "/echo/"
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<40 {
        group.addTask {
          for number in 0..<5 {
            let call = HTTPCall(.get, "\(url)\(task)/\(number)", isRepeatable: true)
            let answer = try await caller.send(call)
            let path = try JSONDocument(parsing: answer.body).root["path"]?.string()
            #expect(path == "/echo/\(task)/\(number)")
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func `connections are used again`() async throws {
    func connection() async throws -> Int64? {
      let call = HTTPCall(.get, outside["http"] + "/echo", isRepeatable: true)
      return try await JSONDocument(parsing: caller.send(call).body).root["connection"]?.int64()
    }
    let first = try await connection()
    #expect(try await connection() == first && first != nil)
  }

  @Test func `a failure is told to whoever made the call`() async throws {
    await #expect(throws: OutgoingFailure.self) {
      try await caller.send(HTTPCall(.get, "http://127.0.0.1:1/", isRepeatable: true))
    }
    await #expect(throws: OutgoingFailure.self) {
      try await caller.send(HTTPCall(.get, "ftp://127.0.0.1:1/", isRepeatable: true))
    }
    let call = HTTPCall(.get, outside["http"] + "/status/503", isRepeatable: true)
    #expect(try await caller.send(call).status == 503)
  }
}
