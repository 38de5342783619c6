import Digest
import Ledger
import Promotions
import Scrip
import Synchronization

/// An engine with tenant 1, a clock that stands still, and shorthand for what tests do over and over.
public struct EngineUnderTest: Sendable {
  /// The engine.
  public let engine: Engine
  /// Its clock.
  public let clock: ManualClock
  /// What its committer reported.
  public let reports: CommitReports
  /// The tenant that everything is done for.
  public let tenant: Tenant.ID

  /// Starts an engine on a store and makes the tenant.
  public init(
    store: some PromotionStore, clock: ManualClock, seed: UInt64 = 1,
    configuration: CommitterConfiguration = .patient()
  ) async throws {
    self.clock = clock
    tenant = Tenant.ID(1)
    reports = CommitReports()
    let committer = Committer(
      store: store, identifiers: .seeded(seed), configuration: configuration, observer: reports)
    engine = Engine(store: store, committer: committer)
    _ = try await submit(CreateTenant(name: "Shop"))
  }

  private init(_ other: EngineUnderTest, tenant: Tenant.ID) {
    engine = other.engine
    clock = other.clock
    reports = other.reports
    self.tenant = tenant
  }

  /// The same engine for another tenant, which it makes: a sandbox whose own clock stands at a moment.
  public func sandbox(_ number: Int64 = 2, at moment: Instant) async throws -> EngineUnderTest {
    let sandbox = EngineUnderTest(self, tenant: Tenant.ID(number))
    _ = try await sandbox.submit(CreateTenant(name: "Sandbox", testClock: moment))
    return sandbox
  }

  /// Stops the committer's thread.
  public func stop() async { await engine.committer.shutDown() }

  /// Has an action decided.
  @discardableResult
  public func submit(_ action: any Action<WorkingSet>, key: IdempotencyKey.Name? = nil, body: String = "")
    async throws
    -> CommandOutcome
  {
    try await engine.submit(command(action, key: key, body: body))
  }

  /// The command of an action.
  public func command(_ action: any Action<WorkingSet>, key: IdempotencyKey.Name? = nil, body: String = "")
    -> PromotionCommand
  {
    PromotionCommand(
      tenant: tenant, actor: .commandLine, requestID: "request-1",
      idempotency: key.map { IdempotencyKey(key: $0, fingerprint: SHA256.hash(Array(body.utf8))) },
      action: action)
  }

  /// Makes an active coupon with codes.
  public func coupon(_ terms: CouponTerms, _ grants: CodeGrant...) async throws -> Coupon.ID {
    let id = try await draft(terms, grants)
    _ = try await submit(ChangeCouponState(couponID: id, step: .activate))
    return id
  }

  /// Makes a coupon that is still a draft.
  public func draft(_ terms: CouponTerms, _ grants: [CodeGrant]) async throws -> Coupon.ID {
    let before = Set(try engine.store.coupons(CouponFilter(limit: .max), of: tenant).map(\.id))
    let outcome = try await submit(CreateCoupon(terms: terms, grants: grants))
    let after = Set(try engine.store.coupons(CouponFilter(limit: .max), of: tenant).map(\.id))
    guard outcome.answer.kind == .created, let id = after.subtracting(before).first else {
      throw UnexpectedAnswer(outcome: outcome)
    }
    return id
  }

  /// Asks for a lock.
  public func apply(
    _ codes: [String], order: OrderID, user: UserID? = "u-1", cart: Cart = .of(10_000),
    expected: Int64? = nil,
    seconds: Int64? = nil, key: IdempotencyKey.Name? = nil
  ) async throws -> CommandOutcome {
    try await submit(
      ApplyCodes(
        orderID: order, codes: codes, customer: Customer(userID: user), cart: cart,
        expectedDiscount: expected, lockSeconds: seconds), key: key)
  }

  /// Locks, and gives the application.
  public func lock(
    _ codes: [String], order: OrderID, user: UserID? = "u-1", cart: Cart = .of(10_000), seconds: Int64? = nil
  ) async throws -> DiscountApplication {
    let outcome = try await apply(codes, order: order, user: user, cart: cart, seconds: seconds)
    guard outcome.answer.kind == .created, let application = try await application(order) else {
      throw UnexpectedAnswer(outcome: outcome)
    }
    return application
  }

  /// The application of an order.
  public func application(_ order: OrderID) async throws -> DiscountApplication? {
    try await engine.application(ofOrder: order, tenant: tenant)
  }

  /// An application by its identifier.
  public func application(_ id: DiscountApplication.ID) async throws -> DiscountApplication? {
    try await engine.application(id, tenant: tenant)
  }

  /// A coupon's counts.
  public func uses(_ id: Coupon.ID) async throws -> UseCounts {
    try await engine.coupon(id, tenant: tenant)?.uses ?? UseCounts()
  }

  /// One of a coupon's counters.
  public func counter(_ counter: UsageCounter, of id: Coupon.ID) throws -> Int64 {
    let key = Owned(tenant, CounterKey(couponID: id, counter: counter))
    return try engine.store.read { (reader: any StoreReader<WorkingSet>) throws(StoreFailure) in
      var set = WorkingSet()
      var request = LoadRequest()
      request.counters.insert(key)
      try reader.load(request, into: &set)
      return set.counters[key]?.used ?? 0
    }
  }

  /// The facts of the whole log, oldest first.
  public func facts() async throws -> [any Fact<WorkingSet>] {
    try await events().map { try WorkingSet.understand($0).fact }
  }

  /// The whole log, oldest first.
  ///
  /// A server does not show the end of its log while a transaction is open that may still write events, those of other
  /// tests included. So this waits until as many are shown as are stored, for a minute at most.
  public func events() async throws -> [StoredEvent] {
    let store = engine.store
    let stored = try (store as? any CopySource<WorkingSet>)?.counts()[.event] ?? 0
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      let log = try store.events(EventFilter(limit: .max))
      if log.count >= stored || .now > deadline { return log }
      try await Task.sleep(for: .milliseconds(5))
    }
  }
}

/// An answer that a test did not expect.
public struct UnexpectedAnswer: Error, CustomStringConvertible {
  /// What was answered.
  public let outcome: CommandOutcome

  /// Kind and body.
  public var description: String { "\(outcome.answer.kind) \(outcome.text)" }
}

/// Remembers what a committer reported.
public final class CommitReports: CommitObserver, TidyingObserver {
  private let entries = Mutex<(batches: [Int], failures: [Int])>(([], []))
  private let locks = Mutex<(stuck: [String], freed: [String])>(([], []))
  private let told = Mutex<[Notice]>([])

  /// What operators were told.
  public var notices: [Notice] { told.withLock { $0 } }

  /// Remembers what operators are told.
  public func noticed(_ notice: Notice) { told.withLock { $0.append(notice) } }

  /// Orders whose locks were reported as stuck.
  public var stuck: [String] { locks.withLock { $0.stuck } }
  /// Orders whose locks were reported as stuck no longer.
  public var freed: [String] { locks.withLock { $0.freed } }

  /// Remembers a lock that can't be given back.
  public func stuck(_ lock: StuckLock) { locks.withLock { $0.stuck.append(lock.lock?.orderID.text ?? "") } }

  /// Remembers a lock that was stuck.
  public func freed(_ lock: StuckLock) { locks.withLock { $0.freed.append(lock.lock?.orderID.text ?? "") } }

  /// Nothing was reported yet.
  public init() {}

  /// Sizes of the batches that were committed.
  public var batches: [Int] { entries.withLock { $0.batches } }
  /// Sizes of the batches that failed.
  public var failures: [Int] { entries.withLock { $0.failures } }

  /// Remembers a commit.
  public func committed(commands: Int, seconds: Double) { entries.withLock { $0.batches.append(commands) } }

  /// Remembers a failure.
  public func failed(commands: Int, failure: StoreFailure) {
    entries.withLock { $0.failures.append(commands) }
  }
}

extension CommitterConfiguration {
  /// Turns no command away for waiting: a busy machine may hold a test up for long.
  public static func patient(queueMax: Int = 4096, batchMax: Int = 256) -> CommitterConfiguration {
    CommitterConfiguration(queueMax: queueMax, batchMax: batchMax, waitMax: .seconds(3600))
  }
}
