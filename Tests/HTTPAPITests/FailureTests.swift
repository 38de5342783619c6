import HTTPServer
import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@testable import HTTPAPI

/// What callers see of a broken database.
@Suite struct FailureTests {
  private static let requests: [(HTTPMethod, String, String)] = [
    (.post, "/v1/quotes", Sample.quote("WELCOME10")), (.post, "/v1/coupons", Sample.coupon),
    (.get, "/v1/coupons", ""), (.get, "/v1/settings", ""), (.get, "/v1/keys", ""), (.get, "/v1/events", ""),
  ]

  @Test func `a database that is away is a reason to come back`() async throws {
    let service = try await TestService()
    service.store.fail(with: StoreFailure(kind: .unavailable, code: "5", message: "database is locked"))
    for (method, target, body) in Self.requests {
      let answer = await service.send(method, target, body)
      #expect(answer.summary == "503 store_unavailable", "\(target)")
      #expect(answer.header("Retry-After") == "1")
      #expect(try answer.json["retryable"]?.bool() == true)
    }
    #expect(await service.send(.get, "/readyz", as: nil).summary == "503 store_unavailable")
    #expect(await service.send(.get, "/livez", as: nil).status == 200)
    service.store.fail(with: nil)
    #expect(await service.send(.get, "/readyz", as: nil).status == 200)
    _ = await service.finish()
  }

  @Test func `a clock that has leapt is a reason to come back, and readiness says so`() async throws {
    let service = try await TestService(tolerance: .usual)
    #expect(await service.send(.get, "/readyz", as: nil).status == 200)
    service.clock.advance(.seconds(80 * 365 * 86_400))
    let refused = await service.send(.post, "/v1/coupons", Sample.coupon)
    #expect(refused.summary == "503 store_unavailable")
    #expect(refused.header("Retry-After") == "1")
    let ready = await service.send(.get, "/readyz", as: nil)
    #expect(ready.summary == "503 store_unavailable")
    #expect(ready["detail"]?.contains("has leapt by 29199 days") == true, "\(ready.text)")
    service.clock.advance(.seconds(-80 * 365 * 86_400))
    #expect(await service.send(.post, "/v1/coupons", Sample.coupon).status == 201)
    #expect(await service.send(.get, "/readyz", as: nil).status == 200)
    _ = await service.finish()
  }

  private static let full = StoreFailure(kind: .full, code: "13", message: "database or disk is full")

  @Test func `a service that can't write is not ready until a write goes well`() async throws {
    let service = try await TestService()
    service.store.failWrites(transactions: Self.full, probes: Self.full)
    #expect(await service.send(.post, "/v1/coupons", Sample.coupon).summary == "503 store_unavailable")
    #expect(await service.send(.get, "/v1/coupons").status == 200)
    let answer = await service.send(.get, "/readyz", as: nil)
    #expect(answer.summary == "503 store_unavailable" && answer.text.contains("its disk is full"))
    #expect(!answer.text.contains("database or disk"))
    service.store.failWrites(transactions: nil, probes: nil)
    #expect(await service.send(.post, "/v1/coupons", Sample.coupon).status == 201)
    #expect(await service.send(.get, "/readyz", as: nil).status == 200)
    _ = await service.finish()
  }

  @Test func `a command that writes nothing does not make a full disk good`() async throws {
    let service = try await TestService()
    service.store.failWrites(transactions: Self.full, probes: Self.full)
    #expect(await service.send(.post, "/v1/coupons", Sample.coupon).summary == "503 store_unavailable")
    service.store.failWrites(transactions: nil, probes: Self.full)
    let target = "/v1/applications/\(DiscountApplication.ID(7))/release"
    #expect(await service.send(.post, target, "").status == 404)
    let answer = await service.send(.get, "/readyz", as: nil)
    #expect(answer.summary == "503 store_unavailable" && answer.text.contains("its disk is full"))
    _ = await service.finish()
  }

  @Test func `after a full disk a row that finds room does not make a service ready`() async throws {
    let service = try await TestService(committing: CommitterConfiguration(failureMemory: .zero))
    _ = await service.engine.committer.checkWriting(afterIdle: .zero)
    #expect(service.store.probes.withLock { $0 } == [.row])
    service.store.failWrites(transactions: Self.full, probes: nil)
    #expect(await service.send(.post, "/v1/coupons", Sample.coupon).summary == "503 store_unavailable")
    service.store.failWrites(transactions: nil, probes: nil)
    while await service.engine.committer.checkWriting() != nil { await Task.yield() }
    #expect(service.store.probes.withLock { $0 } == [.row, .room])
    _ = await service.finish()
  }

  private static let kinds: [(StoreFailure.Kind, String)] = [
    (.unavailable, "503 store_unavailable"), (.full, "503 store_unavailable"),
    (.schema, "503 store_unavailable"), (.corrupt, "500 internal_error"),
    (.refusedByDatabase, "500 internal_error"), (.other, "500 internal_error"),
  ]

  @Test(arguments: kinds)
  func `a write that another try may make is answered 503, and one that it can't 500`(
    kind: StoreFailure.Kind, summary: String
  ) async throws {
    let service = try await TestService()
    let failure = StoreFailure(kind: kind, code: "1", message: "secret words")
    service.store.failWrites(transactions: failure, probes: nil)
    let answer = await service.send(.post, "/v1/coupons", Sample.coupon)
    #expect(answer.summary == summary && !answer.text.contains("secret"))
    let isRetryable = summary.hasPrefix("503")
    #expect(try answer.json["retryable"]?.bool() == isRetryable)
    #expect((answer.header("Retry-After") != nil) == isRetryable)
    _ = await service.finish()
  }

  @Test func `a trial that goes well does not hide that commits find their disk full`() async throws {
    // However slow the test is, it is not forgotten meanwhile.
    let service = try await TestService(committing: CommitterConfiguration(failureMemory: .seconds(3600)))
    service.store.failWrites(transactions: Self.full, probes: nil)
    #expect(await service.send(.post, "/v1/coupons", Sample.coupon).summary == "503 store_unavailable")
    service.store.failWrites(transactions: nil, probes: nil)
    #expect(await service.engine.committer.checkWriting(afterIdle: .zero)?.kind == .full)
    #expect(service.store.probes.withLock { $0 } == [.room])
    let answer = await service.send(.get, "/readyz", as: nil)
    #expect(answer.summary == "503 store_unavailable" && answer.text.contains("its disk is full"))
    _ = await service.finish()
  }

  @Test func `a command that fails by its own fault leaves the service ready`() async throws {
    let service = try await TestService()
    let refused = StoreFailure(kind: .refusedByDatabase, code: "19", message: "a rule is broken")
    service.store.failWrites(transactions: refused, probes: nil)
    #expect(await service.send(.post, "/v1/coupons", Sample.coupon).status == 500)
    #expect(await service.send(.get, "/readyz", as: nil).status == 200)
    _ = await service.finish()
  }

  @Test func `a failure that seems to be a command's own and isn't is found by trying a write`() async throws
  {
    let service = try await TestService()
    let strange = StoreFailure(kind: .other, code: "8", message: "attempt to write a readonly database")
    service.store.failWrites(transactions: strange, probes: strange)
    #expect(await service.send(.post, "/v1/coupons", Sample.coupon).status == 500)
    #expect(await service.send(.get, "/readyz", as: nil).summary == "503 store_unavailable")
    _ = await service.finish()
  }

  @Test func `an idle service finds out that its disk is full`() async throws {
    let service = try await TestService()
    service.store.failWrites(transactions: Self.full, probes: Self.full)
    #expect(await service.send(.get, "/readyz", as: nil).status == 200)
    #expect(await service.engine.committer.checkWriting(afterIdle: .zero)?.kind == .full)
    #expect(await service.send(.get, "/readyz", as: nil).summary == "503 store_unavailable")
    _ = await service.finish()
  }

  @Test func `too many waiting commands are a reason to come back`() async throws {
    let service = try await TestService(committing: .patient(queueMax: 1))
    let gate = BlockingAction()
    func command(_ action: any Action<WorkingSet>) -> PromotionCommand {
      PromotionCommand(tenant: Tenant.ID(1), actor: .commandLine, action: action)
    }
    let blocker = Task { try await service.engine.submit(command(gate)) }
    await gate.reached()
    let waiting = Task { try await service.engine.submit(command(CreateCoupon(terms: .percent()))) }
    while service.engine.committer.queueDepth < 1 { await Task.yield() }
    let answer = await service.send(.post, "/v1/coupons", Sample.coupon)
    gate.open()
    _ = try await (blocker.value, waiting.value)
    #expect(answer.summary == "503 overloaded")
    #expect(answer.header("Retry-After") == "1")
    #expect(try answer.json["retryable"]?.bool() == true)
    #expect(await service.send(.post, "/v1/coupons", Sample.coupon).status == 201)
    _ = await service.finish()
  }

  @Test func `a broken database is told to the log and not to the caller`() async throws {
    let service = try await TestService()
    service.store.fail(
      with: StoreFailure(kind: .corrupt, code: "11", message: "malformed image", statement: "SELECT 1"))
    for (method, target, body) in Self.requests {
      let answer = await service.send(method, target, body)
      #expect(answer.summary == "500 internal_error", "\(target)")
      #expect(!answer.text.contains("malformed image") && !answer.text.contains("SELECT"))
      #expect(try answer.json["retryable"]?.bool() == false)
    }
    #expect(await service.send(.get, "/readyz", as: nil).summary == "503 store_unavailable")
    let log = await service.finish()
    #expect(log.split(separator: "\n").allSatisfy { $0.contains(#""level":"error""#) })
    #expect(log.split(separator: "corrupt 11: malformed image in SELECT 1").count == 8)
  }

  @Test func `a log that can't be shortened is a hindrance, and says why`() async throws {
    let service = try await TestService()
    let failure = StoreFailure(kind: .full, code: "13", message: "no space in /secret")
    for (health, body) in [
      (
        StoreHealth(logBytes: 80 << 20, isLogHeldUp: true),
        #"{"status":"hindered","reason":"The database's log has grown to 80 MB, because something reads an old "#
          + #"state of the database: a backup, a check, or a console that was left open."}"#
      ),
      (
        StoreHealth(logBytes: 1, checkpointFailure: failure),
        #"{"status":"hindered","reason":"The database's log can't be shortened: its disk is full."}"#
      ), (StoreHealth(logBytes: 80 << 20), #"{"status":"ok"}"#),
    ] {
      service.store.report(health)
      let answer = await service.send(.get, "/readyz", as: nil)
      #expect(answer.status == 200)
      #expect(answer.text == body)
    }
    _ = await service.finish()
  }
}
