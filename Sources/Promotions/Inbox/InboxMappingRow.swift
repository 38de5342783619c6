import Forms
import Ledger
import Scrip

/// Where the parts of a tenant's messages stand.
public struct InboxMappingRow: Hashable, Sendable {
  /// The mapping.
  public var mapping: InboxMapping
  /// How often it was set.
  public var version: Int64
  /// Whether that is all of it. What a newer version has added would be lost if it were written again.
  public var isWhole: Bool

  /// Makes a row.
  public init(mapping: InboxMapping, version: Int64, isWhole: Bool = true) {
    self.mapping = mapping
    self.version = version
    self.isWhole = isWhole
  }
}

extension InboxMappingRow: StoredRow {
  /// `inbox_mapping`
  public static let shape = TableShape(Self.self, "inbox_mapping", noun: "inbox mapping")

  /// The tenant's number.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Tenant.ID?
  ) throws(StoreFailure) -> Tenant.ID { try walk.tenant(key) }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Tenant.ID
  ) throws(StoreFailure) -> Self {
    let version = try walk.count("version", .plain, row?.version)
    let stored = try walk.column("mapping", .plain, row.map { StoredInboxMapping(mapping: $0.mapping) })
    return Self(mapping: stored.mapping, version: version, isWhole: stored.isWhole)
  }

  /// What people call it.
  public static func label(of key: Tenant.ID) -> String { key.description }

  /// Only messages need it.
  public static var isDispensable: Bool { true }
}

/// A mapping, in the wire's canonical JSON.
struct StoredInboxMapping: TextValue {
  let mapping: InboxMapping
  var isWhole = true

  static func reading(column text: String) -> Self? {
    do throws(StoredFormError) {
      let read = try InboxMapping.reading(stored: Array(text.utf8), as: "inbox mapping")
      return Self(mapping: read.value, isWhole: read.isWhole)
    } catch {
      // The caller says what could not be read.
      return nil
    }
  }

  var columnText: String { String(decoding: mapping.json, as: UTF8.self) }

  static var noun: String { "inbox mapping" }

  static var sample: Self { Self(mapping: InboxMapping()) }
}

extension WorkingSet {
  /// Where the parts of a tenant's messages stand; the defaults, if nobody has said.
  func inboxMapping(_ tenant: Tenant.ID) -> InboxMapping {
    shelf[InboxMappingRow.self][tenant]?.mapping ?? InboxMapping()
  }
}
