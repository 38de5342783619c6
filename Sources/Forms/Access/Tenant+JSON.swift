import JSON
import Scrip

extension Tenant: ObjectForm, JSONWritable {
  /// `Tenant`
  public static let formName = "Tenant"

  /// Its members, in their order.
  public static func walk<Walk: FormWalk & ~Copyable>(_ walk: inout Walk, _ tenant: Tenant?) -> Tenant? {
    let id = walk.required("id", tenant?.id, .tenant())
    let name = walk.required("name", tenant?.name, .text())
    let settings = walk.required("settings", tenant?.settings, .object())
    let testClock = walk.sparse(
      "test_clock", tenant?.testClock, .instant(), "Where a sandbox's own clock stands.")
    guard let id, let name, let settings, let testClock else { return nil }
    return Tenant(id: id, name: name, settings: settings, testClock: testClock)
  }
}

/// `tenant_1`.
struct TenantForm: ValueForm {
  func read(_ value: ValueReader) -> Tenant.ID? {
    value.parsed(maxLength: TextLimit.short, as: "a tenant") { Tenant.ID($0) }
  }

  func write(_ id: Tenant.ID, to writer: inout JSONWriter) { writer.string(id.description) }

  func schema(_ walk: inout SchemaWalk) -> JSONTree { ["type": "string"] }
}

extension ValueForm where Self == TenantForm {
  static func tenant() -> Self { TenantForm() }
}
