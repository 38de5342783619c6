import Forms
import HTTPServer
import JSON
import Ledger
import Promotions
import Scrip

extension Route {
  static let testClocks: [Route] = [
    Route(
      .post, "/v1/test-clocks", .admin,
      Operation(
        id: "createTestClock", tag: "Sandboxes",
        summary:
          "Make a sandbox: a tenant of its own whose clock stands still until it is advanced. Its admin key is shown this once.",
        body: .required(.input(TestClockRequest.self)),
        successes: [.created(.output(NewSandbox.self), headers: ["Cache-Control"])]),
      .deciding(createTestClock)),
    Route(
      .get, "/v1/test-clock", .servers,
      Operation(
        id: "getTestClock", tag: "Sandboxes", summary: "Where the sandbox's clock stands.",
        successes: [.ok(.output(TestClock.self))], problems: [409]),
      .asking(getTestClock)),
    Route(
      .post, "/v1/test-clock/advance", .admin,
      Operation(
        id: "advanceTestClock", tag: "Sandboxes",
        summary:
          "Move the sandbox's clock forward: locks end, windows open and close, periods and months go by.",
        body: .required(.input(AdvanceRequest.self)), successes: [.ok(.output(TestClock.self))],
        problems: [409]),
      .deciding(advanceTestClock)),
  ]

  @Sendable private static func createTestClock(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(TestClockRequest.self)
    let tenant = try await exchange.makeSandbox(request)
    let secret = AccessSecret(role: .admin)
    let key = CreateKey(
      role: .admin, name: "first admin key", secretHash: secret.hash.bytes, secret: secret.text)
    guard case .created(.accessKey(let made, _)) = try await exchange.answer(key, of: tenant) else {
      throw Problem(StoreFailure(kind: .other, message: "a sandbox got no key"))
    }
    let sandbox = NewSandbox(
      clock: TestClock(tenant: tenant, name: request.name, now: request.now),
      key: NewKey(key: made, secret: secret.text))
    return .json(
      JSONWriter.bytes { sandbox.write(to: &$0) }, status: 201, headers: [("Cache-Control", "no-store")])
  }

  @Sendable private static func getTestClock(_ exchange: Exchange) async throws(Problem) -> Reply {
    let tenant = try await exchange.ask { (engine) async throws(StoreFailure) in
      try await engine.tenant(exchange.tenant)
    }
    return try exchange.reply(about: tenant)
  }

  @Sendable private static func advanceTestClock(_ exchange: Exchange) async throws(Problem) -> Reply {
    let request = try exchange.body(AdvanceRequest.self)
    let grant = try await exchange.submit(AdvanceTestClock(to: request.to))
    guard case .tenant(let tenant) = grant.reply else {
      throw Problem(StoreFailure(kind: .other, message: "a clock was answered with something else"))
    }
    return try exchange.reply(about: tenant)
  }
}

extension Exchange {
  /// Makes a tenant under the first number that nobody has.
  fileprivate func makeSandbox(_ request: TestClockRequest) async throws(Problem) -> Tenant.ID {
    let taken = try await query { (store) throws(StoreFailure) in try store.tenantIDs() }
    var number = (taken.map(\.number).max() ?? 0) + 1
    while true {
      let tenant = Tenant.ID(number)
      let action = CreateTenant(name: request.name, testClock: request.now)
      // Somebody else may have made one of this number just now.
      if case .created = try await answer(action, of: tenant) { return tenant }
      number += 1
    }
  }

  /// What is answered to an action of another tenant's.
  fileprivate func answer(
    _ action: any Action<WorkingSet>, of tenant: Tenant.ID
  ) async throws(Problem) -> Answer {
    let command = PromotionCommand(
      tenant: tenant, actor: .key(caller.id), requestID: requestID, brought: [], action: action)
    do throws(CommandFailure) { return try await engine.submit(command).answer } catch {
      throw Problem(error)
    }
  }

  fileprivate func reply(about tenant: Tenant?) throws(Problem) -> Reply {
    guard let tenant, let now = tenant.testClock else {
      throw Problem(.invalidTransition, "The tenant has no clock of its own; it lives in real time.")
    }
    return .json(form: TestClock(tenant: tenant.id, name: tenant.name, now: now))
  }
}

/// A sandbox is wanted.
private struct TestClockRequest: RequestForm {
  static let formName = "TestClockRequest"
  static let formExamples = [#"{"name": "a year of invoices", "now": "2030-01-01T00:00:00Z"}"#]

  var name: String  // String: shown, never looked up
  var now: Instant

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    let name = walk.required("name", request?.name, .text(1...200))
    let now = walk.required("now", request?.now, .instant(), "Where its clock begins.")
    guard let name, let now else { return nil }
    return Self(name: name, now: now)
  }
}

/// A sandbox's clock is to be moved.
private struct AdvanceRequest: RequestForm {
  static let formName = "AdvanceRequest"
  static let formExamples = [#"{"to": "2030-02-01T00:00:00Z"}"#]

  var to: Instant

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ request: Self?) -> Self? {
    walk.required("to", request?.to, .instant(), "It never goes back.").map { Self(to: $0) }
  }
}

/// A sandbox with its clock.
private struct TestClock: ObjectForm {
  static let formName = "TestClock"

  var tenant: Tenant.ID
  var name: String  // String: shown, never looked up
  var now: Instant

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ clock: Self?) -> Self? {
    let tenant = walk.required("tenant_id", clock?.tenant, TenantNumberForm())
    let name = walk.required("name", clock?.name, .text())
    let now = walk.required("now", clock?.now, .instant())
    guard let tenant, let name, let now else { return nil }
    return Self(tenant: tenant, name: name, now: now)
  }
}

/// A new sandbox with the key that opens it.
private struct NewSandbox: ObjectForm {
  static let formName = "NewSandbox"

  var clock: TestClock
  var key: NewKey

  static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ sandbox: Self?) -> Self? {
    let clock = TestClock.walk(&walk, sandbox?.clock)
    let key = walk.required("key", sandbox?.key, .object())
    guard let clock, let key else { return nil }
    return Self(clock: clock, key: key)
  }
}

/// A tenant as answers name it.
private struct TenantNumberForm: ValueForm {
  func read(_ value: ValueReader) -> Tenant.ID? {
    value.parsed(maxLength: 64, as: "a tenant") { Tenant.ID($0) }
  }

  func write(_ tenant: Tenant.ID, to writer: inout JSONWriter) { writer.string(tenant.description) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "string", "pattern": "^tenant_[0-9]+$"] }
}
