import struct Scrip.Tenant

/// How far a projection has read a tenant's events: its rows say what these came to, no more and no less. Each tenant has
/// one of its own, so that an event that can't be read holds up nobody else.
public struct ProjectionCursor: Hashable, Sendable {
  /// The version of the fold that made the rows.
  public var version: Int64
  /// The position of the last event that was folded; 0 before the first, which is no row.
  public var position: Int64

  /// Makes a cursor.
  public init(version: Int64, position: Int64) {
    self.version = version
    self.position = position
  }
}

extension ProjectionCursor: StoredRow {
  /// `projection`
  public static let shape = TableShape(Self.self, "projection", noun: "projection")

  /// Its tenant and the projection's name.
  public static func walkKey<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ key: Owned<ProjectionName>?
  ) throws(StoreFailure) -> Owned<ProjectionName> {
    Owned(try walk.tenant(key?.tenant), try walk.column("name", .key, key?.value))
  }

  /// Its columns, in their order.
  public static func walk<Walk: ColumnWalk & ~Copyable>(
    _ walk: inout Walk, _ row: Self?, of key: Owned<ProjectionName>
  ) throws(StoreFailure) -> Self {
    Self(
      version: try walk.count("version", .plain, row?.version),
      position: try walk.count("position", .hot, row?.position))
  }

  /// Before the first event.
  public var isVoid: Bool { position == 0 }

  /// What people call it.
  public static func label(of key: Owned<ProjectionName>) -> String { key.value.text }
}

/// The tenants of which a projection has not read all events, by number. Of a tenant whose rows were made by an older
/// version of the fold it has read none.
public struct TenantsBehind: Search {
  /// The answer.
  public typealias Found = [Tenant.ID]

  /// The projection.
  public let name: ProjectionName
  /// The version of its fold.
  public let version: Int64

  /// Asks of a projection.
  public init(_ projection: (some Projection).Type) {
    name = projection.name
    version = projection.version
  }

  /// Asks of whatever else has read the log under a name.
  public init(_ name: ProjectionName, version: Int64) {
    self.name = name
    self.version = version
  }
}

/// How far projections have read, of every tenant: what a rebuild and a copy fold their events up to.
public struct ProjectionCursors: Search {
  /// The answer.
  public typealias Found = [Owned<ProjectionName>: ProjectionCursor]

  /// Asks.
  public init() {}
}
