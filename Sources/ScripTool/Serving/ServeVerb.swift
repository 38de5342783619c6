import CheckoutWork
import CommandLineClient
import Glibc
import HTTPAPI
import HTTPServer
import Ledger
import Promotions
import Scrip

/// What `scrip serve` does.
enum ServeVerb {
  @Sendable static func serve(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let settings = try ServeSettings(invocation)
    let signals = Signals()
    let service = try await Service.start(settings, console)
    await signals.wait()
    await service.end()
  }
}

/// A service that runs: everything wired together.
struct Service: Sendable {
  private let store: OpenStore
  private let engine: Engine
  private let api: API
  private let server: HTTPServer
  private let sweeping: Task<Void, Never>
  private let projections: ProjectionRunner<WorkingSet>
  private let projecting: Task<Void, Never>
  private let watching: Task<Void, Never>
  private let outside: OutsideWork
  private let grace: Duration
  private let logger: Logger

  /// Opens the store, prepares what the first start has to, and listens.
  static func start(_ settings: ServeSettings, _ output: Console) async throws(ToolError) -> Service {
    let console = settings.relays.takesStandardOutput ? output.besideAnswers : output
    let logger = Logger(level: settings.logLevel)
    if settings.folder.store.isLocal { try settings.folder.create() }
    let metrics = Metrics(version: Program.scrip.version)
    var storeSettings = settings.store
    storeSettings.observer = metrics
    let opened = try settings.folder.store.open(storeSettings, makes: true)
    let store = opened.store
    try requireTime(of: store)
    let identityKey = try settings.folder.identityKey(given: settings.identityKey, for: opened.source)
    let observer = CommitLog(metrics: metrics, logger: logger)
    let engine = Engine(
      store: store,
      committer: Committer(
        store: store, identifiers: .random, configuration: settings.committer, observer: observer),
      readers: settings.readers)
    let newKey = try await FirstStart(engine, settings, identityKey: identityKey) {
      secret throws(ToolError) in
      try Greeting.announce(secret, on: console)
    }.prepare()
    let fraud = FraudWatch(engine, identityKey: identityKey)
    let outside = try OutsideWork.start(
      settings, engine, identityKey: identityKey, fraud: fraud, observer: observer, logger: logger,
      failed: { observer.workFailed($0) })
    try await StripeStart.prepare(settings.stripeKey, engine, outside.payments)
    let api = API(
      engine: engine, identityKey: identityKey, metrics: metrics, logger: logger,
      configuration: settings.api, payments: outside.payments, webhooks: outside.webhooks,
      fraud: fraud)
    // A store that can't be read now is told of while the service runs.
    do throws(StoreFailure) { try await fraud.prepare(within: .seconds(5)) } catch {
      observer.watchingFailed(error)
    }
    let server = try listen(settings, api)
    metrics.observeLog { logger.droppedLines }
    metrics.observeConnections { server.connectionCount }
    metrics.observeHealth { store.health }
    if let unreadable = store.unreadableRows {
      metrics.observeUnreadableRows { unreadable.count }
      unreadable.observe { observer.leftOut($0) }
    }
    metrics.observeQueue { engine.committer.queueDepth }
    metrics.observeStuckLocks { engine.committer.tidier.stuckCount }
    let worker = engine.committer.tidier.worker
    metrics.observeDueWork(
      { worker.counts }, lateSeconds: { max(worker.lateSeconds, outside.lateSeconds) })
    if let remote = store as? any ObservableStore<WorkingSet> {
      metrics.observeStore({ remote.condition }, waitingReads: { engine.waitingReads })
    }
    metrics.observeRelays(outside.relays.map { relay in (relay.name, { relay.standing }) })
    let projections = ProjectionRunner(
      store: store, recent: engine.committer.recentChanges, observer: observer)
    metrics.observeProjections(
      lagSeconds: { projections.lagSeconds }, stopped: { projections.stoppedProjections.count })
    let sweeper = Sweeper(committer: engine.committer, interval: settings.sweepInterval)
    let service = Service(
      store: opened, engine: engine, api: api, server: server,
      sweeping: Task { await sweeper.run { observer.sweepFailed($0) } },
      projections: projections,
      projecting: Task { await projections.run { observer.projectingFailed($0) } },
      watching: Task { await fraud.run { observer.watchingFailed($0) } },
      outside: outside, grace: settings.http.shutdownGrace,
      logger: logger)
    do throws(OutputFailure) {
      try Greeting(settings: settings, port: server.port, newKey: newKey).show(on: console)
    } catch {
      logger.log(.warn, "the greeting was not shown", [("reason", error.description)])
    }
    return service
  }

  /// A service that may not write had better not start: what is there now can be told from what a wrong clock would do.
  private static func requireTime(of store: any PromotionStore) throws(ToolError) {
    guard let failure = store.clockFailure else { return }
    throw .failure(
      """
      The service does not start: \(failure.message). Set the clock right; or, if it is right, start with --trust-clock \
      (or SCRIP_TRUST_CLOCK) until something was written: docs/operating/clock.md
      """)
  }

  private static func listen(_ settings: ServeSettings, _ api: API) throws(ToolError) -> HTTPServer {
    var configuration = settings.http
    configuration.protocolError = { api.protocolError($0) }
    do throws(HTTPServerFailure) {
      return try HTTPServer.start(configuration, handler: api)
    } catch {
      throw .failure("The service can't listen: \(error). \(advice(error))")
    }
  }

  private static func advice(_ failure: HTTPServerFailure) -> String {
    switch failure.code {
    case EADDRINUSE: "Stop what listens there, or choose another port with --listen (or SCRIP_LISTEN)."
    case EACCES: "A port below 1024 needs more rights; choose another one with --listen (or SCRIP_LISTEN)."
    default: "Choose an address of this computer with --listen (or SCRIP_LISTEN)."
    }
  }

  /// Answers what was accepted, then stops. Every commit is on the disk already.
  func end() async {
    logger.log(.info, "shutting down")
    api.announceShutdown()
    await server.shutdown()
    sweeping.cancel()
    projecting.cancel()
    watching.cancel()
    let isOutsideOver = await outside.end(within: grace)
    await projections.shutDown()
    await projecting.value
    await watching.value
    await engine.shutDown()
    // Whoever still calls others would find it gone; what was committed is on the disk all the same.
    if isOutsideOver { store.close() }
    if let left = store.store.health.logBytes, left > 0 {
      logger.log(
        .warn, "the database's log was not emptied: another process reads from it", [("bytes", String(left))])
    }
    logger.log(.info, "stopped")
    logger.shutDown()
  }
}

extension ServeSettings {
  fileprivate var api: APIConfiguration {
    var configuration = APIConfiguration()
    configuration.version = Program.scrip.version
    configuration.proxies = proxies
    configuration.metricsNeedKey = metricsNeedKey
    configuration.mail = mail.office
    configuration.webhooks = webhooks.rules
    return configuration
  }
}

/// Counts commits, and says in the log what a client is only told in general.
private struct CommitLog: CommitObserver, TidyingObserver, ProjectionObserver {
  let metrics: Metrics
  let logger: Logger

  func committed(commands: Int, seconds: Double) { metrics.committed(commands: commands, seconds: seconds) }

  func failed(commands: Int, failure: StoreFailure) {
    metrics.failed(commands: commands, failure: failure)
    logger.log(
      .error, "a transaction failed",
      [
        ("commands", String(commands)), ("kind", "\(failure.kind)"), ("code", failure.code ?? "-"),
        ("reason", failure.message),
      ])
  }

  func noticed(_ notice: Notice) {
    metrics.noticed(notice)
    logger.log(
      .warn, "an event that operators are to know of",
      [
        ("notice", notice.kind.text), ("tenant", notice.place.tenant.description),
        ("stream", "\(notice.place.stream)"), ("sequence", String(notice.place.sequence)),
      ])
  }

  func stuck(_ lock: StuckLock) {
    logger.log(.error, "a lock can't be given back", fields(of: lock) + [("reason", lock.reason)])
  }

  func freed(_ lock: StuckLock) {
    logger.log(.info, "a lock that could not be given back is gone", fields(of: lock))
  }

  /// Said of every try.
  func failed(_ claim: DueClaim, reason: String, isParked: Bool) {
    metrics.failed(claim.key.value.kind)
    logger.log(
      isParked ? .error : .warn, isParked ? "due work was parked" : "due work failed and is tried again",
      [
        ("tenant", String(claim.key.tenant.number)), ("kind", claim.key.value.kind.text),
        ("key", claim.key.value.name.text), ("attempt", String(claim.attempt)), ("reason", reason),
      ])
  }

  /// Said once of each row.
  func leftOut(_ row: UnreadableRow) {
    logger.log(
      .error, "a row can't be read and is left out",
      [
        ("tenant", String(row.tenant.number)), ("kind", row.kind), ("id", row.id), ("reason", row.reason),
      ])
  }

  /// Said by every round that fails, like the transactions of callers.
  func sweepFailed(_ failure: StoreFailure) {
    logger.log(
      .error, "tidying failed",
      [("kind", "\(failure.kind)"), ("code", failure.code ?? "-"), ("reason", failure.message)])
  }

  /// Said by every round that fails.
  func workFailed(_ failure: StoreFailure) {
    logger.log(
      .error, "due work can't be looked for",
      [("kind", "\(failure.kind)"), ("code", failure.code ?? "-"), ("reason", failure.message)])
  }

  func stopped(_ projection: StoppedProjection) {
    logger.log(
      .error, "a projection can't go on", fields(of: projection) + [("reason", projection.reason.text)])
  }

  func resumed(_ projection: StoppedProjection) {
    logger.log(.info, "a projection that could not go on does", fields(of: projection))
  }

  /// Said by every round that fails.
  func projectingFailed(_ failure: StoreFailure) {
    logger.log(
      .error, "projecting failed",
      [("kind", "\(failure.kind)"), ("code", failure.code ?? "-"), ("reason", failure.message)])
  }

  func watchingFailed(_ failure: StoreFailure) {
    logger.log(
      .error, "watching for fraud failed",
      [("kind", "\(failure.kind)"), ("code", failure.code ?? "-"), ("reason", failure.message)])
  }

  private func fields(of projection: StoppedProjection) -> [(String, String)] {
    [
      ("projection", projection.key.value.text), ("tenant", String(projection.key.tenant.number)),
      ("position", String(projection.position)),
    ]
  }

  private func fields(of lock: StuckLock) -> [(String, String)] {
    [
      ("tenant", String(lock.tenant.number)), ("application", lock.lock?.key.value.description ?? "-"),
      ("attempts", String(lock.attempts)),
    ]
  }
}

/// What a service says when it is ready.
private struct Greeting {
  let settings: ServeSettings
  let port: Int
  let newKey: String?

  func show(on console: Console) throws(OutputFailure) {
    let url = settings.listen.url(port: port)
    let place = settings.folder.store.isLocal ? settings.folder.path : settings.folder.store.description
    try console.deliver("scrip \(Program.scrip.version) listens on \(url), data in \(place)")
    if let newKey { try console.deliver("try it:\n\(example(url, newKey))") }
  }

  /// Shows a key that is about to be made.
  static func announce(_ newKey: String, on console: Console) throws(ToolError) {
    do throws(OutputFailure) {
      try console.deliver("\nadmin key, shown this once: \(console.styled(newKey, .strong))\n")
    } catch {
      throw .failure(
        "The first admin key can't be shown, so it was not made: \(error). Start once with a standard output that "
          + "somebody reads, or choose the key with --admin-key (or SCRIP_ADMIN_KEY).")
    }
  }

  private func example(_ url: String, _ key: String) -> String {
    guard settings.loadsSample else {
      return "  curl -s '\(url)/v1/coupons' -H 'Authorization: Bearer \(key)'"
    }
    let line = #"{"id":"l1","product_id":"sneaker","categories":["shoes"],"quantity":2,"unit_price":1999}"#
    let body =
      #"{"codes":["welcome10"],"customer":{"user_id":"u-1","first_order":true},"#
      + #""cart":{"currency":"USD","lines":[\#(line)]}}"#
    return "  curl -s '\(url)/v1/quotes' -H 'Authorization: Bearer \(key)' \\\n"
      + "    -H 'Content-Type: application/json' -d '\(body)'"
  }
}
