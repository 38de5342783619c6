import CheckoutWork
import Digest
import Forms
import Foundation
import HTTPServer
import JSON
import Ledger
import Promotions
import SQLiteStore
import Scrip
import Synchronization
import TestSupport
import WebhookWork

@testable import HTTPAPI

/// A whole service on a private database, with a clock and identifiers of its own.
final class TestService: Sendable {
  static let start = Instant(microseconds: 1_795_000_000_000_000)

  let api: API
  let engine: Engine
  let store: FailingStore
  let metrics: Metrics
  /// Does what is due, when a test tells it to.
  let worker: DueWorker<WorkingSet>
  let log: CapturedLog
  let clock: TestClock
  let secrets: [AccessKey.Role: String]
  /// An admin key of another tenant.
  let strangerSecret: String
  private let logger: Logger
  private let folder = TemporaryFolder()
  let database: TestDatabase?
  /// Where the data is that is not in `database`.
  var databaseFile: String { folder.file("scrip.db") }

  init(
    committing: CommitterConfiguration = CommitterConfiguration(), tolerance: ClockTolerance = .unlimited,
    configure: (inout APIConfiguration) -> Void = { _ in }
  ) async throws {
    let clock = TestClock()
    self.clock = clock
    database = TestDatabase.isChosen ? try TestDatabase() : nil
    store = FailingStore(
      try database?.store(clock: { clock.now }, tolerance: tolerance)
        ?? SQLiteStore(
          path: folder.file("scrip.db"), clock: { clock.now },
          tolerance: tolerance))
    let counter = Counter()
    let identifiers = IdentifierSource {
      counter.add()
      return UInt128(counter.value)
    }
    metrics = Metrics(version: "1.2.3")
    let committer = Committer(
      store: store, identifiers: identifiers, configuration: committing, observer: metrics)
    engine = Engine(store: store, committer: committer)
    log = CapturedLog()
    let log = log
    logger = Logger(level: .info) { log.append($0) }
    var configuration = APIConfiguration()
    configuration.version = "1.2.3"
    configuration.throttle.now = { clock.instant }
    configure(&configuration)
    let sealer = Sealer(
      try SealingKeys(parsing: "test 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"))
    let providers = Providers(engine: engine, sealer: sealer, stripeAddress: "http://127.0.0.1:1")
    let payments = PaymentWork(engine: engine, providers: providers, sealer: sealer)
    worker = DueWorker(
      store: store, handlers: payments.handlers,
      submit: { command async throws(CommandFailure) in try await committer.submit(command) })
    api = API(
      engine: engine, identityKey: Array("test".utf8), metrics: metrics, logger: logger,
      configuration: configuration,
      payments: PaymentDesk(engine: engine, sealer: sealer, providers: providers, worker: worker),
      webhooks: WebhookWork(engine: engine, sealer: sealer, sender: NoReceiver()).desk(worker, sealer: sealer)
    )
    metrics.observeQueue { committer.queueDepth }
    var secrets: [AccessKey.Role: String] = [:]
    try await engine.make(Tenant.ID(1), "Shop")
    try await engine.make(Tenant.ID(2), "Stranger")
    for role in AccessKey.Role.allCases { secrets[role] = try await engine.key(role, of: Tenant.ID(1)) }
    self.secrets = secrets
    strangerSecret = try await engine.key(.admin, of: Tenant.ID(2))
  }

  /// Stops the threads and gives everything that was logged.
  func finish() async -> String {
    await engine.shutDown()
    logger.shutDown()
    return log.text
  }

  /// Sends one request straight to the handler.
  @discardableResult
  func send(
    _ method: HTTPMethod, _ target: String, _ body: String = "", as role: AccessKey.Role? = .admin,
    secret: String? = nil, headers: [(String, String)] = [], from address: String = "127.0.0.1"
  ) async -> TestAnswer {
    var all = headers
    if let secret = secret ?? role.flatMap({ secrets[$0] }) {
      all.append(("Authorization", "Bearer \(secret)"))
    }
    if !body.isEmpty, !headers.contains(where: { $0.0 == "Content-Type" }) {
      all.append(("Content-Type", "application/json"))
    }
    let request = HTTPRequest(
      method: method, target: target, headers: all, body: Array(body.utf8), remoteAddress: address)
    return TestAnswer(await api.handle(request))
  }
}

extension TestService {
  /// A list of events, once it has a word: a server shows the end of its log when no transaction is open before it.
  func events(
    _ path: String = "/v1/events?limit=1000", until word: String, as role: AccessKey.Role = .admin
  ) async throws -> TestAnswer {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let answer = await send(.get, path, as: role)
      if answer.text.contains(word) || .now > deadline { return answer }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}

/// Takes nothing.
private struct NoReceiver: WebhookSender {
  func send(_ message: WebhookMessage) -> WebhookAnswer { WebhookAnswer(failure: .unreachable) }
}

/// A response with its body as text.
struct TestAnswer {
  let status: Int
  let headers: [(String, String)]
  let text: String

  init(_ response: HTTPResponse) {
    status = response.status
    headers = response.headers
    if case .bytes(let bytes) = response.body {
      text = String(decoding: bytes, as: UTF8.self)
    } else {
      text = ""
    }
  }

  func header(_ name: String) -> String? { headers.first { $0.0 == name }?.1 }

  var json: JSONNode { get throws { try JSONDocument(parsing: Array(text.utf8)).root } }

  /// The member of the answer that is a string.
  subscript(name: String) -> String? { (try? json)?.member(named: name)?.string() }

  /// The code of a problem.
  var code: String? { self["code"] }

  /// `404 coupon_not_found`.
  var summary: String { code.map { "\(status) \($0)" } ?? "\(status)" }

  /// The pointers and codes of a problem's items.
  var items: [String] {
    var items: [String] = []
    (try? json)?["errors"]?.forEachElement { item in
      items.append("\(item["pointer"]?.string() ?? "") \(item["code"]?.string() ?? "")")
    }
    return items
  }
}

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
  private let offset = Mutex(Duration.zero)
  private let base = ContinuousClock.now

  var now: Instant {
    TestService.start.adding(seconds: offset.withLock { $0.components.seconds })
  }

  var instant: ContinuousClock.Instant { base.advanced(by: offset.withLock { $0 }) }

  func advance(_ duration: Duration) { offset.withLock { $0 += duration } }
}

/// Everything that was logged.
final class CapturedLog: Sendable {
  private let bytes = Mutex<[UInt8]>([])

  var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

  func append(_ more: [UInt8]) { bytes.withLock { $0 += more } }
}

extension Engine {
  func make(_ tenant: Tenant.ID, _ name: String) async throws {
    _ = try await submit(
      PromotionCommand(tenant: tenant, actor: .commandLine, action: CreateTenant(name: name)))
  }

  func key(_ role: AccessKey.Role, of tenant: Tenant.ID) async throws -> String {
    let secret = AccessSecret(role: role)
    let action = CreateKey(
      role: role, name: "A \(role.rawValue)", secretHash: secret.hash.bytes, secret: secret.text)
    _ = try await submit(PromotionCommand(tenant: tenant, actor: .commandLine, action: action))
    return secret.text
  }
}

/// Requests that many tests send.
enum Sample {
  static let coupon = """
    {"name":"Welcome","code":"WELCOME10","discount":{"type":"percent","percent":"10"},\
    "stacking":{"policy":"open"}}
    """
  static let cart = """
    {"currency":"USD","lines":[{"id":"l1","product_id":"p1","quantity":2,"unit_price":1999}],\
    "shipping":[{"id":"s1","method":"standard","amount":500}]}
    """

  static func coupon(code: String, limits: String = "null") -> String {
    """
    {"name":"\(code)","code":"\(code)","discount":{"type":"percent","percent":"10"},\
    "stacking":{"policy":"open"},"limits":\(limits)}
    """
  }

  static func quote(_ codes: String..., user: String = "u-1") -> String {
    """
    {"codes":[\(codes.map { "\"\($0)\"" }.joined(separator: ","))],"customer":{"user_id":"\(user)"},\
    "cart":\(cart)}
    """
  }

  static func application(_ codes: String..., order: String = "o-1", user: String = "u-1") -> String {
    """
    {"order_id":"\(order)","codes":[\(codes.map { "\"\($0)\"" }.joined(separator: ","))],\
    "customer":{"user_id":"\(user)","email":"ann@example.com"},"cart":\(cart)}
    """
  }
}

extension TestService {
  /// Makes an active coupon and gives its id.
  func activeCoupon(_ body: String = Sample.coupon, secret: String? = nil) async throws -> String {
    let made = await send(.post, "/v1/coupons", body, secret: secret)
    guard let id = made["id"] else { throw Unexpected(answer: made.text) }
    let active = await send(.post, "/v1/coupons/\(id)/activate", secret: secret)
    guard active.status == 200 else { throw Unexpected(answer: active.text) }
    return id
  }

  /// Locks codes for an order and gives the application's id.
  func lock(_ code: String, order: String = "o-1") async throws -> String {
    let made = await send(.post, "/v1/applications", Sample.application(code, order: order), as: .server)
    guard let id = made["id"] else { throw Unexpected(answer: made.text) }
    return id
  }
}

struct Unexpected: Error {
  let answer: String
}
