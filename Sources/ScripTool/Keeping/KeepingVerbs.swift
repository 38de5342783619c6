import CommandLineClient
import Forms
import JSON
import Ledger
import Promotions
import Scrip

extension Verb {
  /// Verbs that open the data folder themselves; they also work beside a running service.
  static let keeping: [Verb] = [
    Verb(
      "audit verify", [], "check that no event was changed, removed or added behind the service's back",
      flags: Flag.folder + [.toggle("json", "Print JSON for machines instead of tables for people.")],
      run: AuditVerbs.verify),
    Verb(
      "rebuild", [], "fold the event log again and replace the tables by the result",
      details: "Stop the service first, unless --check.",
      flags: Flag.folder + [.option("check", "Only compare; exit 5 if there are differences.")],
      run: AuditVerbs.rebuild),
    Verb(
      "backup", ["TARGET"],
      "copy SQLite file and identity key into a new folder, also while the service runs",
      details: "A PostgreSQL database is backed up by its own tools: docs/operating/backup.md",
      flags: Flag.folder, run: BackupVerb.backup),
  ]
}

/// What the verbs about keys and tenants do in the data folder.
enum KeepingVerbs {
  static func createKey(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    guard let role = AccessKey.Role(rawValue: try invocation.required("role")) else {
      throw .usage("--role must be admin, server or publishable.")
    }
    let tenant = try tenant(try invocation.required("tenant"), "--tenant")
    let opened = try DataFolder(invocation).open()
    defer { opened.close() }
    let store = opened.store
    try require(tenant, in: store)
    try await withEngine(store) { engine async throws(ToolError) in
      let made = try await engine.createKey(
        role: role, name: try invocation.required("name"), tenant: tenant)
      try show(NewKey(key: made.key, secret: made.secret), invocation, console)
    }
  }

  @Sendable static func createTenant(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let name = try invocation.operand(0, "NAME")
    guard (1...100).contains(name.unicodeScalars.count), !name.isBlank,
      !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { throw .usage("NAME must have 1 to 100 characters, none of them a control character.") }
    let opened = try DataFolder(invocation).open()
    defer { opened.close() }
    let store = opened.store
    let taken = try withStore { () throws(StoreFailure) in try store.tenantIDs() }.map(\.number)
    let chosen =
      try invocation.isGiven("tenant") ? tenant(try invocation.required("tenant"), "--tenant").number : nil
    guard let number = chosen ?? taken.firstFree else {
      throw .usage("Choose a number with --tenant; there is none after the highest.")
    }
    if taken.contains(number) {
      throw .declined(code: "tenant_exists", detail: "There is a tenant \(number) already.")
    }
    let tenant = Tenant.ID(number)
    let testClock =
      try invocation.isGiven("test-clock") ? instant(invocation["test-clock"] ?? "", "--test-clock") : nil
    try await withEngine(store) { engine async throws(ToolError) in
      try await engine.submit(CreateTenant(name: name, testClock: testClock), tenant: tenant)
      let made = try await engine.createKey(role: .admin, name: "first admin key", tenant: tenant)
      if try !invocation.isOn("json") { console.print("\(tenant)  \(name)") }
      try show(NewKey(key: made.key, secret: made.secret), invocation, console)
    }
  }

  @Sendable static func advanceTenant(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let tenant = try tenant(try invocation.operand(0, "N"), "N")
    let moment = try instant(try invocation.operand(1, "INSTANT"), "INSTANT")
    let opened = try DataFolder(invocation).open()
    defer { opened.close() }
    try require(tenant, in: opened.store)
    try await withEngine(opened.store) { engine async throws(ToolError) in
      try await engine.submit(AdvanceTestClock(to: moment), tenant: tenant)
      console.print("\(tenant)  \(moment)")
    }
  }

  /// The tenant of a number, or of the name that answers show: `2` or `tenant_2`.
  static func tenant(_ text: String, _ source: String) throws(ToolError) -> Tenant.ID {
    guard let tenant = Tenant.ID(text) ?? Tenant.ID("tenant_\(text)") else {
      throw .usage("\(source) must be a tenant's number, such as 2 or tenant_2, not '\(text)'.")
    }
    return tenant
  }

  private static func require(_ tenant: Tenant.ID, in store: any PromotionStore) throws(ToolError) {
    if try withStore({ () throws(StoreFailure) in try store.tenantIDs() }).contains(tenant) { return }
    throw .declined(code: "tenant_not_found", detail: "There is no tenant \(tenant.number).")
  }

  private static func instant(_ text: String, _ name: String) throws(ToolError) -> Instant {
    guard let moment = Instant(rfc3339: text) else {
      throw .usage("\(name) must be an instant such as 2026-11-20T08:00:00Z.")
    }
    return moment
  }

  @Sendable static func listTenants(_ invocation: Invocation, _ console: Console) async throws(ToolError) {
    let opened = try DataFolder(invocation).open()
    defer { opened.close() }
    let tenants = try withStore { () throws(StoreFailure) in try opened.store.tenants() }
    if try invocation.isOn("json") {
      for tenant in tenants { console.print(JSONText(bytes: tenant.json).text) }
      return
    }
    var table = Table(">number", "name", "rounding", "percent of", ">lock s", "test clock")
    for tenant in tenants {
      table.add(
        String(tenant.id.number), tenant.name, tenant.settings.pricing.rounding.rawValue,
        tenant.settings.pricing.percentBase.rawValue, String(tenant.settings.lockSeconds),
        tenant.testClock?.description ?? "")
    }
    console.print(table.text)
  }

  private static func show(
    _ new: NewKey, _ invocation: Invocation, _ console: Console
  ) throws(ToolError) {
    if try invocation.isOn("json") {
      console.print(JSONText(bytes: JSONWriter.bytes { new.write(to: &$0) }).text)
    } else {
      console.print("\(new.key.id)  \(new.key.role.rawValue)  \(new.key.name.printable)")
      if let secret = new.secret { console.print("secret, shown once: \(secret)") }
    }
  }

  private static func withEngine(
    _ store: any PromotionStore, _ body: (CommandLineEngine) async throws(ToolError) -> Void
  ) async throws(ToolError) {
    let engine = CommandLineEngine(store: store)
    do throws(ToolError) {
      try await body(engine)
    } catch {
      await engine.shutDown()
      throw error
    }
    await engine.shutDown()
  }
}

extension [Int64] {
  /// One more than the highest; nil if there is none.
  fileprivate var firstFree: Int64? {
    let (next, overflow) = (self.max() ?? 0).addingReportingOverflow(1)
    return overflow ? nil : next
  }
}
