import Foundation
import OutsideSupport
import Testing

@testable import Outgoing

/// How a call can fail, and what is known about whether it arrived.
@Suite(.needsOutside) struct OutgoingFailureTests {
  let outside: Outside

  init() throws { outside = try #require(Outside.servers) }

  private func failure(
    _ url: String, _ settings: OutgoingSettings = OutgoingSettings()
  ) throws -> OutgoingFailure {
    try #require(throws: OutgoingFailure.self) {
      try HTTPCaller(settings).send(HTTPCall(.post, url, isRepeatable: false))
    }
  }

  @Test func `nothing was sent to a port where nobody listens`() throws {
    let failure = try failure("http://\(outside["closed"])/")
    #expect(failure.cause == .unreachable)
    #expect(!failure.mayHaveArrived)
    #expect(failure.isRetriable)
  }

  @Test func `nothing was sent to a name that nobody has`() throws {
    // Where nobody answers for names, time runs out.
    let failure = try failure("http://name.invalid/", OutgoingSettings(connectTimeout: .seconds(2)))
    #expect([.unreachable, .timedOut].contains(failure.cause))
    #expect(!failure.mayHaveArrived)
    #expect(failure.isRetriable)
  }

  @Test func `nothing was sent while encryption was not agreed in time`() throws {
    let short = OutgoingSettings(connectTimeout: .milliseconds(300))
    let failure = try failure("https://\(outside["silent"])/", short)
    #expect(failure.cause == .timedOut)
    #expect(!failure.mayHaveArrived)
  }

  @Test func `a request without an answer in time may have arrived`() throws {
    let name = TestName.new()
    let failure = try failure(
      outside["http"] + "/silent/\(name)", OutgoingSettings(totalTimeout: .seconds(2)))
    #expect(failure.cause == .timedOut)
    #expect(failure.mayHaveArrived)
    #expect(try outside.timesSeen(name) == 1)
  }

  @Test(arguments: ["cut-before-answer", "cut-within-answer"])
  func `a request whose connection breaks may have arrived`(kind: String) throws {
    let name = TestName.new()
    let failure = try failure(outside["http"] + "/\(kind)/\(name)")
    #expect(failure.cause == .cut)
    #expect(failure.mayHaveArrived)
    #expect(try outside.timesSeen(name) == 1)
  }

  @Test func `an answer of another protocol is unreadable, and the request may have arrived`() throws {
    let failure = try failure(outside["http"] + "/no-http/\(TestName.new())")
    #expect(failure.cause == .unreadable)
    #expect(failure.mayHaveArrived)
    #expect(!failure.isRetriable)
  }

  @Test(arguments: ["large/1001", "large-head/3"])
  func `an answer that is too large is not taken`(path: String) throws {
    let failure = try failure(outside["http"] + "/" + path, OutgoingSettings(answerBytesMax: 1000))
    #expect(failure.cause == .tooLarge)
    #expect(failure.mayHaveArrived)
  }

  @Test func `nothing is said to who can't prove the name`() throws {
    let trusting = OutgoingSettings(trustedCertificates: outside["trusted_certificates"])
    let name = TestName.new()
    for (url, settings) in [
      (outside["https"], OutgoingSettings()), (outside["https_of_another"], trusting),
    ] {
      let failure = try failure(url + "/echo/\(name)", settings)
      #expect(failure.cause == .refusedTLS)
      #expect(!failure.mayHaveArrived)
      #expect(!failure.isRetriable)
    }
    #expect(try outside.timesSeen(name) == 0)
    let call = HTTPCall(.get, outside["https"] + "/echo/\(name)", isRepeatable: true)
    #expect(try HTTPCaller(trusting).send(call).status == 200)
  }

  @Test func `who hangs up while we speak ends the call, and not the process`() async throws {
    // A write to a connection that is gone raises a signal that ends processes.
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_DFL)
      let outside = try #require(Outside.servers)
      let caller = HTTPCaller(OutgoingSettings(trustedCertificates: outside["trusted_certificates"]))
      for address in [outside["https"], outside["http"]] {
        let body = HTTPCall.Body(contentType: "text/plain", bytes: [UInt8](repeating: 65, count: 1 << 24))
        let failure = try #require(throws: OutgoingFailure.self) {
          try caller.send(HTTPCall(.post, address + "/hang-up", body: body, isRepeatable: false))
        }
        #expect(failure.cause == .cut)
        #expect(failure.mayHaveArrived)
      }
    }
  }

  @Test func `a handle that failed is as good as new`() throws {
    let caller = HTTPCaller(OutgoingSettings(idleConnectionsMax: 1))
    #expect(throws: OutgoingFailure.self) {
      try caller.send(
        HTTPCall(
          .post, outside["http"] + "/cut-within-answer/\(TestName.new())", headers: [("X-Before", "1")],
          body: .init(contentType: "text/plain", bytes: [65]), isRepeatable: false))
    }
    let answer = try caller.send(HTTPCall(.get, outside["http"] + "/echo", isRepeatable: true))
    let text = String(decoding: answer.body, as: UTF8.self)
    #expect(text.contains(#""method": "GET""#) && text.contains(#""body": """#) && !text.contains("X-Before"))
  }

  @Test func `a proxy that the environment names is asked only if that is wanted`() async throws {
    // In a process of its own, whose environment nobody else reads.
    await #expect(processExitsWith: .success) {
      let outside = try #require(Outside.servers)
      unsafe setenv("http_proxy", "http://\(outside["closed"])", 1)
      let call = HTTPCall(.get, outside["http"] + "/echo", isRepeatable: true)
      #expect(try HTTPCaller().send(call).status == 200)
      let failure = try #require(throws: OutgoingFailure.self) {
        try HTTPCaller(OutgoingSettings(route: .environment)).send(call)
      }
      #expect(failure.cause == .unreachable)
    }
    let through = OutgoingSettings(route: .proxy(outside["http"]))
    let answer = try HTTPCaller(through).send(
      HTTPCall(.get, "http://name.invalid/status/204", isRepeatable: true))
    #expect(answer.status == 404, "the proxy is asked for a whole address, which this one knows nothing of")
  }
}
