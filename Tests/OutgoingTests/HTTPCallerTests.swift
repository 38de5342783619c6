import Digest
import JSON
import OutsideSupport
import Testing

@testable import Outgoing

@Suite(.needsOutside) struct HTTPCallerTests {
  let outside: Outside
  let caller = HTTPCaller(OutgoingSettings(userAgent: "scrip-test"))

  init() throws { outside = try #require(Outside.servers) }

  private func get(_ path: String, isRepeatable: Bool = true) throws -> HTTPAnswer {
    try caller.send(HTTPCall(.get, outside["http"] + path, isRepeatable: isRepeatable))
  }

  private func echo(_ call: HTTPCall) throws -> JSONNode {
    try JSONDocument(parsing: caller.send(call).body).root
  }

  @Test func `what is sent arrives as it is, and nothing more`() throws {
    let body = HTTPCall.Body(contentType: "text/plain; charset=utf-8", bytes: Array("a=é&b\r\n\0".utf8))
    let call = HTTPCall(
      .post, outside["http"] + "/echo?q=1", headers: [("X-One", "1"), ("X-Two", "zwei ü")],
      authorization: SecretText("Bearer abc"), body: body, isRepeatable: true)
    let seen = try echo(call)
    #expect(seen["method"]?.string() == "POST")
    #expect(seen["path"]?.string() == "/echo?q=1")
    #expect(seen["body"]?.string()?.unicodeScalars.map { UInt8($0.value) } == body.bytes)
    var headers: Set<String> = []
    seen["headers"]?.forEachElement { headers.insert($0.string() ?? "") }
    let address = outside["http"].dropFirst("http://".count)
    let sent = String(decoding: "X-Two: zwei ü".utf8.map { UInt16($0) }, as: UTF16.self)
    #expect(
      headers == [
        "Host: \(address)", "User-Agent: scrip-test", "Accept: */*", "X-One: 1", sent,
        "Authorization: Bearer abc",
        "Content-Type: text/plain; charset=utf-8", "Content-Length: \(body.bytes.count)",
      ])
  }

  @Test func `a body of nothing is sent as nothing, and one of a megabyte without asking for leave`() throws {
    let empty = try echo(HTTPCall(.post, outside["http"] + "/echo", isRepeatable: true))
    #expect(empty["body"]?.string() == "")
    let large = HTTPCall.Body(contentType: "text/plain", bytes: [UInt8](repeating: 65, count: 1 << 18))
    let seen = try echo(HTTPCall(.post, outside["http"] + "/echo", body: large, isRepeatable: true))
    #expect(seen["body"]?.string()?.utf8.count == 1 << 18)
  }

  @Test func `any status is an answer, with its headers in any case`() throws {
    let answer = try get("/status/503")
    #expect(answer.status == 503)
    #expect(answer.header("retry-after") == "7")
    #expect(answer.header("Retry-Later") == nil)
    #expect(answer.body == Array("as you wish".utf8))
  }

  @Test func `what comes before the answer is none of it`() throws {
    let answer = try get("/interim")
    #expect(answer.status == 200)
    #expect(answer.header("X-Late") == "yes")
    #expect(answer.header("Link") == nil)
  }

  @Test func `an address elsewhere is told and not gone to`() throws {
    let answer = try get("/elsewhere")
    #expect(answer.status == 302)
    #expect(answer.header("Location") == "/echo")
  }

  @Test func `connections are used again`() throws {
    let first = try JSONDocument(parsing: get("/echo").body).root["connection"]?.int64()
    let second = try JSONDocument(parsing: get("/echo").body).root["connection"]?.int64()
    #expect(first != nil && first == second)
  }

  @Test func `calls at the same time get their own answers`() async throws {
    let url = outside["http"] + "/echo/"
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for number in 0..<20 {
            let answer = try caller.send(HTTPCall(.get, "\(url)\(task)/\(number)", isRepeatable: true))
            let path = try JSONDocument(parsing: answer.body).root["path"]?.string()
            #expect(path == "/echo/\(task)/\(number)")
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func `what must not arrive twice has a connection of its own, and is not sent again behind our back`()
    throws
  {
    let (once, again) = (TestName.new(), TestName.new())
    _ = try get("/dies-when-used-again/\(again)")
    // On the connection that was kept, which is dead now, libcurl sends it once more.
    #expect(try get("/dies-when-used-again/\(again)").status == 200)
    #expect(try outside.timesSeen(again) == 3)
    _ = try get("/dies-when-used-again/\(once)", isRepeatable: false)
    #expect(try get("/dies-when-used-again/\(once)", isRepeatable: false).status == 200)
    #expect(try outside.timesSeen(once) == 2)
  }

  @Test(arguments: ["X-Evil: 1\r\nX-Injected", "X-Evil\0"])
  func `a header that would be two is refused`(name: String) throws {
    for header in [(name: name, value: "1"), (name: "X-Fine", value: name)] {
      let call = HTTPCall(.get, outside["http"] + "/echo", headers: [header], isRepeatable: true)
      let failure = try #require(throws: OutgoingFailure.self) { try caller.send(call) }
      #expect(failure.cause == .invalid)
      #expect(!failure.mayHaveArrived)
    }
  }

  @Test func `no file is read and no other protocol spoken`() throws {
    for url in ["file:///etc/passwd", "ftp://127.0.0.1/", "nonsense", "", "gopher://127.0.0.1:1/"] {
      let failure = try #require(throws: OutgoingFailure.self) {
        try caller.send(HTTPCall(.get, url, isRepeatable: true))
      }
      #expect(!failure.mayHaveArrived, "\(url): \(failure)")
    }
  }
}

/// Names that no other test uses, also not in another run.
enum TestName {
  static func new() -> String { "test-\(SecureRandom.integer(below: .max))" }
}
