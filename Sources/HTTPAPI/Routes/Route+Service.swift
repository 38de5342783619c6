import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let metricsPattern = "/metrics"

  static let service: [Route] = [
    Route(
      .get, "/", nil,
      Operation(
        id: "getService", tag: "Service", summary: "What this is.",
        successes: [.ok(.output(ServiceView.self))]),
      .asking(getService)),
    Route(
      .get, "/v1/openapi.json", nil,
      Operation(
        id: "getOpenAPI", tag: "Service", summary: "This document.",
        successes: [.ok(.output(OpenAPIView.self))]),
      .asking { exchange async throws(Problem) in .json(exchange.services.openAPI) }),
    Route(
      .get, "/livez", nil,
      Operation(
        id: "getLiveness", tag: "Service", summary: "Whether the process runs.",
        successes: [.ok(.output(HealthView.self))]),
      .asking { _ async throws(Problem) in .json(form: HealthView(hindrance: nil)) }),
    Route(
      .get, "/readyz", nil,
      Operation(
        id: "getReadiness", tag: "Service",
        summary:
          "Whether requests should come: the database answers and can be written, and the service is not going away.",
        successes: [.ok(.output(HealthView.self))]),
      .asking(getReadiness)),
    Route(
      .get, metricsPattern, nil,
      Operation(
        id: "getMetrics", tag: "Service", summary: "Counters in the text format of Prometheus.",
        successes: [
          Operation.Success(
            status: 200, description: "Counters.", content: [("text/plain", nil)], headers: [])
        ], problems: [401, 403]),
      .asking { exchange async throws(Problem) in
        Reply(
          status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8",
          body: .bytes(Array(exchange.services.metrics.exposition.utf8)))
      }),
  ]

  @Sendable private static func getService(_ exchange: Exchange) async throws(Problem) -> Reply {
    .json(form: ServiceView(version: exchange.services.configuration.version))
  }

  @Sendable private static func getReadiness(_ exchange: Exchange) async throws(Problem) -> Reply {
    if exchange.services.isShuttingDown.isRaised {
      throw Problem(
        .shuttingDown, "The service is shutting down.", headers: [("Retry-After", "1")])
    }
    if let failure = exchange.engine.store.clockFailure {
      throw Problem(failure, "Nothing is written: \(failure.message).")
    }
    do throws(StoreFailure) {
      _ = try await exchange.engine.ask { (store) throws(StoreFailure) in try store.tenantIDs() }
    } catch {
      throw Problem(error, "The database does not answer.")
    }
    if let failure = await exchange.engine.committer.checkWriting() {
      throw Problem(failure, "The database can't be written: \(failure.kind.sentence)")
    }
    return .json(form: HealthView(hindrance: exchange.engine.store.health.hindrance))
  }
}

extension StoreHealth {
  /// Why it works but should be looked after, as anybody may know it.
  fileprivate var hindrance: String? {
    if let failure = checkpointFailure {
      return "The database's log can't be shortened: \(failure.kind.sentence)"
    }
    guard isLogHeldUp else { return nil }
    let length = logBytes.map { "\($0 >> 20) MB" } ?? "many bytes"
    return "The database's log has grown to \(length), because something reads an old state of the database: "
      + "a backup, a check, or a console that was left open."
  }
}
