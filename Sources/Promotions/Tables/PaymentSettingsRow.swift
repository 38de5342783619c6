import Forms
import Ledger
import Scrip

/// How a tenant's orders are paid.
public struct PaymentSettingsRow: Hashable, Sendable {
  /// The settings.
  public var settings: PaymentSettings
  /// How often they were set.
  public var version: Int64
  /// Whether that is all of them. What a newer version has added would be lost if they were written again.
  public var isWhole: Bool

  /// Makes a row.
  public init(settings: PaymentSettings, version: Int64, isWhole: Bool = true) {
    self.settings = settings
    self.version = version
    self.isWhole = isWhole
  }
}

extension PaymentSettingsRow: StoredRow {
  /// `payment_settings`
  public static let shape = TableShape(Self.self, "payment_settings", noun: "payment settings")

  /// The tenant's number.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Tenant.ID?
  ) throws(StoreFailure) -> Tenant.ID { try walk.tenant(key) }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Tenant.ID
  ) throws(StoreFailure) -> Self {
    let version = try walk.count("version", .plain, row?.version)
    let settings = try walk.column("settings", .plain, row.map { StoredPaymentSettings($0.settings) })
    return Self(settings: settings.settings, version: version, isWhole: settings.isWhole)
  }

  /// What people call it.
  public static func label(of key: Tenant.ID) -> String { key.description }

  /// Only payments need it.
  public static var isDispensable: Bool { true }
}

/// How orders are paid, in the wire's canonical JSON.
struct StoredPaymentSettings: TextValue {
  let settings: PaymentSettings
  let isWhole: Bool

  init(_ settings: PaymentSettings, isWhole: Bool = true) {
    self.settings = settings
    self.isWhole = isWhole
  }

  static func reading(column text: String) -> Self? {
    do throws(StoredFormError) {
      let read = try PaymentSettings.reading(stored: Array(text.utf8))
      return Self(read.settings, isWhole: read.isWhole)
    } catch {
      // The caller says what could not be read.
      return nil
    }
  }

  var columnText: String { String(decoding: settings.json, as: UTF8.self) }

  static var noun: String { "payment settings" }

  static var sample: Self { Self(PaymentSettings()) }
}

extension WorkingSet {
  /// How a tenant's orders are paid; outside, if nobody has said.
  ///
  /// - Throws: a refusal for settings that can't be read.
  func paymentSettings(_ tenant: Tenant.ID) throws(Refusal) -> PaymentSettings {
    let rows = shelf[PaymentSettingsRow.self]
    if let failure = rows.unreadable[tenant] { throw .unreadable(failure) }
    return rows[tenant]?.settings ?? PaymentSettings()
  }
}
