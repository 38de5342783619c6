import Foundation
import HTTPServer
import Scrip
import Testing

@testable import HTTPAPI

/// The API behind a real server.
@Suite struct ServerTests {
  @Test func `a quote over the wire is the quote of the handler`() async throws {
    try await withServer { service, port in
      _ = try await service.activeCoupon()
      let body = Sample.quote("WELCOME10")
      let secret = try #require(service.secrets[.server])
      let text = try exchange(
        port,
        """
        POST /v1/quotes HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer \(secret)\r\n\
        Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
        """)
      #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      let direct = await service.send(.post, "/v1/quotes", body, as: .server)
      #expect(text.hasSuffix(direct.text))
    }
  }

  @Test func `all codes of a coupon are streamed as CSV and as NDJSON`() async throws {
    try await withServer { service, port in
      let id = try await service.activeCoupon()
      await service.send(
        .post, "/v1/coupons/\(id)/codes", #"{"generate":{"count":2500,"pattern":"S-####-####-####"}}"#)
      await service.send(
        .post, "/v1/coupons/\(id)/codes", #"{"codes":[{"code":"quoted","owner":"a,\"b\"","limit":2}]}"#)
      let secret = try #require(service.secrets[.admin])
      func get(_ type: String) throws -> String {
        try exchange(
          port,
          """
          GET /v1/coupons/\(id)/codes HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer \(secret)\r\n\
          Accept: \(type)\r\n\r\n
          """)
      }
      let csv = try get("text/csv")
      #expect(csv.contains("Content-Type: text/csv\r\n"))
      #expect(csv.contains("\r\n\r\ncode,display,owner,limit,generated,used\r\n"))
      #expect(csv.contains("\r\nQUOTED,quoted,\"a,\"\"b\"\"\",2,false,0\r\n"))
      #expect(csv.split(separator: "\r\n").count { $0.contains(",S-") } == 2500)
      let lines = try get("application/x-ndjson").split(separator: "\n")
      #expect(lines.count { $0.contains(#","display":"S-"#) } == 2500)
      #expect(
        lines.contains { $0.hasPrefix(#"{"code":"WELCOME10","display":"WELCOME10","owner":null,"#) })
    }
  }

  @Test(arguments: ["text/csv", "application/x-ndjson"])
  func `a stream that breaks off does not look like a whole one`(_ type: String) async throws {
    try await withServer { service, port in
      let id = try await service.activeCoupon()
      await service.send(
        .post, "/v1/coupons/\(id)/codes", #"{"generate":{"count":2500,"pattern":"S-####-####-####"}}"#)
      let request = """
        GET /v1/coupons/\(id)/codes HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
        Authorization: Bearer \(try #require(service.secrets[.admin]))\r\nAccept: \(type)\r\n\r\n
        """
      let whole = try exchange(port, request)
      #expect(whole.hasSuffix("\r\n0\r\n\r\n"))
      service.store.failCodes(afterPages: 2)
      let half = try? exchange(port, request)
      #expect(half?.hasSuffix("0\r\n\r\n") != true)
    }
  }

  @Test func `who may not ask is told so before the body is sent, in the order of the checks`() async throws {
    try await withServer { service, port in
      let revoked = await service.send(.post, "/v1/keys", #"{"role":"server","name":"Old"}"#)
      let id = try #require(revoked["id"])
      #expect(await service.send(.post, "/v1/keys/\(id)/revoke").status == 200)
      let secrets = service.secrets.mapValues { "Authorization: Bearer \($0)\r\n" }
      let old = "Authorization: Bearer \(try #require(revoked["secret"]))\r\n"
      let known = try #require(secrets[.server])
      let small = "Content-Length: 900000\r\n"
      let rows: [(request: String, fields: String, status: String)] = [
        ("POST /v1/quotes", small, "401 Unauthorized"),
        ("POST /v1/quotes", "Transfer-Encoding: chunked\r\n", "401 Unauthorized"),
        ("POST /v1/quotes", small + "Expect: 100-continue\r\n", "401 Unauthorized"),
        ("POST /v1/quotes", small + "Authorization: Bearer wrong\r\n", "401 Unauthorized"),
        ("POST /v1/quotes", small + old, "401 Unauthorized"),
        ("POST /v1/coupons", small + known, "403 Forbidden"),
        ("POST /v1/nothing", small + known, "404 Not Found"),
        ("PUT /v1/quotes", small + known, "405 Method Not Allowed"),
        ("POST /v1/quotes", "Content-Length: 1048577\r\n" + known, "413 Content Too Large"),
        ("GET /livez", small, "200 OK"),
        ("GET /v1/me", small + known, "200 OK"),
      ]
      for row in rows {
        let text = try exchange(port, "\(row.request) HTTP/1.1\r\nHost: x\r\n\(row.fields)\r\n")
        #expect(text.hasPrefix("HTTP/1.1 \(row.status)\r\n"), "\(row): \(text.prefix(60))")
        #expect(text.contains("\r\nConnection: close\r\n"), "\(row)")
      }
      let refused = try exchange(
        port,
        "POST /v1/quotes HTTP/1.1\r\nHost: x\r\n\(known)Transfer-Encoding: chunked\r\n\r\nxyz\r\n")
      #expect(
        refused.hasPrefix("HTTP/1.1 400 ") && refused.contains(#""code":"malformed_request""#), "\(refused)")
      let log = await service.finish()
      let line = log.split(separator: "\n").last { $0.contains(#""code":"malformed_request""#) }
      #expect(line?.contains(#""route":"/v1/quotes""#) == true && line?.contains("key_id") == true)
    }
  }

  @Test func `a request that breaks HTTP gets a problem`() async throws {
    try await withServer { _, port in
      let text = try exchange(port, "BREW /v1/quotes HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(text.hasPrefix("HTTP/1.1 501 "))
      #expect(text.contains("Content-Type: application/problem+json\r\n"))
      #expect(text.contains(#""code":"not_implemented""#))
    }
  }
}

/// Runs a service behind a server.
func withServer(_ body: (TestService, Int) async throws -> Void) async throws {
  let service = try await TestService()
  var configuration = HTTPServerConfiguration()
  configuration.loops = 2
  configuration.protocolError = service.api.protocolError
  let server = try HTTPServer.start(configuration, handler: service.api)
  service.metrics.observeConnections { server.connectionCount }
  do {
    try await body(service, server.port)
  } catch {
    await server.shutdown()
    throw error
  }
  await server.shutdown()
  _ = await service.finish()
}

/// Sends a request to a port of this machine and gives everything that comes back until the end.
func exchange(_ port: Int, _ request: String) throws -> String {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(port).bigEndian
  address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
  let code = unsafe withUnsafePointer(to: &address) { address in
    unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
      unsafe connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
  guard code == 0 else { throw Unexpected(answer: "connect: \(errno)") }
  let bytes = Array(request.utf8)
  _ = unsafe send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  var answer: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
    if count < 0 { throw Unexpected(answer: "the connection broke: \(errno)") }
    if count == 0 { break }
    answer += buffer[..<count]
  }
  return String(decoding: answer, as: UTF8.self)
}
