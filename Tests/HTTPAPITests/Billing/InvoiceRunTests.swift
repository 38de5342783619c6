import JSON
import Scrip
import Testing

@testable import HTTPAPI

/// Billing runs: one object a line, over the wire.
@Suite struct InvoiceRunTests {
  private func run(
    _ service: TestService, _ port: Int, _ body: String, type: String = "application/x-ndjson"
  ) throws -> (head: String, lines: [JSONNode]) {
    let secret = try #require(service.secrets[.server])
    let text = try exchange(
      port,
      """
      POST /v1/invoices/batch HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer \(secret)\r\n\
      Content-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
      """)
    let end = try #require(text.firstRange(of: "\r\n\r\n"))
    let lines = text[end.upperBound...].split(separator: "\n")
    return (
      String(text[..<end.lowerBound]), try lines.map { try JSONDocument(parsing: Array($0.utf8)).root }
    )
  }

  private func draft(_ id: String, _ amount: Int, _ more: String = "") -> String {
    #"{"id":"\#(id)","subscription_id":"sub","currency":"USD","line_items":[{"id":"l1","amount":\#(amount)}]\#(more)}"#
  }

  @Test func `each line is answered in its order, whatever becomes of the others`() async throws {
    try await withServer { service, port in
      _ = try await service.subscribed()
      let body = [
        draft("i1", 1000), "", "{", #"{"op":"finalize","id":"none"}"#, "   \t\r",
        draft("i2", 2000, #","op":"draft""#),
        #"{"op":"pay","id":"i2"}"#, #"{"id":"i3","currency":"USD","line_items":[]}"#,
        draft("i4", 3000) + "\r",
      ].joined(separator: "\n")
      let (head, lines) = try run(service, port, body)
      #expect(head.hasPrefix("HTTP/1.1 200 ") && head.contains("application/x-ndjson"), "\(head)")
      #expect(lines.map { $0["line"]?.int64() } == [1, 2, 3, 4, 5, 6, 7])
      #expect(lines.map { $0["status"]?.int64() } == [201, 400, 404, 201, 422, 422, 201])
      #expect(lines.map { $0["id"]?.string() } == ["i1", nil, "none", "i2", "i2", "i3", "i4"])
      let codes = lines.map { $0["problem"]?["code"]?.string() }
      #expect(
        codes == [nil, "malformed_json", "invoice_not_found", nil, "invalid_request", "invalid_request", nil])
      #expect(lines.map { $0["invoice"]?["discount"]?.int64() } == [100, nil, nil, 200, nil, nil, 300])
      #expect(lines[0]["invoice"]?["customer_id"]?.string() == "ann")
      #expect(lines[0]["invoice"]?["applied"]?[0]?["position"]?.int64() == 1)
    }
  }

  @Test func `lines about one invoice are decided in their order`() async throws {
    try await withServer { service, port in
      _ = try await service.subscribed(Sample.billing("TEN", #""cadence":"repeated","periods":40"#))
      let body =
        (0..<50).flatMap { number in
          [
            draft("i\(number)", 1000),
            #"{"op":"finalize","id":"i\#(number)","expected_total":\#(number < 40 ? 900 : 1000)}"#,
          ]
        } + [#"{"op":"void","id":"i7"}"#, draft("i41", 1000), draft("late", 1000)]
      let (_, lines) = try run(service, port, body.joined(separator: "\n"))
      #expect(lines.prefix(100).map { $0["status"]?.int64() } == (0..<100).map { $0 % 2 == 0 ? 201 : 200 })
      let positions = lines.prefix(100).enumerated().filter { $0.offset % 2 == 0 }.map {
        $0.element["invoice"]?["applied"]?[0]?["position"]?.int64()
      }
      #expect(positions == (1...50).map { $0 <= 40 ? Int64($0) : nil })
      #expect(lines[100]["invoice"]?["state"]?.string() == "voided")
      #expect(
        lines[101]["invoice"]?["state"]?.string() == "finalized" && lines[101]["status"]?.int64() == 200)
      #expect(lines[102]["invoice"]?["discount"]?.int64() == 100)
      // The same run again changes nothing.
      let (_, again) = try run(service, port, body.joined(separator: "\n"))
      #expect(
        again.enumerated().allSatisfy { number, line in
          number == 14 || number == 15 || line["status"]?.int64() == 200
        })
      #expect(again[15]["problem"]?["code"]?.string() == "invoice_voided")
    }
  }

  @Test func `more lines than are taken at a time, and no more than there may be`() async throws {
    try await withServer { service, port in
      _ = try await service.subscribed()
      let lines = (0..<2000).map { draft("i\($0)", $0 + 10) }
      let (_, answers) = try run(service, port, lines.joined(separator: "\n") + "\n\n")
      #expect(answers.count == 2000)
      #expect(
        answers.enumerated().allSatisfy { number, answer in
          answer["line"]?.int64() == Int64(number + 1) && answer["id"]?.string() == "i\(number)"
            && answer["status"]?.int64() == 201
        })
      let (head, problem) = try run(service, port, (lines + [draft("more", 1)]).joined(separator: "\n"))
      #expect(head.hasPrefix("HTTP/1.1 422 ") && problem.first?["code"]?.string() == "invalid_request")
      #expect(await service.get("/v1/invoices/more").status == 404)
      let (wrong, _) = try run(service, port, draft("i1", 1), type: "application/json")
      #expect(wrong.hasPrefix("HTTP/1.1 415 "))
      let (empty, none) = try run(service, port, "\n\n")
      #expect(empty.hasPrefix("HTTP/1.1 200 ") && none.isEmpty)
    }
  }
}
