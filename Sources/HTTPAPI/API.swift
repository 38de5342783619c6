import CheckoutWork
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip
import WebhookWork

/// Scrip over HTTP: translates requests into commands and questions of the engine, and answers into responses.
///
/// A request passes `Router` (which route) and `Doorkeeper` (whose key) before any of its body is asked for, then the
/// route's handler (decode, ask, encode), and on its way out log and counters.
public final class API: HTTPHandler {
  private let services: Services
  private let logger: Logger
  private let router = Router(Route.table)
  private let doorkeeper: Doorkeeper

  /// Puts the API together.
  ///
  /// - Parameters:
  ///   - identityKey: the key under which e-mail addresses and the like are hashed; it must never change.
  ///   - payments: where payments through providers are seen to.
  ///   - webhooks: where webhooks are seen to.
  ///   - fraud: who watches for fraud.
  ///   - metrics: counts; the committer's observer should be the same one.
  public init(
    engine: Engine, identityKey: [UInt8], metrics: Metrics, logger: Logger,
    configuration: APIConfiguration = APIConfiguration(), payments: PaymentDesk? = nil,
    webhooks: WebhookDesk? = nil, fraud: FraudWatch? = nil
  ) {
    services = Services(
      engine: engine, identityKey: identityKey, metrics: metrics, configuration: configuration,
      payments: payments, webhooks: webhooks, fraud: fraud)
    self.logger = logger
    doorkeeper = Doorkeeper(engine: engine)
  }

  /// Lets `/readyz` say that no more requests should come; those that come are still answered.
  public func announceShutdown() { services.isShuttingDown.raise() }

  /// What the server answers in the API's stead to requests that break HTTP; for `HTTPServerConfiguration`.
  @Sendable public func protocolError(_ error: ProtocolError) -> HTTPResponse {
    let requestID = RequestMarks.fresh()
    let reply = Problem(error).reply(requestID: requestID)
    services.metrics.answered(route: nil, status: reply.status, code: reply.code, seconds: 0)
    logger.request(
      RequestRecord(
        requestID: requestID, traceparent: nil, method: "", route: "", status: reply.status, seconds: 0,
        tenant: nil, key: nil, code: reply.code, failure: nil))
    return response(reply, requestID: requestID, traceparent: nil)
  }

  /// Answers a request. Strangers are turned away before their bodies are taken in.
  public func handle(_ head: HTTPRequest, body: HTTPBodyReader) async -> HTTPResponse {
    let start = ContinuousClock.now
    let marks = RequestMarks(head)
    var route: Int?
    var key: AccessKey?
    var failure: String?
    var reply: Reply
    do throws(Problem) {
      let (index, parameters) = try find(head)
      let found = Route.table[index]
      route = index
      key = try await admit(head, to: found)
      var request = head
      if head.method.hasMeaningfulBody, key != nil || found.takesSigned(head) {
        request.body = try await collect(body)
      }
      try check(request, against: found)
      let exchange = Exchange(
        request: request, route: found, services: services, requestID: marks.requestID,
        parameters: parameters,
        key: key)
      switch found.handler {
      case .asking(let answer), .deciding(let answer): reply = try await answer(exchange)
      }
    } catch {
      failure = error.failure
      reply = error.reply(requestID: marks.requestID)
    }
    let seconds = start.duration(to: .now) / .seconds(1)
    services.metrics.answered(route: route, status: reply.status, code: reply.code, seconds: seconds)
    logger.request(
      RequestRecord(
        requestID: marks.requestID, traceparent: marks.traceparent, method: head.method.rawValue,
        route: route.map { Route.table[$0].pattern } ?? "", status: reply.status, seconds: seconds,
        tenant: key?.tenant, key: key?.id, code: reply.code, failure: failure))
    if let key, await isSandbox(key.tenant) { reply.headers.append(API.sandboxMark) }
    return response(reply, requestID: marks.requestID, traceparent: marks.traceparent)
  }

  /// What marks every answer to a sandbox's key.
  static let sandboxMark = ("Scrip-Sandbox", "true")

  /// Whether a tenant is a sandbox. An answer is given without the mark rather than not at all.
  private func isSandbox(_ tenant: Tenant.ID) async -> Bool {
    do throws(StoreFailure) { return try await services.engine.isSandbox(tenant) } catch { return false }
  }

  private func response(_ reply: Reply, requestID: String, traceparent: String?) -> HTTPResponse {
    var headers: [(String, String)] = []
    headers.reserveCapacity(reply.headers.count + 3)
    if let contentType = reply.contentType { headers.append(("Content-Type", contentType)) }
    headers.append(("X-Request-Id", requestID))
    if let traceparent { headers.append(("traceparent", traceparent)) }
    headers.append(contentsOf: reply.headers)
    return HTTPResponse(status: reply.status, headers: headers, body: reply.body)
  }
}

/// What is checked before a route sees its request.
extension API {
  private func find(_ request: HTTPRequest) throws(Problem) -> (index: Int, parameters: [String]) {
    switch router.match(request.method, request.path) {
    case .route(let index, let parameters): return (index, parameters)
    case .otherMethods(let methods):
      let allowed = methods.map(\.rawValue).joined(separator: ", ")
      throw Problem(
        .methodNotAllowed, "This path knows \(allowed).", headers: [("Allow", allowed)])
    case .nothing: throw Problem(.routeNotFound, "There is nothing at this path.")
    }
  }

  private func admit(_ request: HTTPRequest, to route: Route) async throws(Problem) -> AccessKey? {
    if let roles = route.roles { return try await doorkeeper.admit(request, to: roles) }
    if route.pattern == Route.metricsPattern, services.configuration.metricsNeedKey {
      return try await doorkeeper.admit(request, to: .admin)
    }
    return nil
  }

  /// The body of a caller with a key, or of one that may have signed it. Nobody hears what is answered to one who has left.
  private func collect(_ body: HTTPBodyReader) async throws(Problem) -> [UInt8] {
    do throws(HTTPBodyFailure) {
      return try await body.collect()
    } catch .refused(let error) {
      throw Problem(error)
    } catch {
      throw Problem(.requestTimeout, "The client left before its body was here.")
    }
  }

  private func check(_ request: HTTPRequest, against route: Route) throws(Problem) {
    if request.query != nil { try checkQuery(request, route.operation) }
    if request.method.hasMeaningfulBody, !request.body.isEmpty {
      try checkMediaType(request, route.operation)
    }
  }

  private func checkQuery(_ request: HTTPRequest, _ operation: Operation) throws(Problem) {
    var seen: Set<String> = []  // String: parameters of the route
    var errors: [FieldError] = []
    for (name, _) in request.queryItems {
      if operation.query?.declaration.has(name) != true {
        errors.append(
          FieldError(
            pointer: "?\(name.prefix(100))", code: .unknownField,
            message: "is no query parameter of this path"))
      } else if !seen.insert(name).inserted {
        errors.append(FieldError(pointer: "?\(name)", code: .duplicateMember, message: "stands twice"))
      }
    }
    if !errors.isEmpty { throw Problem(invalid: Array(errors.prefix(100))) }
  }

  private func checkMediaType(_ request: HTTPRequest, _ operation: Operation) throws(Problem) {
    let header = request.header("Content-Type") ?? ""
    let expected = operation.body.mediaType
    if header == expected { return }
    let type = (header.split(separator: ";").first ?? "").filter { $0 != " " && $0 != "\t" }.lowercased()
    if type == expected || operation.body.otherMediaTypes.contains(type) { return }
    if request.method == .patch, type == "application/merge-patch+json" { return }
    throw Problem(.unsupportedMediaType, "The body must be declared as Content-Type: \(expected).")
  }
}

extension HTTPMethod {
  /// Whether a body means something; with other methods it is not read.
  fileprivate var hasMeaningfulBody: Bool { self == .post || self == .patch || self == .put }
}
