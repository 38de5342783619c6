import Forms
import Ledger
import Scrip

/// A tenant with its stream's head.
public struct TenantRecord: Hashable, Sendable {
  /// The tenant.
  public var tenant: Tenant
  /// Where its stream stands.
  public var head: StreamHead

  /// Makes a record.
  public init(tenant: Tenant, head: StreamHead) {
    self.tenant = tenant
    self.head = head
  }
}

extension TenantRecord: StoredRow {
  /// `tenant`
  public static let shape = TableShape(Self.self, "tenant", noun: "tenant", endsOf: .tenant)

  /// Its number.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Tenant.ID?
  ) throws(StoreFailure) -> Tenant.ID { try walk.tenant(key) }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Tenant.ID
  ) throws(StoreFailure) -> Self {
    Self(
      tenant: Tenant(
        id: key,
        name: try walk.column("name", .plain, row?.tenant.name),
        settings: TenantSettings(
          pricing: PricingPolicy(
            rounding: try walk.column("rounding", .plain, row?.tenant.settings.pricing.rounding),
            percentBase: try walk.column("percent_base", .plain, row?.tenant.settings.pricing.percentBase)),
          lockSeconds: try walk.column("lock_seconds", .plain, row?.tenant.settings.lockSeconds),
          mail: try walk.optional(
            "mail", .plain, row.flatMap { StoredMailSettings($0.tenant.settings.mail) })?.settings
            ?? MailSettings(),
          customerFacts: try walk.column("customer_facts", .plain, row?.tenant.settings.customerFacts)),
        testClock: try walk.optional("test_clock", .plain, row?.tenant.testClock)),
      head: try walk.head(row?.head))
  }

  /// What people call it.
  public static func label(of key: Tenant.ID) -> String { key.description }
}

/// How a tenant's customers are written to, in canonical JSON; nil for what is usual.
private struct StoredMailSettings: TextValue {
  let settings: MailSettings

  init?(_ settings: MailSettings) {
    if settings == MailSettings() { return nil }
    self.settings = settings
  }

  private init(read settings: MailSettings) { self.settings = settings }

  static func reading(column text: String) -> Self? {
    do throws(StoredFormError) {
      return Self(read: try MailSettings(stored: Array(text.utf8), as: noun))
    } catch {
      // The caller says what could not be read.
      return nil
    }
  }

  var columnText: String { String(decoding: settings.json, as: UTF8.self) }

  static var noun: String { "how customers are written to" }

  static var sample: Self { Self(read: MailSettings()) }
}
