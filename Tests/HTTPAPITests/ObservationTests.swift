import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip
import Synchronization
import Testing

@testable import HTTPAPI

@Suite struct LogTests {
  @Test func `a request is one line of JSON that names the route and not the path`() async throws {
    let service = try await TestService()
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    let answer = await service.send(
      .get, "/v1/coupons/coupon_00000000000000000000000000",
      headers: [("X-Request-Id", "mine.1"), ("traceparent", trace)])
    #expect(answer.header("traceparent") == trace)
    #expect(answer.header("X-Request-Id") == "mine.1")
    let log = await service.finish()
    let lines = log.split(separator: "\n")
    #expect(lines.count == 1)
    let line = try JSONDocument(parsing: Array(lines[0].utf8)).root
    #expect(line["level"]?.string() == "info")
    #expect(line["request_id"]?.string() == "mine.1")
    #expect(line["traceparent"]?.string() == trace)
    #expect(line["method"]?.string() == "GET")
    #expect(line["route"]?.string() == "/v1/coupons/{coupon_id}")
    #expect(line["status"]?.int64() == 404)
    #expect(line["code"]?.string() == "coupon_not_found")
    #expect(line["tenant"]?.string() == "tenant_1")
    #expect(line["key_id"]?.string()?.hasPrefix("key_") == true)
    #expect(line["duration_ms"]?.double() != nil)
    #expect(Instant(rfc3339: line["time"]?.string() ?? "") != nil)
  }

  @Test func `no code, owner, address or secret is ever logged`() async throws {
    let service = try await TestService()
    let coupon = #"""
      {"name":"Hidden","codes":[{"code":"TOPSECRET","owner":"owner-42"}],"owner":"owner-42",
       "discount":{"type":"percent","percent":"10"},"stacking":{"policy":"open"}}
      """#
    let made = await service.send(.post, "/v1/coupons", coupon)
    let id = try #require(made["id"])
    await service.send(.post, "/v1/coupons/\(id)/activate")
    await service.send(.get, "/v1/coupons?code=TOPSECRET&owner=owner-42")
    for role in AccessKey.Role.allCases {
      let body = #"""
        {"codes":["TOPSECRET"],"customer":{"user_id":"owner-42","email":"ann@example.com"},
         "cart":\#(Sample.cart)}
        """#
      await service.send(.post, "/v1/quotes", body, as: role)
    }
    await service.send(.post, "/v1/applications", Sample.application("TOPSECRET", user: "other"))
    await service.send(.post, "/v1/applications", Sample.application("TOPSECRET", user: "owner-42"))
    await service.send(.get, "/v1/TOPSECRET?email=ann@example.com")
    await service.send(.get, "/v1/me", secret: "scrip_admin_wrong")
    await service.send(.get, "/v1/me", headers: [("X-Request-Id", "ann@example.com")])
    await service.send(.post, "/v1/quotes", "{TOPSECRET")
    let key = await service.send(.post, "/v1/keys", #"{"role":"admin","name":"hush"}"#)
    let secret = try #require(key["secret"])
    let log = await service.finish()
    #expect(log.split(separator: "\n").count == 13)
    let secrets = Array(service.secrets.values) + [secret, "scrip_admin_wrong"]
    for word in ["TOPSECRET", "owner-42", "ann@", "example.com", "hush"] + secrets {
      #expect(!log.contains(word), "\(word)")
    }
  }

  @Test func `a log that nobody reads drops lines and says how many`() throws {
    let isBlocked = Mutex(true)
    let captured = CapturedLog()
    let logger = Logger(level: .info, bytesMax: 300) { bytes in
      while isBlocked.withLock({ $0 }) {}
      captured.append(bytes)
    }
    for number in 0..<100 { logger.log(.info, "line \(number)") }
    logger.log(.debug, "not written")
    isBlocked.withLock { $0 = false }
    logger.shutDown()
    logger.log(.info, "too late")
    let lines = captured.text.split(separator: "\n")
    let written = lines.count { $0.contains(#""message":"line "#) }
    var dropped: Int64 = 0
    for line in lines where line.contains("dropped") {
      dropped += try JSONDocument(parsing: Array(line.utf8)).root["count"]?.int64() ?? 0
    }
    #expect(dropped > 0)
    #expect(Int64(written) + dropped == 100)
    #expect(!captured.text.contains("not written") && !captured.text.contains("too late"))
  }
}

@Suite struct MetricsTests {
  /// A sample: name, labels as written, value.
  private struct Sampled {
    let name: String
    let labels: String
    let value: Double
  }

  /// Reads the text format of Prometheus strictly.
  private func parse(_ text: String) throws -> [Sampled] {
    #expect(text.hasSuffix("\n"))
    var types: [String: Substring] = [:]
    var samples: [Sampled] = []
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 3)
      if line.hasPrefix("# TYPE ") {
        #expect(types.updateValue(words[3], forKey: String(words[2])) == nil)
        continue
      }
      if line.hasPrefix("# HELP ") { continue }
      let pattern = #/([a-z_:][a-z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\]|\\.)*",?)+)\})? ([0-9.e+-]+)/#
      let match = try #require(line.wholeMatch(of: pattern), "\(line)")
      let name = String(match.1)
      let base = name.replacing(#/_(bucket|sum|count)$/#, with: "")
      #expect(types[name] != nil || types[base] == "histogram", "\(line)")
      samples.append(Sampled(name: name, labels: String(match.2 ?? ""), value: try #require(Double(match.3))))
    }
    return samples
  }

  @Test func `counters are in the format of Prometheus and count what happened`() async throws {
    let service = try await TestService()
    service.metrics.observeConnections { 3 }
    _ = try await service.activeCoupon()
    await service.send(.post, "/v1/quotes", Sample.quote("WELCOME10", "NOPE"))
    await service.send(.post, "/v1/quotes", "{")
    await service.send(.get, "/nowhere")
    let samples = try parse(await service.send(.get, "/metrics", as: nil).text)
    func value(_ name: String, _ labels: String = "") -> Double? {
      samples.first { $0.name == name && $0.labels == labels }?.value
    }
    let quotes = #"method="POST",route="/v1/quotes""#
    #expect(value("scrip_http_requests_total", quotes + #",status="200""#) == 1)
    #expect(value("scrip_http_requests_total", quotes + #",status="400""#) == 1)
    #expect(value("scrip_http_requests_total", #"method="",route="",status="404""#) == 1)
    #expect(value("scrip_http_request_duration_seconds_count", quotes) == 2)
    #expect(value("scrip_http_request_duration_seconds_bucket", quotes + #",le="+Inf""#) == 2)
    #expect(value("scrip_problems_total", #"code="malformed_json""#) == 1)
    #expect(value("scrip_quote_not_applied_total", #"reason="unknown_code""#) == 1)
    #expect(value("scrip_commit_batch_commands_count") == 8)
    #expect(value("scrip_command_queue_depth") == 0)
    #expect(value("scrip_http_connections") == 3)
    #expect(value("scrip_build_info", #"version="1.2.3""#) == 1)
    #expect(try #require(value("process_resident_memory_bytes")) > 1_000_000)
    #expect(try #require(value("process_start_time_seconds")) > 1_700_000_000)
    _ = await service.finish()
  }

  @Test func `a store on another computer is counted once it is there`() throws {
    let metrics = Metrics(version: "1")
    #expect(!metrics.exposition.contains("scrip_store_"))
    metrics.observeStore(
      { StoreCondition(readConnections: 5, readConnectionsInUse: 2, isListening: true) }, waitingReads: { 7 })
    metrics.retried(.conflict)
    metrics.retried(.connectionLost)
    metrics.retried(.connectionLost)
    metrics.reconnected()
    metrics.roundTrip(seconds: 0.002)
    let samples = try parse(metrics.exposition)
    func value(_ name: String, _ labels: String = "") -> Double? {
      samples.first { $0.name == "scrip_store_" + name && $0.labels == labels }?.value
    }
    #expect(value("retries_total", #"reason="connection_lost""#) == 2)
    #expect(value("retries_total", #"reason="conflict""#) == 1)
    #expect(value("retries_total", #"reason="deadlock""#) == 0)
    #expect(value("reconnects_total") == 1)
    #expect(value("round_trip_duration_seconds_bucket", #"le="0.001""#) == 0)
    #expect(value("round_trip_duration_seconds_bucket", #"le="0.0025""#) == 1)
    #expect(value("round_trip_duration_seconds_count") == 1)
    #expect(value("read_connections") == 5 && value("read_connections_in_use") == 2)
    #expect(value("reads_waiting") == 7 && value("listening") == 1)
  }

  @Test func `a histogram's buckets are cumulative`() {
    let histogram = Histogram([1, 2, 4])
    for value in [0.5, 1, 3, 9] { histogram.record(value) }
    #expect(histogram.cumulated == [2, 2, 3, 4])
    #expect(histogram.sum == 13.5)
  }

  @Test func `counters can be kept for admins`() async throws {
    let service = try await TestService { $0.metricsNeedKey = true }
    #expect(await service.send(.get, "/metrics", as: nil).status == 401)
    #expect(await service.send(.get, "/metrics", as: .server).status == 403)
    #expect(await service.send(.get, "/metrics", as: .admin).status == 200)
    _ = await service.finish()
  }
}
