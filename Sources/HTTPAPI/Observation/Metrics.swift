import Glibc
import Ledger
import Promotions
import Scrip
import Synchronization

/// Counts what the service does. Also the committer's observer.
public final class Metrics: CommitObserver, TidyingObserver {
  private struct Gauges {
    var connections: (@Sendable () -> Int)?
    var queueDepth: (@Sendable () -> Int)?
    var droppedLines: (@Sendable () -> Int)?
    var stuckLocks: (@Sendable () -> Int)?
    var projections: ProjectionGauges?
    var dueWork: DueWorkGauges?
    var relays: RelayGauges?
  }

  /// The statuses that are counted by themselves; any other would be a mistake and counts as 0.
  static let statuses = [
    200, 201, 400, 401, 403, 404, 405, 408, 409, 412, 413, 415, 417, 422, 429, 431, 500, 501, 502, 503, 505,
    0,
  ]
  private static let routes = Route.table.map { ($0.method.rawValue, $0.pattern) } + [("", "")]
  private static let statusIndex = Dictionary(
    uniqueKeysWithValues: statuses.enumerated().map { ($0.element, $0.offset) })
  private static let codes = ProblemCode.allCases
  private static let codeIndex = Dictionary(
    uniqueKeysWithValues: codes.enumerated().map { ($0.element, $0.offset) })
  private static let reasons = RefusalReason.allCases
  private static let reasonIndex = Dictionary(
    uniqueKeysWithValues: reasons.enumerated().map { ($0.element, $0.offset) })

  private let requests = (0..<routes.count * statuses.count).map { _ in Counter() }
  private let durations = routes.map { _ in Histogram(Histogram.seconds) }
  private let refusals = codes.map { _ in Counter() }
  private let failedWork = Mutex<[DueWork.Kind: Int]>([:])
  private let notApplied = reasons.map { _ in Counter() }
  private let throttledCodes = Counter()
  private let overLimit = Counter()
  private let failedRefunds = Counter()
  private let alerts = FraudSeverity.allCases.map { ($0, Counter()) }
  private let disabledWebhooks = WebhookEnd.allCases.map { ($0, Counter()) }
  private let givenUpMails = MailGivenUp.Reason.allCases.map { ($0, Counter()) }
  private let batchSizes = Histogram([1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
  private let batchDurations = Histogram(Histogram.seconds)
  private let failedBatches = Counter()
  let store = StoreInstruments()
  private let gauges = Mutex(Gauges())
  private let version: String
  private let startedAt: Instant

  /// Begins to count.
  ///
  /// - Parameter version: the program's version, shown as a label.
  public init(version: String) {
    self.version = version
    startedAt = wallClock()
  }

  /// Shows how many connections are open.
  public func observeConnections(_ count: @escaping @Sendable () -> Int) {
    gauges.withLock { $0.connections = count }
  }

  /// Shows how many commands are waiting.
  public func observeQueue(_ depth: @escaping @Sendable () -> Int) {
    gauges.withLock { $0.queueDepth = depth }
  }

  /// Shows how many lines of the log were lost.
  public func observeLog(droppedLines count: @escaping @Sendable () -> Int) {
    gauges.withLock { $0.droppedLines = count }
  }

  /// Shows how many locks can't be given back.
  public func observeStuckLocks(_ count: @escaping @Sendable () -> Int) {
    gauges.withLock { $0.stuckLocks = count }
  }

  /// Shows how far projections are behind, and how many can't go on.
  public func observeProjections(
    lagSeconds: @escaping @Sendable () -> Double, stopped: @escaping @Sendable () -> Int
  ) {
    gauges.withLock { $0.projections = ProjectionGauges(lagSeconds: lagSeconds, stopped: stopped) }
  }

  /// Shows how much work is due, claimed and parked, and for how long the oldest has waited.
  public func observeDueWork(
    _ counts: @escaping @Sendable () -> DueCounts.Numbers, lateSeconds: @escaping @Sendable () -> Double
  ) {
    gauges.withLock { $0.dueWork = DueWorkGauges(counts: counts, lateSeconds: lateSeconds) }
  }

  /// Shows what relays carry, each by its carrier's name.
  public func observeRelays(_ relays: [(name: ProjectionName, standing: @Sendable () -> RelayNumbers)]) {
    gauges.withLock { $0.relays = RelayGauges(relays: relays) }
  }

  /// A piece of due work failed.
  public func failed(_ kind: DueWork.Kind) { failedWork.withLock { $0[kind, default: 0] += 1 } }

  /// A batch was committed.
  public func committed(commands: Int, seconds: Double) {
    batchSizes.record(Double(commands))
    batchDurations.record(seconds)
  }

  /// A batch failed.
  public func failed(commands: Int, failure: StoreFailure) { failedBatches.add() }

  /// Something that operators are to know of.
  public func noticed(_ notice: Notice) {
    if notice.kind == .overLimit { overLimit.add() }
    if notice.kind == .refundFailed { failedRefunds.add() }
    for (severity, counter) in alerts where notice.kind == severity.notice { counter.add() }
    for (cause, counter) in disabledWebhooks where notice.kind == cause.notice { counter.add() }
    for (reason, counter) in givenUpMails where notice.kind == reason.notice { counter.add() }
  }

  func answered(route: Int?, status: Int, code: ProblemCode?, seconds: Double) {
    let route = route ?? Metrics.routes.count - 1
    let status = Metrics.statusIndex[status] ?? Metrics.statuses.count - 1
    requests[route * Metrics.statuses.count + status].add()
    durations[route].record(seconds)
    if let code, let index = Metrics.codeIndex[code] { refusals[index].add() }
  }

  func quoted(_ quote: Quote) {
    for refused in quote.notApplied {
      if let index = Metrics.reasonIndex[refused.reason] { notApplied[index].add() }
    }
  }

  func throttled(codes: Int) { throttledCodes.add(codes) }

  /// Everything in the text format of Prometheus.
  public var exposition: String {
    var output = Exposition()
    writeRequests(to: &output)
    writeReasons(to: &output)
    writeCommits(to: &output)
    store.write(to: &output)
    writeProcess(to: &output)
    return output.text
  }

  private func writeRequests(to output: inout Exposition) {
    output.family("scrip_http_requests_total", "counter", "Requests by route and status.")
    for (route, (method, pattern)) in Metrics.routes.enumerated() {
      for (index, status) in Metrics.statuses.enumerated() {
        let count = requests[route * Metrics.statuses.count + index].value
        if count == 0 { continue }
        output.sample(
          "scrip_http_requests_total",
          [("method", method), ("route", pattern), ("status", String(status))], count)
      }
    }
    output.family("scrip_http_request_duration_seconds", "histogram", "Time to answer by route.")
    for (route, (method, pattern)) in Metrics.routes.enumerated() where durations[route].cumulated.last != 0 {
      output.histogram(
        "scrip_http_request_duration_seconds", [("method", method), ("route", pattern)], durations[route])
    }
  }

  private func writeReasons(to output: inout Exposition) {
    output.family("scrip_problems_total", "counter", "Requests that were not granted, by problem code.")
    for (code, counter) in zip(Metrics.codes, refusals) where counter.value > 0 {
      output.sample("scrip_problems_total", [("code", code.rawValue)], counter.value)
    }
    output.family(
      "scrip_quote_not_applied_total", "counter", "Codes that did not apply in quotes, by reason.")
    for (reason, counter) in zip(Metrics.reasons, notApplied) where counter.value > 0 {
      output.sample("scrip_quote_not_applied_total", [("reason", reason.rawValue)], counter.value)
    }
    output.family(
      "scrip_quote_throttled_codes_total", "counter",
      "Codes that were not looked at: too many had been tried.")
    output.sample("scrip_quote_throttled_codes_total", [], throttledCodes.value)
  }

  private func writeCommits(to output: inout Exposition) {
    output.family("scrip_commit_batch_commands", "histogram", "Commands decided in one transaction.")
    output.histogram("scrip_commit_batch_commands", [], batchSizes)
    output.family("scrip_commit_duration_seconds", "histogram", "Time of one transaction.")
    output.histogram("scrip_commit_duration_seconds", [], batchDurations)
    output.family("scrip_commit_failures_total", "counter", "Transactions that failed.")
    output.sample("scrip_commit_failures_total", [], failedBatches.value)
    output.family(
      "scrip_over_limit_redemptions_total", "counter",
      "Uses of coupons that paid orders were granted although there was no room; no limit counts them.")
    output.sample("scrip_over_limit_redemptions_total", [], overLimit.value)
    output.family(
      "scrip_refunds_failed_total", "counter",
      "Refunds that a payment provider had made and that failed after all, noted by this node.")
    output.sample("scrip_refunds_failed_total", [], failedRefunds.value)
    output.family(
      "scrip_inbox_forgotten_total", "counter",
      "Messages of shops that were forgotten before their time to make room, by this node.")
    output.sample("scrip_inbox_forgotten_total", [], InboxCounts.shared.forgotten)
    output.family("scrip_mails_given_up_total", "counter", "Mails that will not be sent, by reason.")
    for (reason, counter) in givenUpMails {
      output.sample("scrip_mails_given_up_total", [("reason", reason.rawValue)], counter.value)
    }
    output.family(
      "scrip_security_alerts_total", "counter",
      "Security alerts that this node has raised.")
    for (severity, counter) in alerts {
      output.sample("scrip_security_alerts_total", [("severity", severity.rawValue)], counter.value)
    }
    output.family(
      "scrip_webhooks_disabled_total", "counter",
      "Webhooks that took nothing and get nothing any more, by cause."
    )
    for (cause, counter) in disabledWebhooks {
      output.sample("scrip_webhooks_disabled_total", [("cause", cause.rawValue)], counter.value)
    }
  }

  private func writeProcess(to output: inout Exposition) {
    let gauges = gauges.withLock { $0 }
    if let depth = gauges.queueDepth {
      output.family("scrip_command_queue_depth", "gauge", "Commands that wait for the committer.")
      output.sample("scrip_command_queue_depth", [], depth())
    }
    if let stuck = gauges.stuckLocks {
      output.family("scrip_tidying_stuck", "gauge", "Locks that should be given back and can't be.")
      output.sample("scrip_tidying_stuck", [], stuck())
    }
    if let projections = gauges.projections { projections.write(to: &output) }
    if let work = gauges.dueWork { work.write(to: &output, failed: failedWork.withLock { $0 }) }
    gauges.relays?.write(to: &output)
    if let connections = gauges.connections {
      output.family("scrip_http_connections", "gauge", "Open connections.")
      output.sample("scrip_http_connections", [], connections())
    }
    if let dropped = gauges.droppedLines {
      output.family("scrip_log_lines_dropped_total", "counter", "Lines of the log that were lost.")
      output.sample("scrip_log_lines_dropped_total", [], dropped())
    }
    output.family("scrip_build_info", "gauge", "The program that runs.")
    output.sample("scrip_build_info", [("version", version)], 1)
    output.family("process_start_time_seconds", "gauge", "When the process started, in Unix time.")
    output.sample("process_start_time_seconds", [], Double(startedAt.microseconds) / 1e6)
    if let bytes = residentBytes() {
      output.family("process_resident_memory_bytes", "gauge", "Memory that the process holds.")
      output.sample("process_resident_memory_bytes", [], bytes)
    }
  }
}

/// The process's resident memory, from the second field of `/proc/self/statm`; nil where there is no such file.
private func residentBytes() -> Int? {
  let file = unsafe open("/proc/self/statm", O_RDONLY)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 128)
  let count = unsafe bytes.withUnsafeMutableBytes { bytes in unsafe read(file, bytes.baseAddress, bytes.count)
  }
  guard count > 0 else { return nil }
  let fields = String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
  guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
  return pages * sysconf(Int32(_SC_PAGESIZE))
}
