import Ledger
import Promotions
import Scrip
import TestSupport
import Testing

@testable import CommandLineClient
@testable import ScripTool

struct FirstStartTests {
  private let folder = TemporaryFolder()

  private func settings(_ flags: String...) throws -> ServeSettings {
    let request = try Parser(of: .scrip, environment: [:]).parse(
      ["serve", "--data", folder.path] + flags)
    guard case .run(let invocation) = request else { throw ToolError.failure("nothing to run") }
    return try ServeSettings(invocation)
  }

  @Test func `a start without an admin key that works makes one`() async throws {
    let settings = try settings()
    try settings.folder.create()
    let store = try settings.folder.store.open(settings.store, makes: true).store
    let engine = CommandLineEngine(store: store)
    let first = try #require(
      try await FirstStart(engine.engine, settings, identityKey: [1]) { _ in }.prepare())
    #expect(try await FirstStart(engine.engine, settings, identityKey: [1]) { _ in }.prepare() == nil)

    let tenant = Tenant.ID(1)
    let key = try #require(try store.accessKeys(of: tenant).first)
    try await engine.submit(RevokeKey(keyID: key.id), tenant: tenant)
    let again = try self.settings("--admin-key", first)
    await #expect(throws: ToolError.self) {
      _ = try await FirstStart(engine.engine, again, identityKey: [1]) { _ in }.prepare()
    }
    let second = try #require(
      try await FirstStart(engine.engine, settings, identityKey: [1]) { _ in }.prepare())
    #expect(second != first)
    #expect(try store.accessKeys(of: tenant).filter { $0.revokedAt == nil }.count == 1)
    await engine.shutDown()
  }
}
